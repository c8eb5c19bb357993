"""The policy as the engine runs it: what may be done, to whom, how often and when. docs/policy.md says what each rule means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from udfs.core.profile.tombstone import KEPT_FOR
from udfs.core.values.durations import DAY, HOUR, MINUTE
from udfs.core.values.money import Currency

MARKETING, TRANSACTIONAL, STORAGE = "marketing", "transactional", "storage"
"""Purposes with a meaning of their own; a shop may use others."""

Then = Literal["drop", "defer", "next_channel"]
Scope = Literal["campaign", "tag", "channel", "any"]
CATEGORIES: Mapping[str, str] = {"advertising": MARKETING, "marketing": MARKETING, "functional": STORAGE}
"""What the categories of consent banners are called here, unless the policy says otherwise."""


class Subject(Protocol):
    """What rules need to know of the campaign that wants to send."""

    @property
    def name(self) -> str:
        """Its name, which caps and suppression may single out."""
        ...

    @property
    def version(self) -> str:
        """The version of its document."""
        ...

    @property
    def purpose(self) -> str:
        """What it is for: consent is given for a purpose."""
        ...

    @property
    def tags(self) -> tuple[str, ...]:
        """Words by which rules group campaigns."""
        ...

    @property
    def expires(self) -> int:
        """Milliseconds for which its message is of use."""
        ...

    @property
    def at_best(self) -> bool:
        """Whether it waits for the hour at which the customer reads messages."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Who is held out of everything that is not exempt."""

    share: float
    epoch: str
    exempt: frozenset[str]
    """Purposes and tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When nobody is disturbed. Minutes of the day by the customer's wall clock: from `start` until before `end`."""

    start: int
    end: int
    zone: str | None
    """One IANA zone for everybody; None: each customer's own."""
    fallback: str | None
    """For customers whose zone is unknown; None: for them it is always quiet."""
    then: Then
    channels: frozenset[str] | None
    """None: all."""
    exempt: frozenset[str]
    """Purposes and tags that pass, besides transactional, which always does."""
    spread: int
    """Milliseconds over which releases are spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most so many messages in a window. What is None is not asked; all that is named must match."""

    id: str
    channels: frozenset[str] | None
    tags: frozenset[str] | None
    campaigns: frozenset[str] | None
    most: int
    """Of a cap that learns, the largest limit that it may reach."""
    within: int | None
    """Milliseconds of a rolling window."""
    per: Literal["day", "week", "month"] | None
    """Or the customer's calendar."""
    then: Then
    count_transactional: bool
    window: str
    """As it was written, for people."""
    least: int | None = None
    """The smallest limit of a cap that learns; None: it does not learn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """After so many reactions of a kind within a time, rest. Times in milliseconds."""

    count: int
    kind: str
    within: int
    rest: int
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRules:
    """What holds for customers who have said nothing."""

    defaults: Mapping[str, bool] = field(default_factory=dict)
    """Purpose -> granted; what is not named is granted."""
    categories: Mapping[str, str] = field(default_factory=lambda: CATEGORIES)
    """Category of a consent banner, lower case -> purpose."""

    stores: bool = field(init=False)
    """Whether what customers do is remembered as long as they have said nothing: asked at every event."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "stores", self.default(STORAGE))

    def default(self, purpose: str) -> bool:
        """Whether `purpose` is granted by those who have said nothing."""
        return self.defaults.get(purpose, True)

    def names(self, purpose: str) -> bool:
        """Whether a purpose is known whatever the campaigns are: of what is said about it nothing is ever forgotten."""
        return purpose in {MARKETING, STORAGE} or purpose in self.defaults or purpose in self.categories.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many messages a period of milliseconds, all customers together."""

    most: int
    period: int


TOPICS_KEPT = ("events", "actions", "decisions", "rejected", "segments", "outcomes", "responses", "erasures", "identity")
"""Streams whose topics delete by age. Those of `people` and `control` keep the last record of each key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how long something of a person is kept, milliseconds: the one place where it is declared. The engine applies the first three."""

    anonymous: int
    """A profile, after the last event, of whom only an anonymous id is known."""
    known: int
    """Of everybody else."""
    erased: int = KEPT_FOR
    """For how long what still arrives of somebody who was erased is dropped."""
    topics: Mapping[str, int] = field(default_factory=dict)
    """Stream -> for how long its topics keep a record; what is not named is kept as usual."""
    lake: int | None = None
    """For how long the lake keeps a row; None: until somebody removes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All of it. Without a version nothing was published: then only what customers themselves have said limits anything."""

    version: str | None = None
    holdout: Holdout | None = None
    quiet_hours: QuietHours | None = None
    caps: tuple[Cap, ...] = ()
    week_starts: int = 0
    """0 is Monday."""
    consent: ConsentRules = field(default_factory=ConsentRules)
    suppress: tuple[Suppress, ...] = ()
    throughput: Mapping[str, Rate] = field(default_factory=dict)
    currency: Currency = field(default_factory=Currency)
    trigger_max_age: int | None = None
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Channel (`*`: every other) -> `required` or `elsewhere`; what is not named follows from what is known of each customer."""
    addresses_in_actions: bool = True
    """Whether an action carries the address that is known for its channel."""
    grace: int = MINUTE
    """How long what falls due waits at least for the rest of what an app or a slow clock tells late; milliseconds of record time."""
    retention: Retention | None = None
    """None: nobody is forgotten."""
    traits: Mapping[str, str] = field(default_factory=dict)
    """Trait -> purpose without consent to which it is not kept."""
    send_hours: tuple[float, ...] = ()
    """By the hour of the day: the share of messages that customers read in it. Empty: nobody has said."""
    answered: Mapping[str, float] = field(default_factory=dict)
    """Channel -> the share of messages that customers usually answer; of what is not named nobody has said."""
    fallback: str | None = "UTC"
    """Zone of customers whose own is unknown, for calendars and quiet hours; None: the strictest reading."""

    def addresses_of(self, channel: str) -> str | None:
        """Where addresses of a channel are: required (here) or elsewhere; None: the policy does not say."""
        return self.addresses.get(channel, self.addresses.get("*"))


NO_POLICY = Policy()
SPREAD = 15 * MINUTE
TRIGGER_MAX_AGE = 72 * HOUR
RETENTION = Retention(anonymous=30 * DAY, known=400 * DAY)
MIN_RETENTION = 7 * DAY
"""Ids of events are known for up to 72 hours, and what comes again must find them."""
REMEMBERED = 32 * DAY
"""How long messages are kept: the longest month, and some. No window reaches further."""
