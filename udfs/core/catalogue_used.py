"""What a decision read from the product catalogue: with it, it can be decided again."""

from typing import Any

import msgspec


class CatalogueUsed(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One version throughout."""

    version: str | None
    """None: there was no catalogue."""
    items: dict[str, dict[str, Any]]
    """Item -> field -> value; `price_in_base` is a price that was compared in another currency than the item's."""
    unknown: dict[str, str]
    """Item -> why nothing is known of it, an `ItemReason`. Empty: what was no id, or one too many."""
