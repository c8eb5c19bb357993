"""From decisions and outcomes to persons: whose exposures they are, when many ids turn out to be one person's. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from services.lift.records import CONTROL, HELD_OUT, Decided, Log
from udfs.core.values.durations import DAY

LATELY = 14 * DAY
"""Over the latest so many days people are counted to say how many come in a day."""


@dataclass(kw_only=True, slots=True)
class Person:
    """One person, and her exposures in order."""

    first: Decided
    all: list[Decided]


def persons_of(log: Log, exposures: Iterable[Decided]) -> list[Person]:
    """Exposures by person: ids that turned out to be one person's are one."""
    known = _Persons(log)
    found: dict[str, Person] = {}
    for each in sorted(exposures, key=lambda each: (each.at, each.decision)):
        key = known.of(each.user)
        if key in found:
            found[key].all.append(each)
        else:
            found[key] = Person(first=each, all=[each])
    return list(found.values())


def leader(log: Log) -> Callable[[str], str]:
    """From an id to the one that stands for its person."""
    return _Persons(log).of


def person_ids(persons: Iterable[Person]) -> list[Decided]:
    """The first exposure of each id, as it was assigned: whoever was linked later is still two."""
    firsts: dict[str, Decided] = {}
    for person in persons:
        for each in person.all:
            firsts.setdefault(each.user, each)
    return list(firsts.values())


def a_day(exposed: Sequence[int], until: int) -> float | None:
    """People who are newly exposed in a day, lately."""
    if not exposed:
        return None
    begin = max(min(exposed), until - LATELY)
    days = max((until - begin) / DAY, 1.0)
    return sum(at >= begin for at in exposed) / days


def against_of(log: Log, campaign: str) -> str:
    """The control group of the campaign where there is one, otherwise the holdout."""
    groups = {each.group for each in exposures(log) if each.campaign == campaign}
    return HELD_OUT if CONTROL not in groups and HELD_OUT in groups else CONTROL


def exposures(log: Log) -> Iterable[Decided]:
    """Every exposure: decisions, and where those were not read, what outcomes say of them."""
    yield from log.decided.values()
    for each in log.told.values():
        if each.decision not in log.decided:
            yield Decided(
                decision=each.decision,
                user=each.user,
                campaign=each.campaign,
                group=each.group,
                at=each.starts,
                version=each.version,
                channel=each.channel,
                variant=each.variant,
            )


class _Persons:
    """Ids that are one person's, by union-find."""

    def __init__(self, log: Log) -> None:
        self._leads: dict[str, str] = {}
        for one, other in log.same:
            self._join(one, other)
        for decision, told in log.told.items():
            if decision in log.decided:
                self._join(log.decided[decision].user, told.user)

    def of(self, user: str) -> str:
        """The person of an id."""
        while (ahead := self._leads.get(user, user)) != user:
            self._leads[user] = self._leads.get(ahead, ahead)
            user = ahead
        return user

    def _join(self, one: str, other: str) -> None:
        first, second = self.of(one), self.of(other)
        if first != second:
            self._leads[second] = first
