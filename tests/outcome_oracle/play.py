"""A history played by the engine: what it decided, and what it wrote of outcomes."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from tests.builders import book
from tests.outcome_oracle.world import Decided, World
from udfs.core.engine import Engine, Step
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.profile.stub import is_stub
from udfs.core.records import Decision, Event, Recall


class Player:
    """One customer in an engine, as the job keeps one: `fires` says before which happenings a timer fires in time."""

    def __init__(self, world: World, *, fires: Callable[[int], bool] = lambda _: True) -> None:
        self.world, self.fires, self.user = world, fires, "ada"
        self.engine = Engine(book(*world.documents))
        self.blob: bytes | None = None
        self.kept: bytes | None = None
        self.due: int | None = None
        self.records: list[Any] = []
        self.places: list[int] = []
        """For each record, the number of the happening that it followed."""

    def take(self, now: int, event: Event) -> None:
        """An event arrives, after what fell due before it."""
        if self.fires(len(self.world.happenings)):
            self.wait(now - 1)
        self.world.happenings.append((now, event))
        self.decide(event)

    def decide(self, event: Event) -> None:
        """What the engine says of an event."""
        self.keep(self.engine.on_event(self.blob, event, self.kept))

    def wait(self, until: int) -> None:
        """Timers fire."""
        while self.due is not None and self.due <= until:
            self.keep(self.engine.on_time(self.blob, self.user, self.due))

    def keep(self, step: Step) -> None:
        """The state and the records of a step."""
        self.blob, self.due = step.blob, step.due
        self.kept = None if not step.blob or is_stub(step.blob) else self.kept if step.kept is None else step.kept
        self.records += step.records
        self.places += [len(self.world.happenings) - 1] * len(step.records)


def note(world: World, records: Sequence[Any], places: Sequence[int]) -> None:
    """Write into a world what the engine said."""
    for record, place in zip(records, places, strict=True):
        if isinstance(record, Decision) and record.outcome.value in ("acted", "held_out", "control"):
            world.decisions.append(
                Decided(
                    record.at,
                    record.decision_id,
                    record.campaign,
                    record.variant or "",
                    record.channel or "",
                    record.outcome.value,
                    user=record.user_id,
                )
            )
        elif isinstance(record, Recall):
            world.recalls.append(Decided(record.at, record.decision_id, place=place))
        elif isinstance(record, GoalOutcome):
            world.told.append(msgspec.to_builtins(record))


def again(world: World, fires: Callable[[int], bool], *, by: type[Player] = Player) -> Player:
    """The same history once more, with timers that fire at other times."""
    copy = World(world.campaigns, world.policy, horizon=world.horizon)
    player = by(copy, fires=fires)
    for now, event in world.happenings:
        player.take(now, event)
    player.wait(world.horizon)
    note(copy, player.records, player.places)
    return player
