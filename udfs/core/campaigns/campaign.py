"""A campaign as the engine runs it: everything compiled, nothing left to parse when an event comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from udfs.core.campaigns.bandit import Bandit
from udfs.core.campaigns.because import Because
from udfs.core.campaigns.exits import Exits
from udfs.core.campaigns.expect import NOTHING_EXPECTED, Expect
from udfs.core.campaigns.experiment import Experiment, Namespace
from udfs.core.campaigns.goal import Goal
from udfs.core.campaigns.rollout import Rollout
from udfs.core.campaigns.steps import Program
from udfs.core.campaigns.uplift import UpliftChoice
from udfs.core.expressions.compiler import Expression
from udfs.core.templates.compile import Template
from udfs.core.values import chance
from udfs.core.values.dates import Anniversary


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes a user a candidate: an event (with `becomes`, at the rising edge of a condition), or one of the other fields that is set."""

    events: tuple[str, ...] = ()
    becomes: Expression | None = None
    idle: int | None = None
    of: str = ""
    """Silence of what: cart, browsing or any."""
    unless: Exits = field(default_factory=dict)
    """Events that cancel what is pending, at once, and recall what has gone out."""
    since: tuple[str, ...] = ()
    wait: int = 0
    """Milliseconds since the latest of the events in `since`."""
    date: Anniversary | None = None
    enters: str = ""
    """The segment that the user comes into."""
    leaves: str = ""
    """The segment that the user leaves."""


@dataclass(frozen=True, slots=True)
class Entry:
    """How often one user may enter."""

    once_per: Expression | None = None
    again: int | None = None
    """Milliseconds to wait after this user's last action of the campaign; of a journey: after the last time it was entered."""
    concurrent: int | None = None
    """How many runs of a journey may go on side by side, each with a key of its own; None: any number."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to act."""

    name: str
    channels: tuple[str, ...]
    content: Mapping[str, Mapping[str, Template]]
    """Channel -> field -> template."""
    offer: Mapping[str, Expression | Any] | None
    """Each value an expression, or a literal."""
    wait: int
    """Milliseconds between being chosen and acting."""
    best: bool = False
    """Whether the channels are tried in the order in which this customer is likeliest to answer, and not in theirs."""


@dataclass(frozen=True, slots=True)
class AskedModel:
    """One score of a campaign: the model that is asked, and what stands in for it."""

    model: str
    cold_start: float
    score_class: str | None = None
    """Which of a classifier's classes the score is of; None: the one that its manifest names."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """One compiled campaign."""

    name: str
    version: str
    paused: bool
    trigger: Trigger
    when: Expression | None
    entry: Entry
    control_group: float
    """Share of users for whom everything happens but the action."""
    variants: tuple[Variant, ...]
    shares: tuple[float, ...]
    scores: Mapping[str, AskedModel]
    """By the names under which conditions read them and decisions log them."""
    value: Expression | None
    expires: int
    priority: int
    purpose: str
    """What it needs consent to."""
    tags: tuple[str, ...]
    event_names: frozenset[str]
    """First names of the event properties that are read after the trigger: what a waiting variant or a journey has to carry."""
    steps: Program | None = None
    """A journey: the variants are its messages."""
    asks_messages: bool = False
    """Whether its conditions ask what happened to messages."""
    reads_items: bool = False
    """Whether it looks up items of the catalogue."""
    completes_carts: bool = False
    """Whether it reads lines of a cart: what nobody has sent of them is read from the catalogue."""
    recommends: frozenset[str] = frozenset()
    """The strategies by which it recommends products; empty: it recommends none."""
    reads_intents: bool = False
    """Whether it asks what a text means."""
    held_against: frozenset[str] = frozenset()
    """Properties of the trigger that exits are compared with (`same`)."""
    plain: bool = False
    """Whether its condition asks no model, no catalogue and not what happened to messages: one moment serves all such campaigns."""
    goal: Goal | None = None
    experiment: Experiment | None = None
    bandit: Bandit | None = None
    """What chooses among the variants; None: their shares do."""
    uplift: UpliftChoice | None = None
    """What chooses among the variants and nothing, by whom a message moves; None: their shares, or a bandit, do."""
    rollout: Rollout | None = None
    """How it reaches all customers; None: at once."""
    keeps_group: bool = True
    """Whether who is in the control group stays in it when its share changes. Not while a first version is rolled out: all are to get it."""
    at_best: bool = False
    """Whether it waits for the hour at which the customer reads messages."""
    expect: Expect = NOTHING_EXPECTED
    """What it declares as usual."""
    because: Because | None = None
    """How its messages say why they are sent; None: none of them does."""

    @staticmethod
    def gone(name: str) -> "Campaign":
        """Stands for a campaign that was removed while something of it was still deferred."""
        return Campaign(
            name=name,
            version="",
            paused=True,
            trigger=Trigger(),
            when=None,
            entry=Entry(),
            control_group=0.0,
            variants=(),
            shares=(),
            scores={},
            value=None,
            expires=0,
            priority=0,
            purpose="",
            tags=(),
            event_names=frozenset(),
        )

    @property
    def namespace(self) -> Namespace | None:
        """Who may get anything of it, where an experiment shares out the customers; None: everybody."""
        return None if self.experiment is None else self.experiment.namespace

    @property
    def arms(self) -> tuple[str, ...]:
        """What its bandit chooses among, by name: its variants, or the ways of a split."""
        if self.steps is not None and self.steps.chosen is not None:
            return self.steps.chosen.arms
        return tuple(variant.name for variant in self.variants)

    def in_control(self, user_id: str) -> bool:
        """Whether this user is in the control group of this campaign; it never changes."""
        return self.control_group > 0 and self.drawn_for_control(user_id) < self.control_group

    def drawn_for_control(self, user_id: str) -> float:
        """The lot of this user: who draws less than the share is in the control group."""
        return chance.lot(f"control:{self.name}", user_id)

    def assign(self, user_id: str) -> tuple[Variant, float]:
        """The variant of this user, and the probability that it is this one."""
        if len(self.variants) == 1:
            return self.variants[0], 1.0
        index = chance.choose(self.name, user_id, self.shares)
        return self.variants[index], self.shares[index]

    def named(self, name: str | None) -> tuple[Variant, float] | None:
        """The variant of that name, and the probability with which it was drawn; None when there is none (any more)."""
        return next(((variant, share) for variant, share in zip(self.variants, self.shares, strict=True) if variant.name == name), None)
