"""WooCommerce's export of products: one line a product or variation, with all categories and images in one cell."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.items.columns import plain_name
from services.items.faults import Fault, Row
from services.items.from_events import Tell

_FIELDS = {
    "name": "name",
    "regular_price": "price",
    "sale_price": "sale_price",
    "stock": "stock",
    "in_stock": "in_stock",
    "tags": "tags",
    "brands": "brand",
    "brand": "brand",
    "currency": "currency",
    "url": "url",
}
_LEFT_OUT = frozenset({
    "type", "gtin_upc_ean_or_isbn", "published", "is_featured", "visibility_in_catalog", "short_description", "description", "position",
    "date_sale_price_starts", "date_sale_price_ends", "tax_status", "tax_class", "low_stock_amount", "backorders_allowed", "sold_individually",
    "allow_customer_reviews", "purchase_note", "shipping_class", "download_limit", "download_expiry_days", "parent", "grouped_products", "upsells",
    "cross_sells", "external_url", "button_text", "categories", "images", "id",
})  # fmt: skip
"""Columns about the shop's own work. Those that WooCommerce does not write itself become properties."""
_PARTS = re.compile(r"(?<!\\),\s*")
_ATTRIBUTE = re.compile(r"attribute_(\d+)_name")
_OWN = re.compile(r"attribute_\d+_|meta_|download_\d+_")
_LONG_AGO, _LATER = "2000-01-01", "2099-12-31"
"""The dates of a sale that says only one of them."""
MAX_PARENTS = 100_000
_INHERITED = ("category", "tags", "brand", "image", "properties.categories")
_Cells = Mapping[str, str]


def matches(columns: Sequence[str]) -> bool:
    """Whether a table is this export, by its columns."""
    names = set(map(plain_name, columns))
    return {"name", "regular_price", "categories"} <= names and ("in_stock" in names or "published" in names) and bool(names & {"id", "sku"})


def rows(lines: Iterable[tuple[int, _Cells]], tell: Tell, *, id_column: str | None = None) -> Iterator[Row]:
    """The items, one a line. Cells are by `plain_name` of their columns. `id_column`: the column that somebody has named for the id."""
    parents: dict[str, dict[str, Any] | None] = {}
    named = plain_name(id_column) if id_column else None
    for line, cells in lines:
        parent = cells.get("parent", "").strip()
        fields = _fields(cells, named)
        if parent:
            above = parents.get(parent, {})
            fields = {**{field: above[field] for field in _INHERITED if above and field in above}, **fields}
        is_sold = cells.get("published", "").strip().lower() not in {"0", "-1", "false", "draft", "private", "pending"}
        if len(parents) < MAX_PARENTS and cells.get("type", "").lower().startswith("variable"):
            parents |= dict.fromkeys((f"id:{cells.get('id', '').strip()}", cells.get("sku", "").strip()), fields if is_sold else None)
        if not is_sold or (parent and parents.get(parent, {}) is None):
            fix = "publish it, if it is sold"
            tell(line, Fault(None, "is not published", fix, (cells.get("name") or str(fields.get("id")))[:40], whole=True))
            continue
        yield Row(line, fields)


def _fields(cells: _Cells, named: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {field: cells[column] for column, field in _FIELDS.items() if cells.get(column, "").strip()}
    if found.get("stock", "").strip().lower() == "parent":
        del found["stock"]
    starts, ends = (cells.get(f"date_sale_price_{which}", "").strip() for which in ("starts", "ends"))
    if starts or ends:
        found["sale_dates"] = f"{starts or _LONG_AGO}/{ends or _LATER}"
    paths = [part.replace("\\,", ",").strip() for part in _PARTS.split(cells.get("categories", "")) if part.strip()]
    if paths:
        found["category"] = paths[0]
    if paths[1:]:
        found["properties.categories"] = paths[1:]
    if images := [part.strip() for part in _PARTS.split(cells.get("images", "")) if part.strip()]:
        found["image"] = images[0]
    for column, name in cells.items():
        if (attribute := _ATTRIBUTE.fullmatch(column)) is not None and name.strip() and plain_name(name):
            found[f"properties.{plain_name(name)}"] = cells.get(f"attribute_{attribute[1]}_value_s", "").strip() or None
        elif column not in _FIELDS and column not in _LEFT_OUT and not _OWN.match(column):
            found[f"properties.{column}"] = name.strip() or None
    found["id"] = cells.get(named or "id", "").strip() or ("" if named else cells.get("sku", "").strip())
    return found
