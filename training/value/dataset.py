"""Customers become rows: what was known of each at an instant, and what each ordered within the time after it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from services.replay.times import date_and_time
from training.errors import HistoryError, TrainingError
from training.history import HistorySource
from training.inputs import require_declared
from training.rows import Row
from training.value.snapshots import Seen, Snapshots, ends, snapshots
from udfs.core.campaigns.book import Book
from udfs.core.values.durations import DAY

GOAL = "order_completed"
APART = 30 * DAY
"""Between two instants to learn from."""
INSTANTS = 3
"""How many there are at most."""
NO_ORDER = "had not ordered"
ANONYMOUS = "anonymous (anonymous: true keeps them)"
JOINED = "turned out to be one person with another of the customers within the time"
UNKNOWN = "an order of theirs has an amount that is not known"


class Target(msgspec.Struct, frozen=True, array_like=True):
    """What a customer ordered in the time after a row: how often, and for how much."""

    orders: float
    value: float


@dataclass(frozen=True, kw_only=True)
class Data:
    """Rows in order of time, and their targets."""

    rows: Sequence[Row]
    targets: Sequence[Target]
    split_at: int
    first: int
    last: int
    events: int
    left_out: Mapping[str, int]
    notes: Sequence[str]


def dataset(source: HistorySource, book: Book, names: Mapping[str, str], *, within: int, split_at: int | None, anonymous: bool) -> Data:
    """Rows for learning at up to three instants whose time is over at the split, and for the test at the split. Raises HistoryError."""
    require_declared(names.values(), book.features, to="learn from")
    first, last = ends(source)
    at = last - within if split_at is None else split_at
    if not first < at <= last - within:
        problem = (
            f"a value within that time needs as much history before and after the split: the history goes from {date_and_time(first)} to "
            f"{date_and_time(last)}, and the split is at {date_and_time(at)}; use a longer history, a shorter within, or another split"
        )
        raise HistoryError(problem)
    learning = [each for n in range(INSTANTS) if (each := at - within - n * APART) > first]
    instants = sorted({*learning, at})
    found = snapshots(source, book, [*instants, *(each + within for each in instants)], goal=GOAL)
    if GOAL not in found.replay.names:
        problem = f"there is no {GOAL} in the history: a value is what customers order"
        raise HistoryError(problem)
    return _labelled(found, instants, names, within=within, at=at, anonymous=anonymous)


def _labelled(found: Snapshots, instants: Sequence[int], names: Mapping[str, str], *, within: int, at: int, anonymous: bool) -> Data:
    rows: list[Row] = []
    targets: list[Target] = []
    left_out: Counter[str] = Counter()
    at_split: Counter[str] = Counter()
    for instant in instants:
        after = found.at[instant + within]
        becomes = {user: found.replay.persons.of(user, until=instant + within) for user in found.at[instant]}
        shared = Counter(becomes[user] for user, seen in found.at[instant].items() if seen.features[names["count"]])
        for user, seen in sorted(found.at[instant].items()):
            why = _unused(seen.features, names)
            if why is None and shared[becomes[user]] > 1:
                why = JOINED
            if why is None and not anonymous and user in found.replay.strangers:
                why = ANONYMOUS
            target = _target(seen, after.get(becomes[user]), names) if why is None else None
            if target is None:
                left_out[why or UNKNOWN] += 1
                at_split[why or UNKNOWN] += instant == at
                continue
            rows.append(_row(instant, user, seen, target, names, person=found.replay.persons.of(user)))
            targets.append(target)
    if not any(row.at == at for row in rows):
        problem = "no customer had ordered by the split: use a longer history, or a later split"
        if reasons := [f"{why}: {number:,}" for why, number in at_split.items() if number and why != NO_ORDER]:
            problem = f"of the customers who had ordered by the split nobody can be learned from. {'; '.join(reasons)}"
        raise HistoryError(problem)
    replay = found.replay
    return Data(
        rows=rows,
        targets=targets,
        split_at=at,
        first=replay.first or 0,
        last=replay.last,
        events=replay.events,
        left_out=dict(left_out),
        notes=replay.notes,
    )


def _unused(features: Mapping[str, Any], names: Mapping[str, str]) -> str | None:
    """Why a customer is no row. Raises TrainingError where a feature cannot be what it is said to be."""
    count, first, last = (features[names[each]] for each in ("count", "first", "last"))
    if not count or first is None or last is None:
        return NO_ORDER
    if not all(isinstance(each, int | float) for each in (count, first, last)) or last > first:
        problem = (
            f"{names['count']} is {count!r}, {names['first']} {first!r} and {names['last']} {last!r}: they must be a number of orders, and the days "
            "since the first and the last of them; name the right features under `purchases`"
        )
        raise TrainingError(problem)
    return UNKNOWN if not isinstance(features[names["spent"]], int | float) else None


def _target(seen: Seen, after: Seen | None, names: Mapping[str, str]) -> Target | None:
    """The difference that the time after has made. A cancelled order of before makes it less, but never less than nothing."""
    if after is None:  # erased in between: nobody knows
        return None
    before, then = ((each.features[names["count"]], each.features[names["spent"]]) for each in (seen, after))
    if not all(isinstance(each, int | float) for each in then):
        return None
    return Target(max(0.0, float(then[0] - before[0])), max(0.0, float(then[1] - before[1])))


def _row(at: int, user: str, seen: Seen, target: Target, names: Mapping[str, str], *, person: str) -> Row:
    return Row(
        decision_id=f"value:{at}:{user}",
        attempt=0,
        user_id=person,
        at=at,
        known_at=seen.known_at,
        features=seen.features,
        label=target.orders > 0,
        goals=int(seen.features[names["count"]]),
        since_goal=int(seen.features[names["last"]] * DAY),
    )
