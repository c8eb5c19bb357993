"""The tables that Shopify and WooCommerce export, with what their shops leave out of them."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.items import shopify_csv
from tests.items.test_feeds import faults, read
from udfs.core.items.item import Item

SHOPIFY = [
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value", "Variant SKU",
    "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy", "Variant Price", "Variant Compare At Price",
    "Image Src", "SEO Title", "Colour (product.metafields.custom.colour)", "Status",
]  # fmt: skip
WOO = [
    "ID", "Type", "SKU", "Name", "Published", "Is featured?", "Description", "Date sale price starts", "Date sale price ends", "In stock?", "Stock",
    "Sale price", "Regular price", "Categories", "Tags", "Images", "Parent", "Attribute 1 name", "Attribute 1 value(s)", "Meta: _x", "Season",
]  # fmt: skip


def table(columns: list[str], *rows: dict[str, str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


HEAD = {
    "Handle": "dome", "Title": "Dome", "Body (HTML)": "<p>long</p>", "Vendor": "Acme", "Type": "Tents", "Tags": "sale, summer", "Published": "true",
    "Option1 Name": "Size", "Image Src": "https://cdn.example/1.jpg", "Colour (product.metafields.custom.colour)": "red", "Status": "active",
}  # fmt: skip


def variant(sku: str, size: str, **told: str) -> dict[str, str]:
    return {
        "Handle": "dome", "Option1 Value": size, "Variant SKU": sku, "Variant Inventory Tracker": "shopify", "Variant Inventory Qty": "3",
        "Variant Inventory Policy": "deny", "Variant Price": "99.00", "Variant Compare At Price": "129.00", **told,
    }  # fmt: skip


def test_each_variant_of_shopify_that_has_a_sku_is_an_item_and_inherits(tmp_path: Path) -> None:
    image = {"Handle": "dome", "Image Src": "https://cdn.example/2.jpg"}
    rows = [HEAD | variant("D-1", "S"), variant("'0042", "L", **{"Variant Price": "109.00", "Variant Inventory Qty": "-1"}), image]
    found, report = read(tmp_path, table(SHOPIFY, *rows))
    tags, image_1 = ("sale", "summer"), "https://cdn.example/1.jpg"
    dome = Item(id="", name="Dome", brand="Acme", category="Tents", tags=tags, image=image_1, list_price=129.0, in_stock=True)
    own = {"colour": "red", "handle": "dome"}
    assert found == {
        "D-1": replace(dome, id="D-1", price=99.0, stock=3.0, properties={**own, "size": "S"}),
        "0042": replace(dome, id="0042", price=109.0, stock=0.0, in_stock=False, properties={**own, "size": "L"}),
    }
    assert (faults(report), report.left_out) == ([], 0)


def test_without_skus_each_handle_of_shopify_is_an_item(tmp_path: Path) -> None:
    rows = [HEAD | variant("", "S"), variant("", "L", **{"Variant Price": "109"}), {"Handle": "stove", "Title": "Stove", "Variant Price": "5"}]
    found, report = read(tmp_path, table(SHOPIFY, *rows))
    assert {name: item.price for name, item in found.items()} == {"dome": 99.0, "stove": 5.0}
    assert faults(report) == []
    found, _ = read(tmp_path, table(SHOPIFY, HEAD | variant("D-1", "S")), chosen={"id": "Handle"})
    assert sorted(found) == ["dome"]


def test_a_handle_with_more_lines_than_are_held_at_once_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [HEAD | variant("D-0", "S"), *(variant(f"D-{number}", str(number)) for number in range(1, 8))]
    whole, _ = read(tmp_path, table(SHOPIFY, *rows))
    monkeypatch.setattr(shopify_csv, "MAX_AT_ONCE", 3)
    assert read(tmp_path, table(SHOPIFY, *rows))[0] == whole
    assert len(whole) == 8


def test_a_variant_without_a_sku_among_others_and_a_line_without_a_handle_are_told(tmp_path: Path) -> None:
    found, report = read(tmp_path, table(SHOPIFY, HEAD | variant("D-1", "S"), variant("", "M"), variant("x", "L", Handle="")))
    assert sorted(found) == ["D-1"]
    assert (faults(report), report.left_out) == ([("id", "is missing", [4, 3])], 2)


@pytest.mark.parametrize("told", [{"Status": "draft"}, {"Status": "archived"}, {"Published": "false"}])
def test_what_shopify_does_not_sell_is_left_out_and_counted(tmp_path: Path, told: dict[str, str]) -> None:
    found, report = read(tmp_path, table(SHOPIFY, HEAD | variant("D-1", "S") | told, variant("D-2", "L"), {"Handle": "s", "Title": "S"}))
    assert (sorted(found), report.left_out) == (["s"], 1)


def test_what_shopify_does_not_count_or_sells_beyond_its_stock_is_in_stock(tmp_path: Path) -> None:
    free = {"Variant Inventory Tracker": "", "Variant Inventory Qty": "0"}
    beyond = {"Variant Inventory Policy": "continue", "Variant Inventory Qty": "-2"}
    found, _ = read(tmp_path, table(SHOPIFY, HEAD | variant("a", "S", **free), variant("b", "L", **beyond)))
    assert [(found[name].stock, found[name].in_stock) for name in "ab"] == [(None, True), (0.0, True)]


def test_lines_of_a_handle_that_stand_apart_inherit_too(tmp_path: Path) -> None:
    rows = [HEAD | variant("a", "S"), {"Handle": "s", "Title": "Stove", "Variant SKU": "s1"}, variant("b", "L"), {"Handle": "dome", "Image Src": "x"}]
    found, report = read(tmp_path, table(SHOPIFY, *rows))
    assert {name: item.name for name, item in found.items()} == {"a": "Dome", "s1": "Stove", "b": "Dome"}
    assert faults(report) == []


BOOT = {
    "ID": "12", "Type": "simple", "SKU": "B-1", "Name": "Boot", "Published": "1", "Description": "long", "In stock?": "1", "Stock": "4",
    "Sale price": "80", "Regular price": "100", "Categories": "Shoes > Boots, Sale, Hats\\, caps", "Tags": "winter, new", "Season": "autumn",
    "Images": "https://x.example/1.jpg, https://x.example/2.jpg", "Attribute 1 name": "Colour", "Attribute 1 value(s)": "red, black",
    "Meta: _x": "secret",
}  # fmt: skip


def test_woocommerces_export(tmp_path: Path) -> None:
    found, report = read(tmp_path, table(WOO, BOOT, {**BOOT, "ID": "13", "Sale price": "", "In stock?": "0", "Stock": "", "Categories": ""}))
    kept: dict[str, Any] = {"categories": ["Sale", "Hats, caps"], "colour": "red, black", "sku": "B-1", "season": "autumn"}
    boot = Item(id="12", name="Boot", tags=("winter", "new"), image="https://x.example/1.jpg", in_stock=True)
    assert found["12"] == replace(boot, category="Shoes > Boots", price=80.0, list_price=100.0, stock=4.0, properties=kept)
    del kept["categories"]
    assert found["13"] == replace(boot, id="13", price=100.0, in_stock=False, properties=kept)
    assert (faults(report), report.left_out) == ([], 0)
    assert sorted(read(tmp_path, table(WOO, BOOT), chosen={"id": "SKU"})[0]) == ["B-1"]


def test_what_woocommerce_does_not_publish_is_left_out_and_counted(tmp_path: Path) -> None:
    shirt = {"ID": "20", "Type": "variable", "SKU": "S", "Name": "Shirt", "Published": "-1"}
    small = {"ID": "21", "Type": "variation", "Name": "Shirt - S", "Published": "1", "Parent": "id:20"}
    found, report = read(tmp_path, table(WOO, BOOT, {**BOOT, "ID": "13", "Published": "0"}, shirt, small))
    assert (sorted(found), faults(report), report.left_out) == (["12"], [(None, "is not published", [3, 4, 5])], 3)


def test_a_variation_of_woocommerce_inherits(tmp_path: Path) -> None:
    shirt = {
        "ID": "20",
        "Type": "variable",
        "SKU": "S",
        "Name": "Shirt",
        "Published": "1",
        "Categories": "Tops, Sale",
        "Images": "https://x.example/s.jpg",
    }
    small = {"ID": "21", "Type": "variation", "Name": "Shirt - S", "Published": "1", "Parent": "S", "Regular price": "20", "Stock": "parent"}
    found, _ = read(tmp_path, table(WOO, shirt, small))
    item = found["21"]
    assert (item.category, item.image, item.price, item.stock, item.properties["categories"]) == (
        "Tops",
        "https://x.example/s.jpg",
        20.0,
        None,
        ["Sale"],
    )
    assert item.name == "Shirt - S"


@pytest.mark.parametrize(
    ("starts", "ends", "price"), [("2026-02-01", "", 80.0), ("", "2026-02-01", 100.0), ("2026-03-02", "2026-04-01", 100.0), ("", "2026-03-01", 80.0)]
)
def test_a_sale_of_woocommerce_may_have_one_date_only(tmp_path: Path, starts: str, ends: str, price: float) -> None:
    sale = {**BOOT, "Date sale price starts": starts, "Date sale price ends": ends}
    found, report = read(tmp_path, table(WOO, sale), now=1_772_323_200_000)
    assert (found["12"].price, faults(report)) == (price, [])
