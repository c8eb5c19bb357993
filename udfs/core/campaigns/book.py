"""The book of control: which campaigns, features, segments, models and policy are in force, compiled and indexed by what happens.

It holds compiled things and knows nothing of the language they were written in. `compile_book` makes it from the records of `control`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec

from udfs.core.bandits.learned import Arms
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.roles import MAX_ROLES, Role, role
from udfs.core.campaigns.segments import NONE, Segments
from udfs.core.campaigns.steps import Wait
from udfs.core.campaigns.versions import Share, TwoVersions
from udfs.core.features.features import EMPTY, FeatureSet
from udfs.core.features.models import PublishedModel
from udfs.core.items.published import Published
from udfs.core.policy.anomaly import NOTHING_USUAL, Hold, Usual
from udfs.core.policy.rules import MARKETING, NO_POLICY, STORAGE, Policy
from udfs.core.profile.identity import Identity, drawn_by
from udfs.core.recommend.strategy import NO_STRATEGIES, Strategies
from udfs.core.values.channels import CHANNELS
from udfs.core.values.errors import InvalidInput

DEPLOYMENT = "deployment"
"""The first part of the keys under which `kairos submit` writes what it deployed, for whoever publishes. The job has its own options."""
HOLD, EXPECTATIONS = "hold", "expectations"
"""The first part of the keys of campaigns that were found to be out of line, and the key of what is usual."""
_CAMPAIGN = "campaign/"
NEWEST = 2**62
"""An offset beyond every other, for records that have none yet."""


MAX_BOOKS = 64
"""That are kept of one book for customers with other versions: of six rollouts at the same time, all."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One record of `control`; `value` None is a tombstone."""

    key: str
    offset: int
    value: bytes | None
    at: int = 0
    """When it was written, epoch milliseconds; 0: not known. Only that of a tombstone is of use."""


class ControlValue(msgspec.Struct, kw_only=True):
    """The JSON of a control record."""

    kind: str
    name: str
    version: str
    status: str = "live"
    document: dict[str, Any]
    published_at: int = 0
    published_by: str = ""
    rollout: Share | None = None
    """Of a campaign that only a part of the customers has yet."""
    weights: dict[str, float] | None = None
    """Variant -> its weight, where an experiment has changed what the document says."""


class BookError(InvalidInput):
    """A control record that is refused: what is wrong, and in which field."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Packed(msgspec.Struct, array_like=True, tag=1):
    """A book as bytes: its entries, to be compiled again, and what was refused."""

    end: int
    entries: list[Entry]
    refused: dict[str, str] = {}


Index = Mapping[str, tuple[Campaign, ...]]


@dataclass(frozen=True)
class Book:
    """Immutable: a change makes a new book. `end` is the offset up to which `control` was read when it was first made."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    end: int = 0
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    """By name, in the order of the names."""
    features: FeatureSet = EMPTY
    models: Mapping[str, PublishedModel] = field(default_factory=dict)
    segments: Segments = NONE
    policy: Policy = NO_POLICY
    switches: Mapping[str, str] = field(default_factory=dict)
    """What is switched off (`all`, `campaign/…`, `model/…`, `channel/…`) -> why."""
    holds: Mapping[str, Hold] = field(default_factory=dict)
    """Campaign -> whether it was found to be out of line."""
    usual: Usual = NOTHING_USUAL
    """How large offers are."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Key -> why its newest record was not taken, as found when the book was made from many entries."""
    channels: frozenset[str] | None = None
    """The channels that this deployment has; None: every one, where nothing is delivered (scenarios, `kairos try`, training)."""
    versions: Mapping[str, TwoVersions] = field(default_factory=dict)
    """Campaign -> its two versions, while a new one is rolled out. `campaigns` has the new one."""
    catalogue: Published | None = None
    """Where the files of the product catalogue are."""
    recommender: Published | None = None
    """Where the file of what was learned for recommendations is."""
    strategies: Strategies = NO_STRATEGIES
    """How lists of products are made."""
    arms: Mapping[str, Arms] = field(default_factory=dict, compare=False)
    """Campaign -> what its bandit has learned. It comes from a topic of its own, not from `control`."""

    by_event: Index = field(init=False, compare=False, repr=False)
    """Event name -> campaigns it may trigger."""
    by_silence: Index = field(init=False, compare=False, repr=False)
    """cart, browsing, any -> campaigns that wait for that silence."""
    by_exit: Index = field(init=False, compare=False, repr=False)
    """Event name -> campaigns whose pending it cancels."""
    by_since: Index = field(init=False, compare=False, repr=False)
    """Event name -> campaigns that count time from it."""
    by_segment: Index = field(init=False, compare=False, repr=False)
    """Segment -> campaigns that wait for somebody to come into it."""
    by_left: Index = field(init=False, compare=False, repr=False)
    """Segment -> campaigns that wait for somebody to leave it."""
    by_goal: Index = field(init=False, compare=False, repr=False)
    """Event name -> campaigns whose goal it is."""
    compared: Mapping[str, frozenset[str]] = field(init=False, compare=False, repr=False)
    """Event name -> the properties by which campaigns compare it with what it may end (`same`); only events that are compared."""
    awaited: frozenset[str] = field(init=False, compare=False, repr=False)
    """Events for which journeys wait."""
    by_date: tuple[Campaign, ...] = field(init=False, compare=False, repr=False)
    """Campaigns of a date of the customer's."""
    is_bound: bool = field(init=False, compare=False, repr=False)
    """Whether anything, a feature or a trait, may be kept only for a purpose to which there is consent."""
    has_segments: bool = field(init=False, compare=False, repr=False)
    """Whether any segment is declared."""
    removed: Mapping[str, int] = field(init=False, compare=False, repr=False)
    """Campaign that was removed -> when, epoch milliseconds."""
    _books: dict[tuple[bool, ...], "Book"] = field(init=False, compare=False, repr=False)
    """Which of the two versions of each campaign -> the book with these."""
    _roles: dict[str, Role] = field(init=False, compare=False, repr=False)
    """Event name -> its role, as far as it was asked for."""

    def __post_init__(self) -> None:
        """Index the campaigns: an event looks up, and never searches."""
        campaigns = self.campaigns.values()
        indexes: dict[str, Any] = {
            "by_event": _index(campaigns, lambda campaign: campaign.trigger.events),
            "by_silence": _index(campaigns, lambda campaign: (campaign.trigger.of,) if campaign.trigger.idle else ()),
            "by_exit": _index(campaigns, _exits),
            "by_since": _index(campaigns, lambda campaign: campaign.trigger.since),
            "by_segment": _index(campaigns, lambda campaign: (campaign.trigger.enters,) if campaign.trigger.enters else ()),
            "by_left": _index(campaigns, lambda campaign: (campaign.trigger.leaves,) if campaign.trigger.leaves else ()),
            "by_goal": _index(campaigns, lambda campaign: campaign.goal.events if campaign.goal else ()),
            "compared": _compared(campaigns),
            "awaited": frozenset(name for campaign in campaigns if campaign.steps for name in campaign.steps.awaited),
            "by_date": tuple(campaign for campaign in campaigns if campaign.trigger.date),
            "removed": {key.removeprefix(_CAMPAIGN): entry.at for key, entry in self.entries.items() if entry.at and is_removal(entry)},
            "has_segments": bool(self.segments.rules or self.segments.models),
            "is_bound": bool(self.features.bound or self.policy.traits),
            "_books": {},
            "_roles": {},
        }
        for name, index in indexes.items():
            object.__setattr__(self, name, index)

    def role(self, name: str) -> Role:
        """What there is to do for events of this name."""
        found = self._roles.get(name)
        if found is None:
            if len(self._roles) >= MAX_ROLES:
                self._roles.clear()
            found = self._roles[name] = role(
                name,
                by_event=self.by_event.get(name, ()),
                by_silence=self.by_silence,
                since=self.by_since.get(name, ()),
                compared=self.compared.get(name),
                is_exit=name in self.by_exit,
                is_awaited=name in self.awaited,
            )
        return found

    def of(self, identity: Identity | None, user_id: str) -> "Book":
        """The book of one customer: of campaigns that are rolled out it has her version. The same book where nothing is rolled out."""
        if not self.versions:
            return self
        found = {name: each.of(drawn_by(identity, user_id, name)) for name, each in self.versions.items()}
        if all(self.campaigns[name] is each for name, each in found.items()):
            return self
        key = tuple(found[name] is each.new for name, each in self.versions.items())
        book = self._books.get(key)
        if book is None:
            if len(self._books) >= MAX_BOOKS:
                self._books.clear()
            book = self._books[key] = replace(self, campaigns={**self.campaigns, **found})
        return book

    def deployed_with(self, channels: Iterable[str] | None) -> "Book":
        """The book of a deployment that has these channels; None: every one."""
        return replace(self, channels=None if channels is None else frozenset(channels))

    @cached_property
    def known_channels(self) -> frozenset[str]:
        """The usual channels, those that are deployed and those that campaigns name: what customers say about them is never forgotten."""
        named = (channel for campaign in self._every_version for variant in campaign.variants for channel in variant.channels)
        return frozenset((*CHANNELS, *(self.channels or ()), *named))

    @cached_property
    def known_purposes(self) -> frozenset[str]:
        """Purposes of the policy, of the shop's banners, of features and of campaigns: what customers say about them is never forgotten."""
        rules = self.policy.consent
        used = {each.purpose for each in self.features.features.values() if each.purpose is not None}
        campaigns = {each.purpose for each in self._every_version}
        return frozenset((MARKETING, STORAGE, *used, *campaigns, *self.policy.traits.values(), *rules.defaults, *rules.categories.values()))

    @cached_property
    def explained(self) -> frozenset[str]:
        """Models whose answers messages explain."""
        return frozenset(each.scores[each.because.score].model for each in self._every_version if each.because is not None)

    @property
    def _every_version(self) -> list[Campaign]:
        return [*self.campaigns.values(), *(each for two in self.versions.values() for each in (two.new, two.old))]

    def pack(self) -> bytes:
        """Its entries as bytes, to be baked into the operator; `compile_book.unpack` reads them."""
        return msgspec.msgpack.encode(Packed(self.end, list(self.entries.values()), dict(self.refused)))


def _index(campaigns: Iterable[Campaign], words: Callable[[Campaign], Iterable[str]]) -> Index:
    index: dict[str, list[Campaign]] = {}
    for campaign in campaigns:
        for word in words(campaign):
            index.setdefault(word, []).append(campaign)
    return {word: tuple(found) for word, found in index.items()}


def is_removal(entry: Entry) -> bool:
    """Whether it removes a campaign."""
    return entry.value is None and entry.key.startswith(_CAMPAIGN)


def _exits(campaign: Campaign) -> Iterable[str]:
    return {*campaign.trigger.unless, *campaign.steps.exits} if campaign.steps else campaign.trigger.unless


def _compared(campaigns: Iterable[Campaign]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for campaign in campaigns:
        waits = [step for step in campaign.steps.steps.values() if isinstance(step, Wait)] if campaign.steps else []
        for exits in (campaign.trigger.unless, *(each for wait in waits for each in (wait.leave_on, wait.awaited))):
            for name, same in exits.items():
                if same:
                    found[name] = found.get(name, frozenset()) | set(same)
    return found
