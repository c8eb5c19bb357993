"""The engine: bytes of a profile and an event in; bytes, records and the next due time out. The same in Flink, in `kairos try` and in training.

Two clocks, both of the records and none of the machine: what happened is placed by event time, what falls due by record time (the timestamp that
Kafka gave the record). Before a record is applied, everything that is due before the greatest record time of that user is settled, in order; at
equality the record wins. So a timer between any two records, or none, makes no difference, and after an outage the job acts as it would
have acted live. The decisions of one user depend on that user's records in their order and on control, and on nothing else.
"""

from collections.abc import Callable

import msgspec

from udfs.core.campaigns.book import Book
from udfs.core.counts import Counts, fresh
from udfs.core.decision import again, decide, erase, linking, pending, people, requests, retention
from udfs.core.decision.candidates import Record
from udfs.core.decision.scores import NoScorer, Scorer
from udfs.core.decision.turn import Turn
from udfs.core.identity.merge import join_kept, remember_link
from udfs.core.identity.snapshot import opened, snapshot
from udfs.core.items.item import NO_SHELF, Shelf
from udfs.core.policy.throughput import Throughput
from udfs.core.profile import dedup, tombstone
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import begun, decode, encode
from udfs.core.profile.stub import is_stub
from udfs.core.recommend.recommender import NO_STAND, Stand
from udfs.core.records import Event

ABOUT_DATA = requests.NAMES | {erase.NAME}
"""Events that are about what is known of somebody, and nothing that they did."""


def reads_kept(name: str) -> bool:
    """Whether an event of this name needs what is stored apart from the profile."""
    return dedup.is_kept(name) or name in requests.NAMES


class Step(msgspec.Struct, frozen=True, gc=False):
    """What one event or instant came to: the new profile (empty: nothing is left of it), when the user needs a timer next (None: never), and what
    goes out."""

    blob: bytes
    due: int | None
    records: list[Record]
    kept: bytes | None = None
    """What is to be stored apart from the profile, of ids that are remembered for 72 hours; None: what was stored stays; empty: nothing is."""


class Engine:
    """Decides with a book; give it another book to apply a change. Holds no customer: a profile comes and goes with each call."""

    def __init__(
        self,
        book: Book,
        *,
        scorer: Scorer | None = None,
        parts: int = 1,
        people: bool = False,
        logs_draws: bool = False,
        shelf: Shelf = NO_SHELF,
        stand: Stand = NO_STAND,
    ) -> None:
        """`parts`: how many engines share the work, so that each knows its part of what is limited for all together. `people`: also say what the
        directory of people holds. `logs_draws`: decisions say what was drawn for them. `shelf`: where the catalogue of products is
        found. `stand`: where what recommends is found."""
        self.book = book
        self.shelf, self.stand = shelf, stand
        self.people = people
        self.logs_draws = logs_draws
        self.scorer = scorer or NoScorer()
        self.throughput = Throughput(parts)
        self.counts: Counts = fresh()

    def on_event(self, blob: bytes | None, event: Event, kept: bytes | None = None) -> Step:
        """Take in one event of one user. On an exception nothing has changed: the caller keeps the old bytes.

        `kept` is what an earlier step gave to be stored apart; it is read only for events of which `reads_kept` says so.
        """
        self.throughput.begin()
        try:
            return self._on_event(blob, event, kept)
        except BaseException:
            self.throughput.undo()
            raise

    def on_leave(self, blob: bytes | None, user_id: str, at: int, kept: bytes | None = None) -> tuple[Step, bytes]:
        """An id turns out to be somebody else's, at record time `at`: what is due before is settled, and everything that is known is handed over.
        Returns the step, which leaves nothing, and the snapshot for `on_join`. On an exception nothing has changed."""
        self.throughput.begin()
        try:
            return self._on_leave(blob, user_id, at, kept)
        except BaseException:
            self.throughput.undo()
            raise

    def on_join(self, blob: bytes | None, user_id: str, handed_over: bytes, kept: bytes | None = None) -> Step:
        """Take in what another id has handed over. What is due before the link is settled first. On an exception nothing has changed."""
        self.throughput.begin()
        try:
            return self._on_join(blob, user_id, handed_over, kept)
        except BaseException:
            self.throughput.undo()
            raise

    def on_time(self, blob: bytes | None, user_id: str, now: int) -> Step:
        """Settle everything of one user that is due at `now` or before: no event came to settle it. On an exception nothing has changed."""
        self.throughput.begin()
        try:
            return self._on_time(blob, user_id, now)
        except BaseException:
            self.throughput.undo()
            raise

    def _on_event(self, blob: bytes | None, event: Event, kept: bytes | None) -> Step:
        counts = self.counts
        counts["events"] += 1
        if event.clamped:
            counts["clamped_events"] += 1
        if not event.known:
            counts["unknown_events"] += 1
        if event.derived_id:
            counts["derived_ids"] += 1
        if event.name in ABOUT_DATA:
            return self._about_data(blob, event, kept)
        received = event.received or event.at
        if blob and len(blob) <= tombstone.MAX_BYTES and tombstone.is_tombstone(blob):
            mark = tombstone.opened(blob)
            if received < mark.until and not erase.is_back(event, mark):
                counts["events_of_erased"] += 1
                return Step(blob, mark.until, [])
            blob = None
        profile = begun(blob, event)
        records: list[Record] = []
        settled = False
        if blob and self.book.policy.retention is not None:
            ends = retention.at(profile, self.book.policy)
            settled = ends is not None and ends < received
        if settled:
            records, left = self._settle_all(profile, event.user_id, received)
            if left is not None:  # time was up before this event, which is the first of somebody new
                profile = begun(left, event)
        known = dedup.check(profile, event, kept)
        if known.duplicate and not again.stops(profile, event, known, self.book):
            counts["duplicates"] += 1
            return Step(encode(profile) if settled else blob or b"", self._due(profile), records)
        now = profile.clock = max(profile.clock, received)
        if profile.due or profile.measured is not None:
            records += self._settle(profile, event.user_id, now)
        turn = self._turn(profile, event.user_id, now)
        if not self.people:
            records += decide.on_event(turn, event)
        else:
            listed = profile.listed
            made = decide.on_event(turn, event)
            records += made
            records += people.after_event(turn, event, changed=bool(made)) or people.after_forgetting(turn, listed)
        if profile.anonymous and event.anonymous_id != event.user_id:
            profile.anonymous = False
        return Step(encode(profile), self._due(profile), records, known.kept)

    def _about_data(self, blob: bytes | None, event: Event, kept: bytes | None) -> Step:
        """Somebody is to be erased, or somebody asks what is known of them. Nobody has done anything."""
        at = event.received or event.at
        erased = tombstone.opened(blob) if blob and tombstone.is_tombstone(blob) else None
        if erased is not None and at >= erased.until:
            blob = erased = None
        if event.name == erase.NAME:
            return self._erased(None if erased else blob, event, at, erased)
        self.counts["requests"] += 1
        if erased is not None:
            return Step(blob or b"", erased.until, [requests.of_erased(event, erased, at)])
        step = self._on_time(blob, event.user_id, at - 1)
        gone = not step.blob or is_stub(step.blob)
        if not step.blob:
            answer = requests.of_nobody(event, at)
        else:
            profile = decode(step.blob)
            turn = self._turn(profile, event.user_id, max(at, profile.clock))
            answer = requests.of_known(turn, event, kept, pending.next_due(profile), denials_only=gone)
        return Step(step.blob, step.due, [*step.records, answer], b"" if gone and step.blob is not blob else None)

    def _erased(self, blob: bytes | None, event: Event, at: int, before: tombstone.Tombstone | None) -> Step:
        """`before`: of somebody who has been erased before, and not long ago."""
        at = max(at, before.at if before else 0)
        try:
            profile = decode(blob) if blob else Profile(born=0, now=0)
            at = max(at, profile.clock)
            records, left = self._settle_all(profile, event.user_id, at)
            if left is not None:
                blob, profile = left, decode(left) if left else Profile(born=0, now=0)
            records += erase.leave(self._turn(profile, event.user_id, at), event)
        except Exception:  # whatever is wrong with what is stored, it goes
            self.throughput.undo()
            self.counts["failures"] += 1
            profile, records = Profile(born=0, now=0), []
        until = max(erase.until(at, self.book.policy), before.until if before else 0)
        records += erase.notice(event, profile, records, at=at, until=until, was_known=bool(blob), people=self.people)
        self.counts["users_erased"] += 1
        return Step(tombstone.tombstone(at=at, until=until), until, records, b"")

    def _on_leave(self, blob: bytes | None, user_id: str, at: int, kept: bytes | None) -> tuple[Step, bytes]:
        if not blob or tombstone.is_tombstone(blob):
            return Step(b"", None, []), snapshot(None, user_id=user_id, at=at)
        profile = decode(blob)
        records, left = self._settle_all(profile, user_id, at)
        if left is not None:
            profile = decode(left) if left else Profile(born=0, now=0)
        turn = self._turn(profile, user_id, max(at, profile.clock))
        listed, profile.listed = profile.listed, 0
        records = [*records, *linking.left_by(turn), *(people.after_forgetting(turn, listed) if self.people else ())]
        return Step(b"", None, records), snapshot(profile, user_id=user_id, at=at, kept=kept or b"")

    def _on_join(self, blob: bytes | None, user_id: str, handed_over: bytes, kept: bytes | None) -> Step:
        found = opened(handed_over)
        other = found.opened()
        if blob and tombstone.is_tombstone(blob):
            if found.at < (until := tombstone.opened(blob).until):  # what another id knew of somebody who was erased goes the same way
                return Step(blob, until, [] if other is None else erase.leave(self._turn(other, user_id, max(found.at, other.clock)), None))
            blob = None
        profile = decode(blob) if blob else Profile(born=0, now=0)
        records, left = self._settle_all(profile, user_id, found.at) if blob else ([], None)
        if left is not None:
            profile = decode(left) if left else Profile(born=0, now=0)
        if other is None:  # nothing to take in, but the id is hers: whoever erases her has to know of it
            remember_link(profile, found.user_id, found.at)
            profile.clock = profile.clock or found.at  # of somebody of whom nothing else is known yet
            return Step(encode(profile), self._due(profile), records)
        turn = self._turn(profile, user_id, max(found.at, profile.clock))
        records += self._listing(turn, lambda: linking.on_link(turn, other, other_id=found.user_id))
        return Step(encode(profile), self._due(profile), records, join_kept(kept, found.kept))

    def _on_time(self, blob: bytes | None, user_id: str, now: int) -> Step:
        if not blob or is_stub(blob):
            return Step(blob or b"", None, [])
        if tombstone.is_tombstone(blob):
            until = tombstone.opened(blob).until
            return Step(b"", None, []) if now >= until else Step(blob, until, [])
        profile = decode(blob)
        first = retention.due(profile, self.book.policy, pending.next_due(profile))
        if first is None or first > now:
            return Step(blob, self._due(profile), [])
        records, left = self._settle_all(profile, user_id, now + 1)
        return Step(left, None, records) if left is not None else Step(encode(profile), self._due(profile), records)

    def _due(self, profile: Profile) -> int | None:
        """When a timer is needed."""
        if not profile.due and profile.measured is None and self.book.policy.retention is None:
            return None  # the usual case, without a call
        return retention.timer(profile, self.book.policy, pending.next_due(profile))

    def _settle_all(self, profile: Profile, user_id: str, before: int) -> tuple[list[Record], bytes | None]:
        """The same, and whether the customer's time is up among it: then what is left of the profile, which is forgotten."""
        records: list[Record] = []
        last = 0
        policy = self.book.policy
        while (first := retention.due(profile, policy, waits := pending.next_due(profile))) is not None and first < before:
            if first != waits:
                turn = self._turn(profile, user_id, max(first, last))
                gone, left = retention.forget(turn)
                listed, profile.listed = profile.listed, 0
                return [*records, *gone, *(people.after_forgetting(turn, listed) if self.people else ())], left
            records += self._on_due(profile, user_id, first)
            last = first
        return records, None

    def _settle(self, profile: Profile, user_id: str, before: int) -> list[Record]:
        records: list[Record] = []
        while (first := pending.next_due(profile)) is not None and first < before:
            records += self._on_due(profile, user_id, first)
        return records

    def _on_due(self, profile: Profile, user_id: str, first: int) -> list[Record]:
        turn, batch = self._turn(profile, user_id, first), pending.take_due(profile, first)
        return self._listing(turn, lambda: decide.on_due(turn, batch))

    def _listing(self, turn: Turn, make: Callable[[], list[Record]]) -> list[Record]:
        """What it makes, and where that is kept, what the directory of people says now."""
        listed, made = turn.profile.listed, make()
        if not self.people:
            return made
        return [*made, *(people.after_time(turn) if turn.profile.listed else people.after_forgetting(turn, listed))]

    def _turn(self, profile: Profile, user_id: str, now: int) -> Turn:
        return Turn(
            user_id=user_id,
            profile=profile,
            now=now,
            book=self.book.of(profile.identity, user_id) if self.book.versions else self.book,
            scorer=self.scorer,
            throughput=self.throughput,
            counts=self.counts,
            shelf=self.shelf,
            stand=self.stand,
            logs_draws=self.logs_draws,
        )
