"""Shopify's export of products: one line a variant or image, and what they share on the first line of their handle only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.items.columns import plain_name
from services.items.faults import Fault, Row
from services.items.from_events import Tell

_SHARED = {"title": "name", "vendor": "brand", "type": "category", "product_category": "category", "tags": "tags", "image_src": "image"}
"""Columns of the first line of a handle -> fields of all its variants; of two columns of one field the first that says something counts."""
_OF_VARIANT = {
    "variant_price": "price",
    "variant_compare_at_price": "list_price",
    "variant_inventory_qty": "stock",
    "variant_image": "image",
}
MAX_HANDLES = 100_000
"""Handles of which is remembered what their first line says."""
MAX_AT_ONCE = 5_000
"""Lines of a handle that are held; those after them are read on their own, with what its first line says."""
_Cells = Mapping[str, str]


def matches(columns: Sequence[str]) -> bool:
    """Whether a table is this export, by its columns."""
    return {"handle", "title"} <= (names := set(map(plain_name, columns))) and any(name.startswith("variant_") for name in names)


def rows(lines: Iterable[tuple[int, _Cells]], tell: Tell, *, id_column: str | None = None) -> Iterator[Row]:
    """The items, one a variant that has a SKU, or one a handle where none has. Cells are by `plain_name` of their columns. `id_column`: the column
    that somebody has named for the id; `handle` makes one item of each handle."""
    first: dict[str, tuple[dict[str, Any], _Cells]] = {}
    id_column = plain_name(id_column or "variant_sku")
    for handle, found in _by_handle(lines, tell):
        _, head = found[0]
        if handle not in first:
            if len(first) >= MAX_HANDLES:
                del first[next(iter(first))]
            first[handle] = _shared(head), head
            is_new = True
        else:
            is_new = False
        shared, head = first[handle]
        if (why := _not_sold(head)) is not None:
            tell(found[0][0], Fault(None, f"is not sold: {why}", "publish it, if it is", handle[:40], whole=True))
            continue
        variants = [(line, cells, cells[id_column].strip().lstrip("'")) for line, cells in found if cells.get(id_column, "").strip(" '")]
        if id_column != "handle" and variants:
            for line, cells, item_id in variants:
                yield Row(line, {"id": item_id, **_fields(shared, head, cells)})
            for line, cells in found:
                if not cells.get(id_column, "").strip(" '") and cells.get("variant_price", "").strip():
                    tell(line, Fault("id", "is missing", "give each variant of this product a SKU", handle[:40], whole=True))
        elif is_new or any(cells.get("variant_price", "").strip() for _, cells in found):
            yield Row(found[0][0], {"id": handle, **_fields(shared, head, found[0][1])})


def _by_handle(lines: Iterable[tuple[int, _Cells]], tell: Tell) -> Iterator[tuple[str, list[tuple[int, _Cells]]]]:
    held: list[tuple[int, _Cells]] = []
    handle = ""
    for line, cells in lines:
        told = cells["handle"].strip()
        if not told:
            tell(line, Fault("id", "is missing", "each line of this export has a Handle", cells["title"][:40], whole=True))
            continue
        if held and (told != handle or len(held) >= MAX_AT_ONCE):
            yield handle, held
            held = []
        handle = told
        held.append((line, cells))
    if held:
        yield handle, held


def _not_sold(head: _Cells) -> str | None:
    status, published = head.get("status", "").strip().lower(), head.get("published", "").strip().lower()
    if status in {"draft", "archived"}:
        return f"its Status is {status}"
    return "Published is false" if published == "false" else None


def _shared(cells: _Cells) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, field in _SHARED.items():
        if (value := cells.get(column, "").strip()) and field not in found:
            found[field] = value
    for column, value in cells.items():
        name, metafield, _ = column.partition("_product_metafields_")
        if metafield and value.strip():
            found[f"properties.{name}"] = value
    return found


def _fields(shared: Mapping[str, Any], head: _Cells, cells: _Cells) -> dict[str, Any]:
    found = dict(shared)
    for column, field in _OF_VARIANT.items():
        if value := cells.get(column, "").strip():
            found[field] = value
    if "variant_inventory_tracker" in cells and not cells["variant_inventory_tracker"].strip() and cells.get("variant_price", "").strip():
        found.pop("stock", None)  # nobody counts it: its 0 says nothing, and it is always sold
        found["in_stock"] = True
    if cells.get("variant_inventory_policy", "").strip().lower() == "continue":
        found["in_stock"] = True
    for number in "123":
        name, value = head.get(f"option{number}_name", "").strip(), cells.get(f"option{number}_value", "").strip()
        if name and value and (name, value) != ("Title", "Default Title"):
            found[f"properties.{plain_name(name)}"] = value
    return {**found, "properties.handle": cells["handle"].strip()}
