"""What decisions and actions say of every campaign: how many messages, how large their offers, which scores. Pure.

A message counts once, when it would go out: as it acts, or as it is held. What is released is not counted again.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar

from services.control.holds import Found
from services.held.counts import KEPT_DAYS, Counts
from services.held.offers import Offers
from services.held.scores import KEPT, Scored, answers
from udfs.core.policy.anomaly import OFFER
from udfs.core.records import Outcome, Reason
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY, HOUR, MINUTE

LATE = 15 * MINUTE
"""What was decided longer ago teaches what is usual, and is not evaluated: nothing can be held of it. What was decided as late after its
event does not say that the campaign was there at that time."""
AHEAD = HOUR
"""A decision whose time is so far ahead of the clock is left out: it would end time for its campaign."""
MAX_IDS = 200_000
"""Ids of decisions that are remembered, so that one that is written twice counts once."""
T = TypeVar("T")


@dataclass
class HeldOffers:
    """Messages of a campaign that the engine has held for their offers."""

    largest: dict[str, float] = field(default_factory=dict)
    why: str = ""
    """Of the largest."""
    since: int = 0


@dataclass
class Tally:
    """All campaigns of one control topic."""

    VERSION: ClassVar[int] = 1
    """Of what `packed` writes."""
    campaigns: dict[str, Counts] = field(default_factory=dict)
    shop: Counts = field(default_factory=Counts)
    """All of them together."""
    offers: Offers = field(default_factory=Offers)
    scores: dict[str, Scored] = field(default_factory=dict)
    """By the version of the model, name:version."""
    own: dict[str, dict[str, Scored]] = field(default_factory=dict)
    """Version of a model -> campaign -> its scores there: whom one campaign meets says nothing about the others."""
    asks: dict[str, dict[str, int]] = field(default_factory=dict)
    """Version of a model -> campaign that asked it -> when last."""
    touched: dict[str, set[int]] = field(default_factory=dict)
    """Campaign -> minutes that have changed since they were evaluated last."""
    asked: set[str] = field(default_factory=set)
    """Versions of models whose scores have."""
    held_offers: dict[str, HeldOffers] = field(default_factory=dict)
    _known: set[bytes] = field(default_factory=set)
    _ids: deque[bytes] = field(default_factory=deque)

    def take_decision(self, decision: Mapping[str, Any], *, now: int, released: Callable[[str, int], bool] = lambda campaign, at: False) -> None:
        """One decision, at `now` (epoch milliseconds) by the wall clock. `released`: whether a campaign was released not long before an instant.

        Raises KeyError, TypeError, ValueError or AttributeError for a record that is none.
        """
        campaign, at, decided_at = str(decision["campaign"]), int(decision["at"]), int(decision["decided_at"])
        if at > min(decided_at, now) + AHEAD:
            return
        is_fresh = decided_at > now - LATE
        for label, score in answers(decision):
            self._scored(label, campaign, str(decision["user_id"]), at, score, is_fresh=is_fresh)
        acted, held = decision["outcome"] == Outcome.ACTED, decision["reason"] == Reason.ANOMALY_HELD and decision["outcome"] == Outcome.DEFERRED
        if not (acted or held) or self._is_known(str(decision["decision_id"])):
            return
        if held:
            self._held(campaign, decision)
        if acted and int(decision.get("attempt") or 0) and released(campaign, decided_at):
            return
        in_time = decided_at - at <= LATE
        minute = self.campaigns.setdefault(campaign, Counts()).add(at, in_time=in_time)
        self.shop.add(at, in_time=in_time)
        if is_fresh:
            self.touched.setdefault(campaign, set()).add(minute)

    def take_action(self, action: Mapping[str, Any], *, now: int) -> None:
        """One message that went out; everything else on its topic is passed over."""
        if action.get("kind") == "action" and int(action["at"]) <= now + AHEAD:
            self.offers.take(action)

    def forget(self) -> None:
        """Drop what is too old to teach anything: versions of models that nobody asks any more, campaigns that are silent, days of offers."""
        newest = max((each.hour for each in self.scores.values()), default=0)
        for label in [label for label, each in self.scores.items() if each.hour < newest - KEPT // HOUR]:
            del self.scores[label]
            self.asks.pop(label, None)
            self.own.pop(label, None)
            self.asked.discard(label)
        silent = self.shop.newest - KEPT_DAYS * DAY // MINUTE
        for name in [name for name, each in self.campaigns.items() if each.newest < silent and each.unlike is None]:
            del self.campaigns[name]
            self.touched.pop(name, None)
        self.offers.forget()

    def _held(self, campaign: str, decision: Mapping[str, Any]) -> None:
        for fact in decision.get("facts") or ():
            if fact.get("about") != OFFER:
                continue
            name, found, most = str(fact["field"]), float(fact["found"]), float(fact["expected"])
            known = self.held_offers.setdefault(campaign, HeldOffers(since=int(decision["at"])))
            if found > known.largest.get(name, float("-inf")):
                known.largest[name], known.why = found, f"{name} is {found:g}, at most {most:g} is expected"

    def _scored(self, label: str, campaign: str, user: str, at: int, score: float, *, is_fresh: bool) -> None:
        self.scores.setdefault(label, Scored()).take(user, at, score)
        self.own.setdefault(label, {}).setdefault(campaign, Scored()).take(user, at, score)
        self.asks.setdefault(label, {})[campaign] = at
        if is_fresh:
            self.asked.add(label)

    def _is_known(self, decision_id: str) -> bool:
        """Whether it was counted before; the first time it is not."""
        mark = fingerprint(decision_id)
        if mark in self._known:
            return True
        self._known.add(mark)
        self._ids.append(mark)
        if len(self._ids) > MAX_IDS:
            self._known.discard(self._ids.popleft())
        return False

    def shifted(self, label: str) -> dict[str, Found]:
        """Campaign -> why the scores of a version have shifted there: by its own scores. One that is too small to tell goes by all of them together,
        unless those of another campaign are as usual: then it is the customers of one campaign that differ, and not the model.
        """
        whole = self.scores[label]
        can_tell = {name: own for name, own in self.own.get(label, {}).items() if own.hour == whole.hour and own.usual is not None}
        told = {name: own.shifted(f"{label} in {name}") for name, own in can_tell.items()}
        by_all = whole.shifted(label) if all(told.values()) else None
        found = {name: told.get(name, by_all) for name in self.asks[label]}
        return {name: why for name, why in found.items() if why is not None}

    def packed(self) -> dict[str, Any]:
        """As it is written to a file."""
        return {
            "campaigns": {name: counts.packed() for name, counts in self.campaigns.items()},
            "shop": self.shop.packed(),
            "offers": self.offers.packed(),
            "scores": {label: scored.packed() for label, scored in self.scores.items()},
            "asks": self.asks,
            "own": {label: {name: scored.packed() for name, scored in own.items()} for label, own in self.own.items()},
        }

    @classmethod
    def unpacked(cls, told: Mapping[str, Any]) -> Self:
        """What `packed` has made. Raises KeyError, ValueError, TypeError or AttributeError for anything else."""
        return cls(
            campaigns=_each(told["campaigns"], Counts.unpacked),
            shop=Counts.unpacked(told["shop"]),
            offers=Offers.unpacked(told["offers"]),
            scores=_each(told["scores"], Scored.unpacked),
            asks=_each(told["asks"], lambda found: {str(name): int(at) for name, at in found.items()}),
            own=_each(told.get("own", {}), lambda found: _each(found, Scored.unpacked)),
        )


def _each(found: Mapping[str, Any], read: Callable[[Any], T]) -> dict[str, T]:
    return {str(name): read(each) for name, each in found.items()}
