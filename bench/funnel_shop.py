"""The simulated shop with the shipped campaigns of the funnel: one life without any message, one with each stage alone, and one with all of them.

The same customers live with the same dice each time. What a customer does depends on herself and on the messages that reach her alone, so until her
first message two lives of hers are the same, and what differs afterwards comes from the messages.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.control.records import book_entries
from services.documents.files import features_for, load_campaign_files, shipped
from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.closed_loop import COSTS, DAY, earned, live
from simulation.world import World
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.records import Action

START = 1_764_547_200_000
ALL, NOTHING = "all four", "no message"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage of the funnel: the shipped campaign, and the goal that it is measured by."""

    campaign: str
    goal: str
    event: str
    """The event that reaches the goal."""
    within: int
    """Milliseconds after the message."""


STAGES = (
    Stage(campaign="acquisition", goal="a first order", event="Order Completed", within=7 * DAY),
    Stage(campaign="consideration", goal="a product put into the cart", event="Product Added", within=DAY),
    Stage(campaign="conversion", goal="the order", event="Order Completed", within=DAY),
    Stage(campaign="loyalty", goal="a further order", event="Order Completed", within=30 * DAY),
)
WAYS = (NOTHING, *(stage.campaign for stage in STAGES), ALL)


@dataclass(kw_only=True)
class Life:
    """What the weeks came to."""

    money: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Customer -> the margin on what she bought, less discounts and the cost of messages."""
    events: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """Event -> customer -> when, in order."""
    told: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """Campaign -> customer -> when its first message to her went out."""
    messages: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Campaign -> messages."""

    def reached(self, stage: Stage, person: str, since: int) -> bool:
        """Whether she reached the stage's goal in its time after `since`."""
        return any(since < at <= since + stage.within for at in self.events.get(stage.event, {}).get(person, ()))


def lived(seed: int, way: str, *, customers: int, days: int) -> Life:
    """The shop for so many days."""
    world = World(seed=seed, start=START, customers=customers)
    shop = _Shop(world, way)
    live(world, shop, days=days, record=shop.note, wants=())
    return shop.life


def book_of(way: str) -> Book:
    """The shipped campaigns of these stages, with the shipped features."""
    files = load_campaign_files(shipped())
    wanted = {stage.campaign for stage in STAGES} if way == ALL else {way}
    return compile_book(book_entries([features_for(files), *(file for file in files if file.kind == "campaign" and file.name in wanted)]))


class _Shop:
    """The job, or nobody who decides, and what customers do."""

    def __init__(self, world: World, way: str) -> None:
        self._world = world
        self._job = None if way == NOTHING else LocalJob(book_of(way))
        self.life = Life()

    def take(self, record: Record) -> list[Output]:
        """One record."""
        return [] if self._job is None else self._look(self._job.take(record))

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """The timers that are due."""
        if self._job is not None:
            for outputs in self._job.until(now):
                yield self._look(outputs)

    def note(self, record: Record) -> None:
        """What somebody has done."""
        if not record.value:
            return
        event: Mapping[str, Any] = msgspec.json.decode(record.value)
        if (name := event.get("event")) not in {stage.event for stage in STAGES}:
            return
        person = self._person(str(event.get("userId") or event["anonymousId"]))
        self.life.events.setdefault(str(name), {}).setdefault(person, []).append(record.at)
        if name == "Order Completed":
            self.life.money[person] += earned(event["properties"])

    def _look(self, outputs: list[Output]) -> list[Output]:
        for each in outputs:
            if isinstance(each, Action):
                person = self._person(each.user_id)
                self.life.money[person] -= COSTS.get(each.channel, 0.0)
                self.life.messages[each.campaign] += 1
                self.life.told[each.campaign].setdefault(person, each.at)
        return outputs

    def _person(self, name: str) -> str:
        life = self._world.lives.get(name)
        return name if life is None else life.person.key
