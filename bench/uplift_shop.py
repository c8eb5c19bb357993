"""The simulated shop with a cart campaign that chooses by uplift: what is logged while it draws, and what its decisions are truly worth.

What an order earns is learned as a share of its price, and the cart's value is what a share of 1 would be worth: carts differ by far more than
people do, so money itself would be mostly noise. What is learned from is what any shop has, decisions and outcomes. The truth, what each message
would have been worth at the moment of a decision, is known to this file alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.control.model_records import checked, put_in_front, record
from services.local.book import book_of
from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.closed_loop import COSTS, DAY, MARGIN, live
from simulation.truth import Truth
from simulation.world import World
from udfs.codecs.encode import encode as written
from udfs.codecs.topics import Topics
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Decision, Outcome, Reason

START = 1_764_547_200_000
CAMPAIGN, MODEL = "cart-by-uplift", "cart-uplift"
CHANNEL, WITHIN = "email", DAY
PERCENTS: Mapping[str, float] = {"reminder": 0.0, "discount": 15.0}
EARNED = f"{MARGIN} - default(event.discount, 0) / (event.revenue + default(event.discount, 0))"
"""Of an order: the margin, less the discount, as a share of the price before it."""
DOCUMENT: dict[str, Any] = {
    "campaign": CAMPAIGN,
    "trigger": {"idle": "1h", "of": "cart", "unless": ["order_completed", "cart_cleared"]},
    "when": "cart.value > 30",
    "entry": {"again": "1d"},
    "goal": {"event": "order_completed", "within": "1d", "value": EARNED},
    "score": {name: {"model": MODEL, "class": name, "cold_start": 0} for name in PERCENTS},
    "variants": {
        name: {
            "channel": CHANNEL,
            "cost": COSTS[CHANNEL],
            "content": {"subject": "Your cart", "body": "It waits."},
            **({"offer": {"percent": percent}} if percent else {}),
        }
        for name, percent in PERCENTS.items()
    },
}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One decision, and the truth about it."""

    person: str
    chosen: str
    """A variant; empty: nothing."""
    is_scored: bool
    """Whether the model answered."""
    features: Mapping[str, Any]
    gains: Mapping[str, float]
    """Variant -> what sending it is worth, in the shop's currency; sending nothing is worth 0."""

    @property
    def gain(self) -> float:
        """Of what was chosen."""
        return self.gains.get(self.chosen, 0.0)


@dataclass(kw_only=True)
class Days:
    """What some days came to."""

    drawn: list[Drawn] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    """Decisions and outcomes as on their topics, one after the other."""


def book(explore: float, model: Mapping[str, Any] | None = None) -> Book:
    """The campaign, with this share drawn at random. `model`: the document of its manifest."""
    document = {**DOCUMENT, "choose": {"uplift": {"worth": "cart.value", "explore": f"{explore:.0%}"}}}
    value = {"kind": "campaign", "name": CAMPAIGN, "version": "1", "document": document}
    made = compile_book([*_silent().entries.values(), Entry(f"campaign/{CAMPAIGN}", 10, json.dumps(value).encode())])
    return made if model is None else checked(made, [record(put_in_front(model, None), at=0)])


def lived(seed: int, *, customers: int, past: int, days: int, explore: float, model: Mapping[str, Any] | None = None) -> Days:
    """A shop: `past` days in which nothing is sent, then `days` in which the campaign decides."""
    world, job = World(seed=seed, start=START, customers=customers), LocalJob(_silent(), links_ids=False)
    live(world, job, days=past, wants=())
    shop = _Shop(world, LocalJob(book(explore, model), links_ids=False), job.profiles)
    live(world, shop, days=days, wants=())
    return shop.days


def log(days: Sequence[Days], path: Path) -> None:
    """One file of what several shops have logged."""
    path.write_bytes(b"".join(line + b"\n" for each in days for line in each.lines))


def _silent() -> Book:
    return compile_book([entry for entry in book_of().entries.values() if entry.key == "features"])


class _Shop:
    """The job, and the truth of each of its decisions."""

    def __init__(self, world: World, job: LocalJob, profiles: Mapping[str, bytes]) -> None:
        self._world, self._truth, self._job = world, Truth(world), job
        self._job.profiles = dict(profiles)
        self.days = Days()

    def take(self, record: Record) -> list[Output]:
        """One record."""
        return self._look(self._job.take(record))

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """The timers that are due."""
        for outputs in self._job.until(now):
            yield self._look(outputs)

    def _look(self, outputs: list[Output]) -> list[Output]:
        for each in outputs:
            if isinstance(each, Decision | GoalOutcome):
                self.days.lines.append(written(each, decided_at=each.at, topics=Topics())[2])
            if isinstance(each, Decision) and (each.outcome is Outcome.ACTED or each.reason is Reason.NOTHING_CHOSEN):
                self.days.drawn.append(self._drawn(each))
        return outputs

    def _drawn(self, decision: Decision) -> Drawn:
        if decision.at > self._world.now:  # a silence was decided: no event of the world lies in between
            list(self._world.until(decision.at))
        gains = {}
        for name, percent in PERCENTS.items():
            odds = self._truth.odds(decision.user_id, within=WITHIN, channel=CHANNEL, percent=percent)
            gains[name] = odds.gain(percent=percent, margin=MARGIN, cost=COSTS[CHANNEL])
        life = self._world.lives.get(decision.user_id)
        return Drawn(
            person=decision.user_id if life is None else life.person.key,
            chosen=str(decision.variant) if decision.outcome is Outcome.ACTED else "",
            is_scored=bool(decision.scores) and not any(each.model.endswith(":cold_start") for each in decision.scores.values()),
            features=decision.features,
            gains=gains,
        )
