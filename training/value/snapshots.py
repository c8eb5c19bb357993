"""Every customer at some instants of a history: the features as the job would have computed them then."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from services.replay.records import History, Record
from services.replay.segment import names_nobody
from services.replay.times import date_and_time
from training.errors import HistoryError, nothing_readable
from training.history import HistorySource
from training.replay import Replay
from udfs.core.campaigns.book import Book
from udfs.core.expressions.moment import Moment
from udfs.core.profile.stored import decode
from udfs.core.profile.stub import is_stub
from udfs.core.profile.tombstone import is_tombstone


class Seen(NamedTuple):
    """One customer at an instant: the newest event time known of her, and every feature."""

    known_at: int
    features: dict[str, Any]


@dataclass
class Snapshots:
    """What a history held, and its customers at each instant."""

    replay: Replay
    at: dict[int, dict[str, Seen]] = field(default_factory=dict)
    """Instant -> user -> what was known."""


def ends(source: HistorySource) -> tuple[int, int]:
    """The first and the last event time of a history. Raises HistoryError if it holds nothing."""
    first = last = None
    nobody = 0
    for record in source.read().records:
        if names_nobody(record.key, record.value):  # its time is not to be trusted: a line of another format has none
            nobody += 1
            continue
        first, last = record.at if first is None else min(first, record.at), record.at if last is None else max(last, record.at)
    if first is None or last is None:
        raise nothing_readable(nobody)
    return first, last


def snapshots(source: HistorySource, book: Book, instants: Sequence[int], *, goal: str) -> Snapshots:
    """Replay, and look at every customer at each instant: after all events until then, and before all later ones."""
    history = source.read()
    found = Snapshots(Replay(book, goal=goal, links_ids=source.links_ids))
    waiting = sorted(set(instants))

    def watched(records: Iterator[Record]) -> Iterator[Record]:
        for record in records:
            while waiting and record.at > waiting[0]:
                _take(found, book, waiting.pop(0))
            yield record

    for _ in found.replay.decisions(History(events=history.events, records=watched(history.records), note=history.note)):
        pass
    if waiting and waiting[-1] > found.replay.last:
        problem = (
            f"the history ends at {date_and_time(found.replay.last)}, before {date_and_time(waiting[-1])}: use an earlier split, or a shorter within"
        )
        raise HistoryError(problem)
    for at in waiting:
        _take(found, book, at)
    return found


def _take(found: Snapshots, book: Book, at: int) -> None:
    here = found.at[at] = {}
    for user, blob in found.replay.profiles.items():
        if not blob or is_stub(blob) or is_tombstone(blob):
            continue
        profile = decode(blob)
        moment = Moment(user_id=user, profile=profile, now=at, cart=None, policy=book.policy)
        here[user] = Seen(profile.now, book.features.vector(moment))
