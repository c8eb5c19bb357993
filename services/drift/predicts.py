"""Which goal a version of a model predicts, and in which campaigns what follows can be compared with it. Pure.

A prediction of an order within 30 days says nothing about an order within 3. So what follows is compared only where the campaign's goal is the one
that the model was trained for: the same events, within the same time, whatever their properties.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from services.control.listing import Published
from services.drift.cells import KEPT_WEEKS, WEEK
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.goal import Goal
from udfs.core.values.durations import in_words

MAX_WITHIN = KEPT_WEEKS * WEEK - 2 * WEEK
"""A goal that takes longer is known only when the week of the decision is forgotten."""


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """What a manifest says of the goal that its model predicts. `within_ms` is in milliseconds."""

    events: list[str]
    within_ms: int
    absent: bool = False
    """The goal is that none of the events follows."""


class Asked(NamedTuple):
    """One score of a campaign, answered by one version of a model."""

    label: str
    campaign: str
    score: str


class Compared(NamedTuple):
    """Whether what follows can be compared with it."""

    why_not: str = ""
    """Empty: it can."""
    absent: bool = False


def comparisons(book: Book, published: Iterable[Published]) -> dict[Asked, Compared]:
    """Every score of every campaign, for each version of its model that is kept."""
    versions = {each.name: each.document.get("versions", ()) for each in published if each.kind == "model"}
    found = {}
    for name, campaign in book.campaigns.items():
        for score, asked in campaign.scores.items():
            for manifest in versions.get(asked.model, ()):
                label = f"{asked.model}:{manifest.get('version')}"
                found[Asked(label, name, score)] = _compared(manifest, campaign.goal, is_class=asked.score_class is not None)
    return found


def _compared(manifest: Mapping[str, Any], goal: Goal | None, *, is_class: bool) -> Compared:
    if manifest.get("task") != "binary":
        return Compared("its score is not a probability")
    try:
        told = None if manifest.get("goal") is None else msgspec.convert(manifest["goal"], Predicted)
    except msgspec.ValidationError:
        told = None
    if told is None:
        return Compared("its manifest does not say which goal it predicts: train it again")
    if goal is None:
        return Compared("the campaign has no goal")
    if is_class:
        return Compared("the campaign asks for a class of its own choice")
    wanted = f"{' or '.join(told.events)} within {in_words(told.within_ms)}"
    if set(goal.events) != set(told.events) or goal.within != told.within_ms or goal.when is not None:
        only = ", under a condition" if goal.when is not None else ""
        return Compared(f"it predicts {wanted}, and the campaign is for {' or '.join(goal.events)} within {in_words(goal.within)}{only}")
    if told.within_ms > MAX_WITHIN:
        return Compared(f"its goal takes longer than the {in_words(MAX_WITHIN)} for which predictions are kept")
    return Compared(absent=told.absent)
