"""The main job without a cluster: the same engine, with a dictionary instead of Flink's state and a heap instead of its timers.

The order is Flink's. First time moves on to the record, so timers before it fire. Then the record is decoded and decided. All records of
one user are in order of time, and the engine settles what is due before it applies an event. So each user's decisions are the same as on
the cluster, however users interleave.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec.structs import replace

from services.replay.records import Record
from udfs.codecs.decode import MAX_BYTES, decode_all
from udfs.codecs.reasons import RejectionReason
from udfs.core.campaigns.book import Book
from udfs.core.counts import ByCampaign, Count
from udfs.core.decision import erase
from udfs.core.decision.scores import Scorer
from udfs.core.engine import ABOUT_DATA, Engine, Step
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.identity.links import Link, Links, Result, told_by
from udfs.core.items.item import NO_SHELF, Shelf
from udfs.core.personal_data import Erasure, Response
from udfs.core.profile.receipts import OUTCOMES
from udfs.core.profile.stub import is_stub
from udfs.core.profile.tombstone import is_tombstone, opened
from udfs.core.recommend.recommender import NO_STAND, Stand
from udfs.core.records import Action, Decision, Event, Recall, Rejection, Segment
from udfs.core.values.durations import MAX_DURATION
from udfs.scoring.loaded import LoadedModels

LOAD_S = 60.0
"""The maximum wait for the models of the book. A model that is not ready by then is LOADING, as in the job."""

Output = Decision | Action | Segment | Recall | GoalOutcome | Response | Erasure | Rejection

Watch = Callable[[str, int, Count, str], None]
"""Called for each count of a campaign, with the user, the time (epoch milliseconds), the name of the count, and the campaign."""


class LocalJob:
    """One run over one history. `profiles` and `kept_ids` hold every user's state, as Flink does. `people`: it also says who there is, as the
    job does on its topic of people."""

    def __init__(
        self,
        book: Book,
        *,
        max_event_bytes: int = MAX_BYTES,
        watchers: Sequence[Watch] = (),
        people: bool = False,
        links_ids: bool = True,
        shelf: Shelf = NO_SHELF,
        stand: Stand = NO_STAND,
        scorer: Scorer | None = None,
    ) -> None:
        """`links_ids`: it knows who logs in by what events say, docs/identity.md. Without, each id is a customer of its own, as in a job without that
        option. `shelf`: where the catalogue of products is found. `stand`: where what recommends is found. `scorer`: who answers for the models of
        the book; None: their files do."""
        if scorer is None:
            scorer = models = LoadedModels()
            models.follow(book.models, explained=book.explained, wait=LOAD_S)
        self.engine = Engine(book, scorer=scorer, people=people, shelf=shelf, stand=stand)
        self._watchers = watchers
        self._counted = ByCampaign()
        if watchers:
            self.engine.counts = self._counted
        self.profiles: dict[str, bytes] = {}
        self.kept_ids: dict[str, bytes] = {}
        self._links_ids = links_ids
        self.links = Links()
        """Which ids have turned out to be one person. Only the person has a profile."""
        self._known: set[str] = set()
        """Ids that somebody has used as a user id."""
        self.receipts = 0
        """Receipts of messages among the events."""
        self._max_event_bytes = max_event_bytes
        self._draining = False
        self._timers: list[tuple[int, str]] = []
        self._armed: dict[str, int] = {}
        """User -> when their timer fires. Each user has at most one; other entries in the heap are stale."""

    def run(self, records: Iterable[Record], *, drain: int | None = None) -> Iterator[list[Output]]:
        """Run a history that is in order of time; afterwards what is still pending falls due.

        Yields the outputs of each record and of each timer, in order of event time. `drain` is how far time moves on at the end, in
        milliseconds. None: until nothing is pending, but at most 400 days, since birthdays never end.
        """
        last = 0
        for record in records:
            last = record.at
            yield from self.until(last - 1)  # at the same time the event wins
            if outputs := self.take(record):
                yield outputs
        yield from self.drain(last + (MAX_DURATION if drain is None else drain))

    def drain(self, now: int) -> Iterator[list[Output]]:
        """The same as `until` when nothing comes any more. Profiles of whoever is forgotten stay as they were, to be looked at."""
        self._draining = True
        yield from self.until(now)
        self._draining = False

    def take(self, record: Record) -> list[Output]:
        """The outputs of one record. Every part that was set aside is among them, while the job writes a sample."""
        outputs: list[Output] = []
        for each in decode_all(record.key, record.value, record.at, max_bytes=self._max_event_bytes):
            if isinstance(each, Event):
                outputs += self._decide(each, record)
            else:
                self.engine.counts["parts_set_aside" if each.accepted else "records_rejected"] += 1
                outputs.append(each)
        return outputs

    def _decide(self, event: Event, record: Record) -> list[Output]:
        self.receipts += event.name in OUTCOMES
        is_about_data = event.name in ABOUT_DATA  # whoever asks does not say who somebody is
        links = told_by(event) if self._links_ids and not is_about_data else ()
        if links:
            self._come_back(event)
        outputs = [output for link in links for output in self._link(link, record.at)]
        if event.anonymous_id != event.user_id and not is_about_data:
            self._known.add(event.user_id)
        person = self.links.person(event.user_id)
        if person != event.user_id:
            event = replace(event, user_id=person, sent_as=event.user_id)
        return [*outputs, *self._take(event, record)]

    def _link(self, link: Link, at: int) -> list[Output]:
        """An id turns out to be somebody: what is known of it becomes hers, before the event that says so is decided."""
        if self._is_erased(link.old, at) and self._is_erased(self.links.person(link.new), at):
            return []  # nothing is to be known of either, so neither is whose it is
        if self.links.take(link, self._known.__contains__) is not Result.JOINED:
            return []
        old, new = link.old, self.links.person(link.new)
        try:
            left, handed_over = self.engine.on_leave(self.profiles.get(old), old, at, self.kept_ids.get(old))
            step = self.engine.on_join(self.profiles.get(new), new, handed_over, self.kept_ids.get(new))
        except Exception as error:  # what the person says no longer stops the old id, so nothing falls due for it
            self._counted.latest.clear()
            self._armed.pop(old, None)
            return [_failed(error, key=new, original=b"", at=at)]
        for store in (self.profiles, self.kept_ids, self._armed):
            store.pop(old, None)
        if step.kept is not None:
            self.kept_ids[new] = step.kept
        return [*left.records, *(self._keep(new, step, at) if step.blob else step.records)]

    def _take(self, event: Event, record: Record) -> list[Output]:
        try:
            step = self.engine.on_event(self.profiles.get(event.user_id), event, self.kept_ids.get(event.user_id))
        except Exception as error:  # as in the job, the event's changes are dropped, and the event itself is kept
            self._counted.latest.clear()
            return [_failed(error, key=event.user_id, original=record.value, at=record.at)]
        if step.kept:
            self.kept_ids[event.user_id] = step.kept
        elif step.kept is not None:
            self.kept_ids.pop(event.user_id, None)
        outputs = self._keep(event.user_id, step, record.at)
        for each in outputs if event.name == erase.NAME else ():
            if isinstance(each, Erasure):
                outputs += self._erase_linked(each, event, record)
        return outputs

    def _erase_linked(self, told: Erasure, event: Event, record: Record) -> list[Output]:
        """The other ids of somebody who was erased: they point to nobody any more, and what still arrives under them is dropped, too."""
        linked = ({*told.linked} | self.links.all_of(event.user_id)) - {event.user_id}
        self.links.forget(event.user_id)
        self._known -= {event.user_id, *linked}
        return [output for each in sorted(linked) for output in self._take(replace(event, user_id=each), record)]

    def _come_back(self, event: Event) -> None:
        """A new account ends the mark of an erasure before it says which browser is hers."""
        blob = self.profiles.get(self.links.person(event.user_id))
        if blob is not None and is_tombstone(blob) and erase.is_back(event, opened(blob)):
            self.profiles.pop(self.links.person(event.user_id))

    def _is_erased(self, user_id: str, at: int) -> bool:
        blob = self.profiles.get(user_id)
        return blob is not None and is_tombstone(blob) and at < opened(blob).until

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """Fire every timer that is due at or before `now`, in order of time."""
        while self._timers and (now is None or self._timers[0][0] <= now):
            due, user_id = heapq.heappop(self._timers)
            if self._armed.get(user_id) != due:
                continue
            del self._armed[user_id]
            try:
                step = self.engine.on_time(self.profiles.get(user_id), user_id, due)
            except Exception as error:
                self._counted.latest.clear()
                yield [_failed(error, key=user_id, original=b"", at=due)]
                continue
            if step.due is not None and step.due <= due:
                message = f"the engine asked for a timer at {due}, which it has just settled: this is a bug in Kairos, not in the campaign"
                raise RuntimeError(message)
            if outputs := self._keep(user_id, step, due):
                yield outputs

    def _keep(self, user_id: str, step: Step, at: int) -> list[Output]:
        for count, campaign in self._counted.latest:
            for watch in self._watchers:
                watch(user_id, at, count, campaign)
        self._counted.latest.clear()
        gone = not step.blob or is_stub(step.blob)
        if gone:
            self.kept_ids.pop(user_id, None)
        if not (gone and self._draining) and (step.blob or user_id in self.profiles):
            self.profiles[user_id] = step.blob
        armed = self._armed.get(user_id)
        if step.due is not None and (armed is None or step.due < armed):
            self._armed[user_id] = step.due
            heapq.heappush(self._timers, (step.due, user_id))
        return list(step.records)  # type: ignore[arg-type]  # this engine keeps no directory of people


def _failed(error: Exception, *, key: str, original: bytes, at: int) -> Rejection:
    message = f"{type(error).__name__}: {error}"
    return Rejection(reason=RejectionReason.ENGINE_ERROR, field=None, message=message, key=key, original=original, at=at)
