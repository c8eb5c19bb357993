"""Small shops for tests: events by hand, and the figures of a report over them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.documents.yaml12 import parse
from services.kpis.language import metrics_of, shipped
from services.kpis.metric import Metric
from services.kpis.results import Answer, Figure, Report
from tests.kpi_oracle.compare import reported
from tests.kpi_oracle.world import Arrival, World

START = 1_772_442_000_000
"""2026-03-02 09:00 UTC, a Monday."""
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Making:
    """A world to which events are added in the order of their records."""

    def __init__(self, base: str | None = None, rates: dict[str, float] | None = None) -> None:
        self.world = World(base=base, rates=rates or {})

    def event(self, name: str, at: int, user: str = "ada", *, recorded: int | None = None, message: str = "", **properties: Any) -> "Making":
        """Something happens `at` milliseconds after the start. `anonymous`: the id of the browser."""
        anonymous = properties.pop("anonymous", None)
        kind = name if name in ("page", "screen", "identify", "alias", "group") else "track"
        told = {
            "type": kind,
            **({"event": name} if kind == "track" else {}),
            "messageId": message or f"m{len(self.world.arrivals)}",
            **({"userId": user} if user else {}),
            **({"anonymousId": anonymous} if anonymous else {}),
            "timestamp": START + at,
            "properties": properties,
        }
        self.world.arrivals.append(Arrival(START + (at if recorded is None else recorded), told))
        self.world.arrivals.sort(key=lambda arrival: arrival.recorded)
        return self

    def decision(self, number: int, at: int, user: str = "ada", *, outcome: str = "acted", campaign: str = "news", channel: str = "email") -> str:
        """A decision, and its id."""
        decision_id = f"00000000-0000-5000-8000-{number:012}"
        self.world.decisions.append(
            {
                "decision_id": decision_id,
                "attempt": 0,
                "user_id": user,
                "campaign": campaign,
                "campaign_version": "v",
                "outcome": outcome,
                "reason": "ELIGIBLE",
                "variant": "a",
                "channel": channel,
                "features": {},
                "at": START + at,
            }
        )
        return decision_id

    def end(self, at: int) -> "Making":
        """Time goes on: somebody else's event."""
        return self.event("order_shipped", at, "nobody-here", order_id="x")


def metric(text: str) -> Metric:
    """A metric of its YAML, named mine."""
    indented = "\n".join(f"    {line}" for line in text.strip().splitlines())
    metrics, wrong = metrics_of(parse(f"metrics:\n  mine:\n    means: It is mine.\n{indented}\n", file=Path("metrics.yaml")))
    assert not wrong, wrong
    return metrics[0]


def answer(world: World, name: str | Metric, by: Sequence[str] = (), **more: Any) -> Answer:
    """What a report says of one metric."""
    wanted = name if isinstance(name, Metric) else next(each for each in shipped() if each.name == name)
    told: Report = reported(world, by, metrics=[wanted], **more)
    return told.answers[0]


def figure(world: World, name: str | Metric, **more: Any) -> Figure:
    """Its figure over all."""
    return answer(world, name, **more).figures[0]
