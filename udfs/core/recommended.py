"""What a decision recommended: with it, and with the versions that it names, it can be decided again, and later strategies can be evaluated."""

import msgspec


class Place(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One item of a list."""

    item: str
    score: float
    """By which it stands where it does, rounded to a millionth. 0: it fills the list up, was drawn from what does, or stands behind what the ranker
    ordered."""
    source: str
    """What brought it, one of `udfs.core.recommend.strategy.Source`."""
    because_of: str | None
    """The item of the customer's that brought it most; None: none did."""
    probability: float
    """That this item stands at this place, given the places before it."""


class Recommended(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One list: the first `recommend(…)` with these arguments made it, and others show the same."""

    asked: str
    """The call with the values of its arguments, such as recommend(4, like=tent)."""
    strategy: str
    strategy_version: str
    """Hash of what is declared of it; empty: nothing is, and the default was used."""
    recommender: str | None
    """Version of what was learned; None: there was nothing."""
    ranker: str | None = None
    """Version of the ranker that ordered what the sources brought; None: none did, and it is in the order of the sums."""
    catalogue: str | None
    """Version of the catalogue that filters and groups were read from; None: there was none."""
    history: list[str]
    """The customer's items that it started from, the newest first."""
    wanted: list[str] = []
    """What the items have of what was looked for in this visit: words of the catalogue, never others that somebody typed."""
    items: list[Place]
    reason: str | None
    """Why there are fewer items than were asked for, one of `udfs.core.recommend.recommender.ShortReason`; None: there are not."""
