"""Which field of an item a column of a feed is, whoever made the feed: shop systems, spreadsheets, Google's product data specification."""

from collections.abc import Iterable, Mapping
from typing import Any

from udfs.core.values.names import normalise

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "product_id", "item_id", "sku", "article_number", "article_id", "variant_id", "handle", "@id"),
    "name": ("name", "title", "product_name", "product_title", "item_name"),
    "category": ("category", "product_type", "category_path", "product_category", "categories", "google_product_category", "item_category"),
    "brand": ("brand", "manufacturer", "vendor", "make"),
    "price": ("price", "unit_price", "current_price", "amount"),
    "sale_price": ("sale_price", "special_price", "discounted_price", "offer_price", "final_price"),
    "sale_dates": ("sale_price_effective_date",),
    "list_price": ("list_price", "regular_price", "compare_at_price", "original_price", "msrp", "rrp", "was_price", "old_price"),
    "currency": ("currency", "price_currency", "currency_code"),
    "tags": ("tags", "keywords", "labels"),
    "image": ("image", "image_link", "image_url", "image_src", "main_image", "picture", "img", "thumbnail", "images", "image_urls", "pictures"),
    "url": ("url", "link", "product_url", "permalink", "landing_page", "canonical_link"),
    "stock": ("stock", "quantity", "inventory", "inventory_quantity", "stock_quantity", "stock_level", "available_quantity", "qty", "on_hand"),
    "in_stock": ("in_stock", "availability", "stock_status", "is_in_stock", "available", "instock"),
    "released": ("released", "release_date", "released_at", "launch_date", "published_at", "date_added", "created_at"),
    "embedding": ("embedding", "vector"),
    "properties": ("properties",),
}
"""Field -> names of columns, the first that a feed has is used. The others become properties."""
COMPUTED = frozenset({"viewers_1h", "learned"})
"""Fields that Kairos computes: a column of such a name is set aside, and the report says so."""
JSON_LD = frozenset({"@id", "@type", "@context"})
"""What schema.org's objects say of themselves: no properties of an item, and the id only where there is no other."""
LEFT_OUT = JSON_LD | frozenset(
    {"description", "long_description", "short_description", "body_html", "html_description", "product_description", "summary"}
)
"""Long texts that neither conditions nor messages need: a million of them would not fit into memory."""


def plain_name(name: str) -> str:
    """A column's name without its prefix and case: `g:image_link`, `Image Link` and `imageLink` are image_link."""
    return normalise(name.removeprefix("g:").removeprefix("G:"))


def fields_of(columns: Iterable[str], *, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Column, as it is written -> field of an item; a property has the field `properties.NAME`, what is left out none. `chosen` is field -> column,
    where somebody has said so."""
    names = {column: column if column in JSON_LD else plain_name(column) for column in columns}
    found: dict[str, str] = {}
    for field, column in (chosen or {}).items():
        wanted = next((each for each in names if each == column), next((each for each, name in names.items() if name == plain_name(column)), None))
        if wanted is not None:
            found[wanted] = field
    for field, aliases in ALIASES.items():
        if field in found.values():
            continue
        known = next((each for alias in aliases for each, name in names.items() if name == alias and each not in found), None)
        if known is not None:
            found[known] = field
    for column, name in names.items():
        if column not in found and name and name not in LEFT_OUT:
            found[column] = name if name in COMPUTED else f"properties.{name}"
    return found


class Shapes:
    """Which fields the keys of objects are, each kind of object looked at once: feeds have few. Of one whose every object is another kind the first
    MAX_SHAPES are kept."""

    MAX_SHAPES, MAX_KEYS = 1_000, 200

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._chosen = chosen
        self._known: dict[tuple[str, ...], dict[str, str]] = {}

    def read(self, found: Mapping[str, Any]) -> dict[str, Any]:
        """Field -> value of an object."""
        shape = tuple(found)
        fields = self._known.get(shape)
        if fields is None:
            fields = fields_of(shape, chosen=self._chosen)
            if len(self._known) < self.MAX_SHAPES and len(shape) <= self.MAX_KEYS:
                self._known[shape] = fields
        return {field: found[key] for key, field in fields.items()}
