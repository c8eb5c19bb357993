"""The date since when each feature is counted: a feature that has not been counted for long enough is unknown, not zero.

The date belongs to the definition, not to the name: a renamed feature keeps its values, a redefined one starts from nothing. What is not
counted any more is dated, too: 90 days later customers' profiles hold nothing of it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from services.documents.files import CampaignFile
from udfs.core.features.features import state_key

REMEMBERED = 800 * 86_400_000
"""For how long the document says that something was removed, milliseconds: twice as long as a silent customer is remembered."""


def introduced(file: CampaignFile, *, before: Mapping[str, Any] | None, at: int) -> CampaignFile:
    """Date the features that were not published `before` (None: nothing was), and those that no longer are. `at` is now, in epoch milliseconds."""
    if before is None:
        return file
    known = {state_key(feature): dict(before.get("introduced") or {}).get(feature["name"]) for feature in _aggregates(before)}
    dates = {feature["name"]: known.get(state_key(feature), at) for feature in _aggregates(file.document)}
    dates |= dict(file.document.get("introduced") or {})
    kept = {name: date for name, date in dates.items() if date is not None}
    counted = {state_key(feature) for feature in _aggregates(file.document)}
    gone = {**dict.fromkeys(known, at), **dict(before.get("removed") or {})}
    removed = {key: date for key, date in gone.items() if key not in counted and at - date < REMEMBERED}
    document = {name: value for name, value in file.document.items() if name not in {"introduced", "removed"}}
    filled = {name: dated for name, dated in (("introduced", kept), ("removed", removed)) if dated}
    return replace(file, document={**document, **filled})


def _aggregates(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The features with state; the others are computed from them."""
    found = document.get("features")
    return [feature for feature in found if isinstance(feature, dict) and "aggregate" in feature] if isinstance(found, list) else []
