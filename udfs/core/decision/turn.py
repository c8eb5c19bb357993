"""One event or one instant of one customer, with everything that is the same throughout: what the functions of this room hand on to each other."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from udfs.core.campaigns.book import Book
from udfs.core.counts import ByCampaign, Counts
from udfs.core.decision.scores import Answer, Scorer
from udfs.core.items.item import NO_SHELF, Shelf
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.due import Due
from udfs.core.profile.identity import drawn_by
from udfs.core.profile.measured import Measured
from udfs.core.profile.scored import Scored
from udfs.core.profile.state import Entered, Profile
from udfs.core.recommend.recommender import NO_STAND, Stand


class Mark(NamedTuple):
    """What a candidate may change, as it was before."""

    due: list[Due]
    entered: Mapping[str, Entered | None]
    packed_messages: bytes | list[object]
    scores: dict[str, Scored]
    packed_underway: bytes
    measured: Measured | None
    changes: int
    counts: Counts
    noted: int


class Turn(msgspec.Struct, kw_only=True):
    """Who it is about, when it is, what is known of them and what is in force."""

    user_id: str
    profile: Profile
    now: int
    """Record time: of the event, or the instant at which something falls due; epoch milliseconds."""
    book: Book
    scorer: Scorer
    throughput: Throughput
    counts: Counts
    shelf: Shelf = NO_SHELF
    stand: Stand = NO_STAND
    logs_draws: bool = False
    """Whether decisions say what was drawn."""
    moved: bool = False
    """The country of the device has changed."""
    read_texts: dict[tuple[str, str], Answer] = {}
    """What models of texts have answered: model and text -> answer."""
    commits: int = 0
    """How often a candidate has been settled: what was assessed before the latest has to be looked at again."""

    def drawn_by(self, campaign: str = "") -> str:
        """The id by which this customer's variant and control group of a campaign are drawn; without one, the holdout."""
        return drawn_by(self.profile.identity, self.user_id, campaign)

    @property
    def as_of(self) -> int:
        """The instant as of which conditions and features are read: what a clock that is fast has told already belongs to it."""
        return max(self.now, self.profile.now)

    def mark(self, campaign: str) -> Mark:
        """What to go back to if the next candidate, of this campaign, fails."""
        profile, counts = self.profile, self.counts
        return Mark(
            due=profile.due.copy(),
            entered={name: _as_it_is(profile.entered.get(name)) for name in (campaign, f"~{campaign}")},
            packed_messages=profile.packed_messages,  # type: ignore[arg-type]
            scores=profile.scores.copy(),
            packed_underway=profile.packed_underway,
            measured=profile.measured,
            changes=self.throughput.changes,
            counts=dict(counts),
            noted=len(counts.latest) if isinstance(counts, ByCampaign) else 0,
        )

    def restore(self, mark: Mark) -> None:
        """Everything is as it was: the candidate that failed has left no trace in profile, throughput or counts."""
        profile, counts = self.profile, self.counts
        profile.due = mark.due
        for name, told in mark.entered.items():
            if told is not None:
                profile.entered[name] = told
            else:
                profile.entered.pop(name, None)
        profile.packed_messages = mark.packed_messages  # type: ignore[assignment]
        profile.scores = mark.scores
        profile.packed_underway = mark.packed_underway
        profile.measured = mark.measured
        self.throughput.undo(mark.changes)
        counts.update(mark.counts)
        if isinstance(counts, ByCampaign):
            del counts.latest[mark.noted :]
        self.commits += 1


def _as_it_is(entered: Entered | None) -> Entered | None:
    return None if entered is None else Entered(entered.last, entered.keys, entered.judged, entered.assigned.copy())
