"""The whole programme against the global holdout: all messages of all campaigns together, by what people order. Pure.

A person counts from the first message that she got, or would have got, for so long as is asked. Conversions of several campaigns cannot be
added up, since one order may be the goal of many; orders can.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping

import numpy as np

from services.lift.people import MONEY, NUMBER, RATE, Left, Metric, People
from services.lift.persons import Person, a_day, leader, person_ids, persons_of
from services.lift.records import ACTED, HELD_OUT, Log, Order
from udfs.core.values.durations import DAY
from udfs.core.values.errors import InvalidInput

HORIZON = 28 * DAY
BEFORE = 28 * DAY
"""For how long before the epoch past orders count as what was known."""


class NoHoldout(InvalidInput):
    """There is nothing to compare the programme with."""


def programme(
    log: Log,
    *,
    stops: Collection[str] = (),
    horizon: int = HORIZON,
    since: int | None = None,
    epoch: int | None = None,
    costs: Mapping[str, float] | None = None,
    margin: float = 1.0,
) -> People:
    """Everybody who got a message or would have, but for the holdout.

    `stops`: campaigns that the holdout is known to stop, besides those that held somebody out. What others send (receipts) everybody gets, and
    it says of nobody in which group they are. `epoch`: when the holdout began; None: with the first exposure on record. Past orders are those
    before it, also for who came long after, since the messages of the epoch have changed what followed. Raises NoHoldout where nobody was
    held out, or no events were read.
    """
    if log.orders is None:
        message = "the programme is measured by orders, and no events were read"
        raise NoHoldout(message, "name the file of events with --events, or ask the lake")
    stopped = {each.campaign for each in log.decided.values() if each.group == HELD_OUT}
    if not stopped:
        message = "nobody was held out"
        raise NoHoldout(message, "a policy with holdout: {share: 5%, epoch: 2026-q4} holds some out of every campaign from then on")
    held = stopped | set(stops)
    everybody = persons_of(log, (each for each in log.decided.values() if each.campaign in held))
    persons = [person for person in everybody if since is None or person.first.at >= since]
    began = min((person.first.at for person in everybody), default=0) if epoch is None else epoch
    ripe = [person for person in persons if person.first.at + horizon < log.until]
    orders = _orders_by_person(log, ripe)
    after = [_within(orders[number], person.first.at, person.first.at + horizon) for number, person in enumerate(ripe)]
    past = [_within(orders[number], began - BEFORE, began) for number in range(len(ripe))]
    value = np.array([sum(each.value for each in found) for found in after], float)
    metrics = [
        Metric(name="reached", kind=RATE, values=np.array([bool(found) for found in after], float)),
        Metric(name="conversions", kind=NUMBER, values=np.array([len(found) for found in after], float)),
        Metric(name="value", kind=MONEY, values=value),
    ]
    if costs is not None:
        spent = np.array([_cost(person, costs, horizon) for person in ripe], float)
        metrics.append(Metric(name="net", kind=MONEY, values=margin * value - spent))
    ids = person_ids(persons)
    treated = sum(each.group != HELD_OUT for each in ids)
    return People(
        treated=np.array([person.first.group != HELD_OUT for person in ripe], bool),
        metrics=tuple(metrics),
        at=np.array([person.first.at for person in ripe], np.int64),
        figures=np.array([[len(found), sum(each.value for each in found)] for found in past], float).reshape(len(ripe), 2),
        figure_names=("orders before the epoch", "their value"),
        assigned=(treated, len(ids) - treated),
        a_day=a_day([person.first.at for person in persons], log.until),
        horizon=horizon,
        left=Left(
            immature=len(persons) - len(ripe),
            in_both=sum(len({each.group == HELD_OUT for each in person.all}) > 1 for person in persons),
            before=len(everybody) - len(persons),
        ),
        notes=tuple(log.notes),
    )


def _orders_by_person(log: Log, persons: list[Person]) -> list[list[Order]]:
    """Of each person, by whichever of her ids."""
    leads = leader(log)
    known: defaultdict[str, list[Order]] = defaultdict(list)
    for user, found in (log.orders or {}).items():
        known[leads(user)] += found
    return [known[leads(person.first.user)] for person in persons]


def _within(orders: list[Order], begin: int, end: int) -> list[Order]:
    return [each for each in orders if begin < each.at <= end]


def _cost(person: Person, costs: Mapping[str, float], horizon: int) -> float:
    sent = (each for each in person.all if each.group == ACTED and each.at <= person.first.at + horizon)
    return sum(costs.get(each.channel, 0.0) for each in sent)
