"""Replay history through the job's own engine: every decision of a campaign carries the features as they were at that time."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from services.local.job import LocalJob
from services.replay.records import History
from training.goal import Goal, goal_of
from training.persons import Persons
from udfs.core.campaigns.book import Book
from udfs.core.engine import Engine, Step
from udfs.core.identity.snapshot import opened
from udfs.core.profile.sessions import GAP, VISIT_STARTED
from udfs.core.profile.stored import decode
from udfs.core.profile.tombstone import is_tombstone
from udfs.core.records import Decision, Event, Reason, Rejection
from udfs.core.values.problems import short

MAX_REASON = 200
"""The maximum length, in characters, of the reason why a line was left out."""


class Seen(NamedTuple):
    """A decision of the replay, and the newest event time of that user which the engine had seen by then."""

    decision: Decision
    known_at: int


class Replay:
    """One pass over a history. Its counts are complete once `decisions` is exhausted."""

    def __init__(self, book: Book, *, goal: str | Goal, campaign: str | None = None, links_ids: bool = False) -> None:
        """`links_ids`: as the job that will use the model takes them."""
        self.goal = goal_of(goal)
        self.goals: dict[str, list[int]] = defaultdict(list)
        """User -> times of the goal's events, in order of arrival."""
        self.strangers: set[str] = set()
        """Customers without a user id, who could not be recognised later."""
        self.names: Counter[str] = Counter()
        """Event name -> count."""
        self.notes: list[str] = []
        """Notes of the history's reader for the user."""
        self.first: int | None = None
        self.last = 0
        self.events = self.rejected = self.failed = 0
        self.set_aside = 0
        """Parts of events that could not be read; the events count."""
        self._refused: Rejection | None = None
        self._campaign = campaign
        self._active: dict[str, int] = {}
        """User -> their latest activity, if visits are asked for."""
        self.persons = Persons()
        """Whose ids have turned out to be whose."""
        self._job = LocalJob(book, links_ids=links_ids)  # features are computed as the job that will use the model computes them
        self._job.engine = self._engine = _Watched(book, self._see, self._meet)

    @property
    def profiles(self) -> Mapping[str, bytes]:
        """Every customer's profile as it is now, packed."""
        return self._job.profiles

    def around(self, user_id: str) -> frozenset[str]:
        """The ids whose events are needed to decide about this one again."""
        return frozenset(self._job.links.around(user_id))

    def decisions(self, history: History, *, drain: int | None = 0) -> Iterator[Seen]:
        """The decisions of the campaign (None: of every campaign), in order of time. `drain` is passed to LocalJob.run."""
        if history.note:
            self.notes.append(history.note)
        for outputs in self._job.run(history.records, drain=drain):
            for output in outputs:
                if isinstance(output, Rejection) and output.accepted:
                    self.set_aside += 1 + output.skipped
                elif isinstance(output, Rejection):
                    self.rejected += 1
                    self._refused = self._refused or output
                elif isinstance(output, Decision) and self._campaign in {None, output.campaign}:
                    if output.reason is Reason.ENGINE_FAILED:  # it carries no vector
                        self.failed += 1
                    else:
                        yield Seen(output, self._engine.known_at(output))
            self._engine.forget()
        if self.set_aside:
            self.notes.append(f"{self.set_aside:,} fields of the history could not be read and were set aside; their events were taken")
        if self._refused:
            why = f"{self._refused.field}: {self._refused.message}" if self._refused.field else self._refused.message
            self.notes.append(f"{self.rejected:,} lines of the history could not be read and were left out; the first: {short(why, MAX_REASON)}")

    def _see(self, event: Event) -> None:
        self.events += 1
        self.names[event.name] += 1
        self.first = event.at if self.first is None else min(self.first, event.at)
        self.last = max(self.last, event.at)
        begins = self._begins_a_visit(event)  # asked for every event: an order is part of a visit, too
        if begins or event.name in self.goal.events:
            self.goals[event.user_id].append(event.at)
        if event.user_id == event.anonymous_id:
            self.strangers.add(event.user_id)

    def _meet(self, old: str, new: str, at: int) -> None:
        """An id has turned out to be somebody: her visit goes on."""
        self.persons.join(old, new, at)
        if (before := self._active.get(old)) is not None:
            self._active[new] = max(before, self._active.get(new, before))

    def _begins_a_visit(self, event: Event) -> bool:
        """Whether the goal is about visits, and one begins: the next page of the visit in which a decision was made is no new one."""
        if VISIT_STARTED not in self.goal.events or event.passive:
            return False
        before = self._active.get(event.user_id)
        self._active[event.user_id] = event.at if before is None else max(before, event.at)
        begins = before is None or event.at - before > GAP
        self.names[VISIT_STARTED] += begins
        return begins


class _Watched(Engine):
    """The engine, with a record of what it has seen and decided."""

    def __init__(self, book: Book, see: Callable[[Event], None], meet: Callable[[str, str, int], None]) -> None:
        super().__init__(book)
        self._see, self._meet = see, meet
        self._known: dict[tuple[str, int], int] = {}

    def on_event(self, blob: bytes | None, event: Event, kept: bytes | None = None) -> Step:
        step = super().on_event(blob, event, kept)
        self._see(event)
        before = decode(blob).now if blob and step.records else event.at
        self._note(step, event.at, before, max(before, event.at))
        return step

    def on_time(self, blob: bytes | None, user_id: str, now: int) -> Step:
        step = super().on_time(blob, user_id, now)
        if step.records and blob:
            known = decode(blob).now
            self._note(step, now, known, known)
        return step

    def on_leave(self, blob: bytes | None, user_id: str, at: int, kept: bytes | None = None) -> tuple[Step, bytes]:
        step, handed_over = super().on_leave(blob, user_id, at, kept)
        if step.records:
            self._note(step, at, known := _newest(blob), known)
        return step, handed_over

    def on_join(self, blob: bytes | None, user_id: str, handed_over: bytes, kept: bytes | None = None) -> Step:
        step, found = super().on_join(blob, user_id, handed_over, kept), opened(handed_over)
        self._meet(found.user_id, user_id, found.at)
        if step.records:
            mine, other = _newest(blob), found.opened()
            self._note(step, found.at, mine, mine if other is None else max(mine, other.now))
        return step

    def known_at(self, decision: Decision) -> int:
        return self._known[decision.decision_id, decision.attempt]

    def forget(self) -> None:
        self._known.clear()

    def _note(self, step: Step, at: int, before: int, after: int) -> None:
        """What fell due before the event was decided without knowing it."""
        for record in step.records:
            if isinstance(record, Decision):
                self._known[record.decision_id, record.attempt] = before if record.at < at else after


def _newest(blob: bytes | None) -> int:
    """The newest event time in what is stored of somebody."""
    return decode(blob).now if blob and not is_tombstone(blob) else 0
