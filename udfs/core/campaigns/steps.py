"""The steps of a journey as a flat program: each step knows the one that follows it, so a run remembers no more than its place.

A place is the step's `id`, or its number (`3`, `2.then.0`). Every step leads forward and none back, so a run always ends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from udfs.core.campaigns.exits import Exits
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.profile.identity import drawn_by
from udfs.core.values import chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Say one message; it is decided about like any other."""

    place: str
    message: str
    then: str | None
    """The place that follows; None: the journey ends."""
    among: tuple[str, ...] = ()
    """The messages of which a bandit chooses one; empty: it says `message`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Until a time: what an expression says, or the next such weekday and time of the day by the customer's clock."""

    instant: Expression | None = None
    before: int = 0
    """So many milliseconds earlier."""
    weekday: int | None = None
    """0 is Monday; None: any day."""
    minute: int = 0
    """Minutes after midnight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Stand still, unless one of `leave_on` ends the run, or what is awaited lets it go on."""

    place: str
    lasts: int | Expression | Until
    """Milliseconds, an expression that says how many, or until when."""
    leave_on: Exits
    then: str | None
    """Where it goes on when the time is over."""
    awaited: Exits = field(default_factory=dict)
    met: str | None = None
    """Where it goes on, at once, when one of these events comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Go one way or the other, as a condition is found at that instant."""

    place: str
    when: Expression
    yes: str | None
    no: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Go one of several ways, as chance draws for this customer: the same one whenever she comes here."""

    place: str
    campaign: str
    names: tuple[str, ...]
    shares: tuple[float, ...]
    ways: tuple[str | None, ...]
    by_bandit: bool = False
    """Whether the campaign's bandit draws the way, once for each run."""

    @property
    def arms(self) -> tuple[str, ...]:
        """The ways under the names by which a bandit knows them: no message is called so."""
        return tuple(f"{self.place}/{name}" for name in self.names)

    def drawn(self, moment: Moment) -> int:
        """The way of this customer, by the id by which the campaign draws her variants. A changed weight moves as few as possible."""
        lot = drawn_by(moment.profile.identity, moment.user_id, self.campaign)
        return chance.choose(f"{self.campaign}/{self.place}", lot, self.shares)


Step = Send | Wait | Branch | Split


@dataclass(frozen=True, slots=True)
class Program:
    """A journey, compiled. `start` is the place of its first step."""

    start: str | None
    steps: Mapping[str, Step] = field(default_factory=dict)
    first: frozenset[str] = frozenset()
    """The messages that may come first."""
    exits: frozenset[str] = frozenset()
    """Every event that ends a run at some wait."""
    awaited: frozenset[str] = frozenset()
    """Every event that lets a run go on."""
    held_against: frozenset[str] = frozenset()
    """Properties of the trigger that all of these are compared with."""
    chosen: Split | None = None
    """The split whose way a bandit draws."""

    def reach(self, place: str | None, moment: Moment, draw: Callable[[Split], int] | None = None) -> Send | Wait | None:
        """The first send or wait from `place` on, branches taken as this moment finds them, splits as chance draws; None: the run has ended.

        `draw` says which way a run goes at a split; None: as chance draws today.
        """
        while place is not None:
            step = self.steps[place]
            if isinstance(step, Branch):
                place = step.yes if step.when.met(moment) else step.no
            elif isinstance(step, Split):
                place = step.ways[draw(step) if draw else step.drawn(moment)]
            else:
                return step
        return None
