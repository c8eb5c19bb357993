"""From decisions and outcomes to people: each once, at her first exposure, with what followed in the goal's time. Pure.

Whoever is exposed again is not counted again: a second message is a consequence of the first. Whether a person counts depends on the clock alone,
never on what she did. For a conversion is known at once, its absence only when the time is over: counting both as they come would make every
campaign look good at first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.lift.people import MONEY, NUMBER, RATE, Left, Metric, People
from services.lift.persons import Person, a_day, exposures, person_ids, persons_of
from services.lift.records import ACTED, CONTROL, VARIANT, Decided, Log, Told
from services.statistics.difference import Numbers
from services.statistics.ratio import linearised
from udfs.core.campaigns.experiment import PERSON, SESSION
from udfs.core.campaigns.shares import WAYS
from udfs.core.values.numbers import MAX_MAGNITUDE

UNSUBSCRIBE_RATE = "unsubscribe_rate"
ALONE = {"bounce_rate": "bounced", "complaint_rate": "complained", "dismiss_rate": "dismissed"}
"""Rates of messages -> what happened to them."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked about a campaign."""

    campaign: str
    treated: str = ACTED
    """Everybody who got a message, or of those a variant: `variant:` and its name."""
    against: str = CONTROL
    """control or held_out, or a variant."""
    since: int | None = None
    """Only people whose first exposure was then or later, epoch milliseconds."""
    costs: Mapping[str, float] | None = None
    """Channel -> what a message costs; None: nothing is said of money net of costs."""
    margin: float = 1.0
    """The share of the value that is earned."""
    figures: Sequence[str] = ()
    """Features, as decisions carry them, that CUPED uses."""
    unit: str = PERSON
    """What the goal is counted of: people, or their sessions. A session is an exposure: a decision of the campaign that acted, or would have."""
    guards: Sequence[str] = ()
    """Rates that must not rise, as the campaign's goal names them."""
    chosen_by: str = ""
    """What chooses among the variants, where it is not chance alone: `a bandit` or `uplift`."""
    shares: str | None = None
    """By which shares the groups are drawn today, in a few letters (`udfs.core.campaigns.shares`); None: not known."""


def people_of(log: Log, asked: Asked) -> People:
    """The people of one campaign."""
    everybody = persons_of(log, (each for each in exposures(log) if each.campaign == asked.campaign and _counts(each, asked)))
    persons = [person for person in everybody if person.first.is_in(asked.treated) or person.first.is_in(asked.against)]
    horizons = Counter(told.ends - told.starts for told in log.told.values() if told.campaign == asked.campaign)
    horizon = _horizon(log, asked, horizons)
    chosen: list[tuple[Person, Told]] = []
    immature = untold = other = before = 0
    for person in persons:
        first, told = person.first, log.told.get(person.first.decision)
        if asked.since is not None and first.at < asked.since:
            before += 1
        elif told is not None and told.ends - told.starts != horizon:
            other += 1
        elif told is not None and told.status in ("final", "cut"):
            chosen.append((person, told))
        elif first.at + (horizon or 0) >= log.until:
            immature += 1
        else:
            untold += 1
    chosen.sort(key=lambda each: (each[0].first.at, each[0].first.decision))
    after = [person for person in persons if asked.since is None or person.first.at >= asked.since]
    firsts = person_ids(after)
    ordered = dict.fromkeys(each.version for each in sorted(firsts, key=lambda each: (each.at, each.decision)))
    treated = np.array([person.first.is_in(asked.treated) for person, _ in chosen], bool)
    versions = list(dict.fromkeys(person.first.version for person, _ in chosen))
    drawn_by = _drawn_by(firsts, asked)
    strata = versions if drawn_by is None else list(dict.fromkeys(drawn_by(person.first) for person, _ in chosen))
    sessions = [_sessions(log, person, told, asked, horizon) for person, told in chosen]
    return People(
        treated=treated,
        metrics=tuple(_metrics(chosen, sessions, asked, horizon or 0)),
        at=np.array([person.first.at for person, _ in chosen], np.int64),
        strata=np.array([strata.index(person.first.version if drawn_by is None else drawn_by(person.first)) for person, _ in chosen], np.int64),
        drawn_apart=drawn_by is not None,
        figures=_figures([person.first for person, _ in chosen], asked.figures) if asked.figures else None,
        figure_names=tuple(asked.figures),
        assigned=_assigned(firsts if drawn_by is None else _drawn_today(firsts, drawn_by, asked), asked),
        assigned_versions=()
        if drawn_by is not None
        else tuple(_assigned([each for each in firsts if each.version == version], asked) for version in ordered),
        a_day=a_day([person.first.at for person in after], log.until),
        sessions=sum(map(len, sessions)) / len(sessions) if asked.unit == SESSION and sessions else None,
        horizon=horizon,
        lasted=log.until - min(person.first.at for person in after) if after else None,
        left=Left(
            immature=immature,
            untold=untold,
            in_both=sum(any(not each.is_in(_arm(person.first, asked)) for each in person.all) for person in persons),
            other_horizon=other,
            before=before,
        ),
        notes=tuple(_notes(log, chosen, versions, untold, asked)),
        messages=_messages(chosen, horizon or 0),
        rates=_rates([told for person, told in chosen if person.first.is_in(asked.treated)]),
    )


def _counts(each: Decided, asked: Asked) -> bool:
    """Two messages of a journey are compared from where its split sends the one or the other, whatever both have got before."""
    if not (asked.treated.startswith(VARIANT) and asked.against.startswith(VARIANT)):
        return True
    return each.is_in(asked.treated) or each.is_in(asked.against)


def _drawn_by(firsts: Sequence[Decided], asked: Asked) -> Callable[[Decided], str] | None:
    """By which shares a decision's arm was drawn; None: not every decision says so. Ways matter where two messages of a journey are compared."""
    if not firsts or not all(each.shares for each in firsts):
        return None
    if asked.treated.startswith(VARIANT) and asked.against.startswith(VARIANT):
        return lambda each: each.shares
    return lambda each: each.shares.partition(WAYS)[0]


def _drawn_today(firsts: Sequence[Decided], drawn_by: Callable[[Decided], str], asked: Asked) -> list[Decided]:
    """Who was drawn by the shares that are known: the others cannot be compared with them. Without any, those of the latest exposure."""
    latest = max(firsts, key=lambda each: (each.at, each.decision))
    known = drawn_by(latest).partition(WAYS)[0] if asked.shares is None else asked.shares
    return [each for each in firsts if drawn_by(each).partition(WAYS)[0] == known]


def _horizon(log: Log, asked: Asked, horizons: Counter[int]) -> int | None:
    """The goal's time, as the newest outcomes have it: people who were watched for longer cannot be compared with others."""
    if not horizons:
        return None
    newest = max((told for told in log.told.values() if told.campaign == asked.campaign), key=lambda told: (told.starts, told.decision))
    return newest.ends - newest.starts


def _sessions(log: Log, person: Person, told: Told, asked: Asked, horizon: int | None) -> list[Told]:
    """What followed each of a person's sessions whose time is over; of people, the first exposure alone."""
    if asked.unit != SESSION:
        return [told]
    arm = _arm(person.first, asked)
    found = [log.told.get(each.decision) for each in person.all if each.is_in(arm)]
    return [each for each in found if each is not None and each.status in ("final", "cut") and each.ends - each.starts == horizon]


def _metrics(chosen: Sequence[tuple[Person, Told]], sessions: Sequence[Sequence[Told]], asked: Asked, horizon: int) -> Iterable[Metric]:
    told = [each for _, each in chosen]
    treated = np.array([person.first.is_in(asked.treated) for person, _ in chosen], bool)
    many = np.array([len(each) for each in sessions], float)

    def of_unit(name: str, kind: str, values: Numbers) -> Metric:
        """A mean of people; or of their sessions, which is a ratio of sums, since chance has drawn people."""
        if asked.unit != SESSION or treated.all() or not treated.any():
            return Metric(name=name, kind=kind, values=values)
        did = np.minimum(values, 1.0) if kind == RATE else values
        return Metric(name=name, kind=kind, values=linearised(values, many, treated), is_ratio=True, did=did)

    reached = np.array([sum(each.conversions > 0 for each in mine) for mine in sessions], float)
    conversions = np.array([sum(each.conversions for each in mine) for mine in sessions], float)
    yield of_unit("reached", RATE, reached)
    yield of_unit("conversions", NUMBER, conversions)
    if any(each.value is not None for each in told):
        value = np.array([sum(each.value or 0.0 for each in mine) for mine in sessions], float)
        yield of_unit("value", MONEY, value)
        if conversions[treated].sum() > 0 and conversions[~treated].sum() > 0:
            each_worth = linearised(value, conversions, treated)
            yield Metric(name="value_per_conversion", kind=MONEY, values=each_worth, is_ratio=True, did=value)
        if asked.costs is not None:
            costs = np.array([_cost(person, asked.costs, horizon) for person, _ in chosen], float)
            of_people = np.array([each.value or 0.0 for each in told], float)
            yield Metric(name="net", kind=MONEY, values=asked.margin * of_people - costs)
    gone = np.array(["unsubscribed" in each.happened for each in told], float)
    yield Metric(name=UNSUBSCRIBE_RATE, kind=RATE, values=gone, is_guard=UNSUBSCRIBE_RATE in asked.guards)


def _in_time(person: Person, horizon: int) -> list[Decided]:
    """Her messages within the time in which she is watched; none of who was held out, whatever would have been sent."""
    if person.first.group != ACTED:
        return []
    return [each for each in person.all if each.group == ACTED and each.at <= person.first.at + horizon]


def _cost(person: Person, costs: Mapping[str, float], horizon: int) -> float:
    return sum(costs.get(each.channel, 0.0) for each in _in_time(person, horizon))


def _messages(chosen: Sequence[tuple[Person, Told]], horizon: int) -> Mapping[str, int]:
    return Counter(each.channel for person, _ in chosen for each in _in_time(person, horizon))


def _rates(told: Sequence[Told]) -> Mapping[str, float]:
    """What happened to messages and cannot happen to those who get none: there is nothing to compare it with."""
    counts = {name: sum(word in each.happened for each in told) for name, word in ALONE.items()}
    return {name: count / len(told) for name, count in counts.items() if count}


def _arm(first: Decided, asked: Asked) -> str:
    return asked.treated if first.is_in(asked.treated) else asked.against


def _assigned(firsts: Sequence[Decided], asked: Asked) -> tuple[int, int]:
    return sum(each.is_in(asked.treated) for each in firsts), sum(each.is_in(asked.against) for each in firsts)


def _figures(firsts: Sequence[Decided], names: Sequence[str]) -> "np.ndarray[Any, np.dtype[np.float64]]":
    return np.array([[_figure(each.features.get(name)) for name in names] for each in firsts], float).reshape(len(firsts), len(names))


def _figure(value: Any) -> float:
    return float(value) if isinstance(value, (bool, int, float)) and abs(value) <= MAX_MAGNITUDE else float("nan")


def _notes(log: Log, chosen: Sequence[tuple[Person, Told]], versions: Sequence[str], untold: int, asked: Asked) -> Iterable[str]:
    yield from log.notes
    if asked.chosen_by and any(arm.startswith(VARIANT) for arm in (asked.treated, asked.against)):
        yield (
            f"{asked.chosen_by} chooses the variant by what it knows at that time, so the customers of a variant are not like the others: "
            "python -m training ope weighs each decision by its probability"
        )
    if not log.decided:
        yield "no decisions were read: ids that were linked since count once in the sample ratio, and people whose outcome is missing are not noticed"
    if untold:
        yield f"{untold:,} people have no outcome though their time is over: the topic or the lake no longer has it, or the records end too early"
    cut = [person.first.is_in(asked.treated) for person, told in chosen if told.status == "cut"]
    if cut:
        yield f"{len(cut):,} people were forgotten, or had too many windows, before their time was over ({sum(cut):,} treated): as far as known"
    unvalued = sum(told.unvalued for _, told in chosen)
    if unvalued:
        yield f"{unvalued:,} conversions of which nobody knows the value are not in it"
    if len(versions) > 1:
        yield f"{len(versions)} versions of the campaign were in force"
