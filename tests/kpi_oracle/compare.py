"""A report and the oracle over the same world: where do they differ?"""

import json
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from services.kpis.files import empty, fill
from services.kpis.language import shipped
from services.kpis.metric import Metric
from services.kpis.prepare import Shop as ToldShop
from services.kpis.report import Asked, report
from services.kpis.results import Report
from tests.kpi_oracle.figures import NAMES, Figures, Key, Said, day_bounds
from tests.kpi_oracle.shop import Shop
from tests.kpi_oracle.world import World
from udfs.core.values.money import Currency
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.tables import Rules

RULES = Rules(pseudonyms=Pseudonyms(keys={1: bytes(range(32))}))
BERLIN = ZoneInfo("Europe/Berlin")


def reported(
    world: World,
    by: Sequence[str] = (),
    *,
    first: date | None = None,
    last: date | None = None,
    zone: ZoneInfo = BERLIN,
    metrics: Sequence[Metric] = (),
) -> Report:
    """What the report says of a world, through the rows that the lake's job would write."""
    shop = ToldShop(currency=Currency(world.base, world.rates))
    with empty() as connection:
        fill(connection, "events", ((each.key.encode(), json.dumps(each.event).encode(), each.recorded) for each in world.arrivals), RULES)
        for table, records in (("decisions", world.decisions), ("outcomes", world.outcomes), ("segments", world.segments)):
            fill(connection, table, ((None, json.dumps(each).encode(), each["at"]) for each in records), RULES)
        return report(connection, Asked(metrics=metrics or shipped(), by=by, first=first, last=last, zone=zone, shop=shop))


def figures_of(told: Report) -> dict[Key, Said]:
    """A report as the oracle writes it."""
    return {
        (each.metric.name, tuple(figure.group.values()), figure.currency, figure.stage): Said(
            figure.value, figure.numerator, figure.denominator, figure.pending
        )
        for each in told.answers
        for figure in each.figures
    }


def differences(world: World, by: tuple[str, ...], *, first: date | None = None, last: date | None = None, zone: ZoneInfo = BERLIN) -> list[str]:
    """Where the report and the oracle differ, in words; and metrics that the oracle does not know."""
    return wrong_in(world, reported(world, by, first=first, last=last, zone=zone))[0]


def wrong_in(world: World, told: Report) -> tuple[list[str], int]:
    """What is wrong in a report over a world, in words; and how many people there are."""
    since, until = day_bounds(told.period.first, told.period.last, told.period.zone)
    shop = Shop(world)
    right = Figures(shop, since, until, told.period.zone, tuple(told.by)).all()
    found = figures_of(told)
    wrong = [f"{name} is not known to both" for name in sorted({each.metric.name for each in told.answers} ^ set(NAMES))]
    for key in sorted(found.keys() | right.keys(), key=str):
        one, other = found.get(key), right.get(key)
        if one is None or other is None:
            alone = one or other
            if alone is not None and (alone.numerator or alone.denominator or alone.pending):
                wrong.append(f"{key}: the report says {one}, the oracle {other}")
        elif not all(alike(*pair) for pair in zip(one, other, strict=True)):
            wrong.append(f"{key}: the report says {one}, the oracle {other}")
    return wrong, len(shop.stands)


def alike(one: float | None, other: float | None) -> bool:
    """Amounts may differ in the last places, by the order in which they were added."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-6 * max(1.0, abs(one))
