"""No row may contain what happened after its decision. Two checks here stop the run; `alone` has two more, for results too good to be true.

Every row records the newest event time it was computed from. A sample of rows is recomputed by a fresh engine that sees nothing after the
decision.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.local.job import LocalJob
from services.replay.records import Record
from services.replay.times import date_and_time
from training.errors import LeakError, SkewError, TrainingError
from training.rows import Row
from udfs.codecs.decode import decode_all
from udfs.core.campaigns.book import Book
from udfs.core.expressions.moment import Moment
from udfs.core.profile.stored import decode as profile_of
from udfs.core.records import Decision, Event
from udfs.core.values import chance


def check_dates(rows: Iterable[Row]) -> None:
    """Refuse rows whose newest event is later than their decision. Raises LeakError."""
    for row in rows:
        if row.known_at > row.at:
            problem = (
                f"a leak: the features of decision {row.decision_id} of user {row.user_id} at {date_and_time(row.at)} were computed from an event at "
                f"{date_and_time(row.known_at)}, after it"
            )
            raise LeakError(problem)


def sample(rows: Sequence[Row], number: int) -> list[Row]:
    """Pick `number` rows by the hash of their decision: the same ones every time."""
    return sorted(rows, key=lambda row: (chance.lot("leak-check", row.decision_id), row.attempt))[:number]


def check_again(rows: Sequence[Row], records: Iterable[Record], book: Book, *, around: Callable[[str], frozenset[str]] | None = None) -> None:
    """Recompute the vectors of these rows, each from its user's events up to its decision alone.

    Raises LeakError if a row holds a value that the feature took only later, and SkewError if it never took it.

    `records` is the history, read again; only the events of the rows' users are kept. `around`: of `Dataset`, where ids are linked.
    """
    wanted = {row.user_id: around(row.user_id) if around is not None else frozenset({row.user_id}) for row in rows}
    users = {each.encode() for ids in wanted.values() for each in ids}
    kept: list[tuple[Event, Record]] = []
    for record in records:
        if record.key in users:
            events = [event for event in decode_all(record.key, record.value, record.at) if isinstance(event, Event)]
            if events:  # of a batch the latest: no sooner is all of it known
                latest = max(events, key=lambda event: event.at)
                kept.append((latest, record))
    for row in rows:
        happened = [(event, record) for event, record in kept if event.user_id in wanted[row.user_id]]
        again = _again(row, happened, book, links_ids=around is not None)
        if again is None:
            problem = (
                f"a leak: decision {row.decision_id} of user {row.user_id} at {date_and_time(row.at)} does not follow from the events until then: "
                "either "
                "it depends on something later, or it was decided with other campaigns or features (--campaigns, --features)"
            )
            raise LeakError(problem)
        for name, value in again.items():
            if name in row.features and not same(row.features[name], value):
                raise _told(row, name, value, _first_so(row, name, happened, book, links_ids=around is not None))


def same(one: Any, other: Any) -> bool:
    """Whether two values of a feature are exactly equal: the job's JSON loses no digits."""
    return bool(one == other)


def _again(row: Row, happened: Iterable[tuple[Event, Record]], book: Book, *, links_ids: bool) -> Mapping[str, Any] | None:
    job = LocalJob(book, links_ids=links_ids)
    for outputs in _until(job, row.at, happened):
        for output in outputs:
            if isinstance(output, Decision) and (output.decision_id, output.attempt) == (row.decision_id, row.attempt):
                return output.features
    return None


def _until(job: LocalJob, at: int, happened: Iterable[tuple[Event, Record]]) -> Iterator[list[Any]]:
    for event, record in happened:
        if event.at <= at:
            yield from job.until(record.at - 1)
            yield job.take(record)
    yield from job.until(at)


def _first_so(row: Row, name: str, happened: Sequence[tuple[Event, Record]], book: Book, *, links_ids: bool) -> int | None:
    """When, after the decision, the feature first took the row's value; None if it never did."""
    job = LocalJob(book, links_ids=links_ids)
    for _ in _until(job, row.at, happened):
        pass
    compute = book.features.features[name].compute
    for event, record in happened:
        if event.at > row.at:
            job.take(record)
            user_id = job.links.person(row.decided_as or row.user_id)
            profile = profile_of(job.profiles[user_id])
            cart = profile.carts.get(profile.current or "")
            for now in (profile.now, row.at):
                moment = Moment(user_id=user_id, profile=profile, now=now, cart=cart, properties=event.properties, policy=book.policy)
                if same(compute(moment), row.features[name]):
                    return event.at
    return None


def _told(row: Row, name: str, value: Any, since: int | None) -> TrainingError:
    claim = f"{name!r} of decision {row.decision_id} of user {row.user_id} is {row.features[name]!r}"
    if since is None:
        return SkewError(
            f"{claim}, but from everything until the decision at {date_and_time(row.at)} it is {value!r}: either it depends on something else, or "
            "it was computed with another definition"
        )
    return LeakError(
        f"a leak: {claim}, which it became only at {date_and_time(since)}; at its decision, {date_and_time(row.at)}, it was {value!r}. "
        "Log features as they are "
        "when the decision is made, never as they are when the rows are put together"
    )
