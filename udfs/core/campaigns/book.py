"""The book of control: which campaigns, features, segments, models and policy are in force, compiled and indexed by what happens.

Entries come from the compacted topic `control`, each with its offset: of one key the higher offset wins, tombstones included, whatever
the order in which they are read (baked in at submit, restored from broadcast state, or arriving live). A document that cannot be
taken is refused and the last good one stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import msgspec

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.segments import compile_segments
from udfs.core.campaigns.segments import NONE, Segments
from udfs.core.features.features import EMPTY, FeatureSet
from udfs.core.features.language import compile_features
from udfs.core.features.models import PublishedModel, compile_model
from udfs.core.policy.language.policy import compile_policy
from udfs.core.policy.rules import NO_POLICY, Policy
from udfs.core.values.channels import CHANNELS
from udfs.core.values.problems import LONGEST_MESSAGE, DocumentError, short, shown

NEEDED_FIRST = {"features": 0, "segments": 1}
"""Keys that others are compiled against, in their order."""
STATUSES = frozenset({"live", "paused", "draft", "in_review"})
"""Of a campaign: only a live one acts."""
DEPLOYMENT = "deployment"
"""The key under which `kairos submit` says what it deployed: for whoever publishes. The job is told by its own options."""
NEWEST = 2**62
"""An offset beyond every other, for records that have none yet."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One record of `control`; `value` None is a tombstone."""

    key: str
    offset: int
    value: bytes | None


class ControlValue(msgspec.Struct, kw_only=True):
    """The JSON of a control record."""

    kind: str
    name: str
    version: str
    status: str = "live"
    document: dict[str, Any]
    published_at: int = 0
    published_by: str = ""


class BookError(ValueError):
    """A control record that is refused: what is wrong, and in which field."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message, self.field = message, field


class _Packed(msgspec.Struct, array_like=True, tag=1):
    end: int
    entries: list[Entry]
    refused: dict[str, str] = {}


@dataclass(frozen=True)
class Book:
    """Immutable: a change makes a new book. `end` is the offset up to which `control` was read when it was first made."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    end: int = 0
    campaigns: Mapping[str, Campaign] = field(default_factory=dict)
    features: FeatureSet = EMPTY
    models: Mapping[str, PublishedModel] = field(default_factory=dict)
    segments: Segments = NONE
    policy: Policy = NO_POLICY
    switches: Mapping[str, str] = field(default_factory=dict)
    """What is switched off (`all`, `campaign/…`, `model/…`, `channel/…`) -> why."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Key -> why its newest record was not taken, as found when the book was made from many entries."""
    by_event: Mapping[str, tuple[Campaign, ...]] = field(default_factory=dict)
    """Event name -> campaigns it may trigger."""
    by_silence: Mapping[str, tuple[Campaign, ...]] = field(default_factory=dict)
    """cart, browsing, any -> campaigns that wait for that silence."""
    by_exit: Mapping[str, tuple[Campaign, ...]] = field(default_factory=dict)
    """Event name -> campaigns whose pending it cancels."""
    by_since: Mapping[str, tuple[Campaign, ...]] = field(default_factory=dict)
    """Event name -> campaigns that count time from it."""
    by_segment: Mapping[str, tuple[Campaign, ...]] = field(default_factory=dict)
    """Segment -> campaigns that wait for somebody to come into it."""
    by_date: tuple[Campaign, ...] = ()
    """Campaigns of a date of the customer's."""
    channels: frozenset[str] | None = None
    """The channels that this deployment has; None: every one, where nothing is delivered (scenarios, `kairos try`, training)."""

    @staticmethod
    def of(entries: Iterable[Entry], *, end: int = 0) -> "Book":
        """A book of many entries, taken by offset, features and segments first; broken ones are left out and named in `refused`."""
        book = Book(end=end)
        refused: dict[str, str] = {}
        for entry in sorted(entries, key=lambda entry: (NEEDED_FIRST.get(entry.key, 2), entry.offset)):
            try:
                book = book.apply(entry)
                refused.pop(entry.key, None)
            except BookError as error:
                refused[entry.key] = error.message
        return replace(book, refused=refused)

    def deployed_with(self, channels: Iterable[str] | None) -> "Book":
        """The book of a deployment that has these channels; None: every one."""
        return replace(self, channels=None if channels is None else frozenset(channels))

    @cached_property
    def known_channels(self) -> frozenset[str]:
        """The usual channels, those that are deployed and those that campaigns name: what customers say about them is never forgotten."""
        named = (channel for campaign in self.campaigns.values() for variant in campaign.variants for channel in variant.channels)
        return frozenset((*CHANNELS, *(self.channels or ()), *named))

    def apply(self, entry: Entry) -> "Book":
        """The book with one more entry; itself when it has a newer one. BookError when the entry cannot be taken, whatever is wrong with it."""
        try:
            return self._apply(entry)
        except BookError:
            raise
        except Exception as error:  # a document from outside makes a reader raise anything (RecursionError, say); it must not stop the job
            message = f"it cannot be read ({type(error).__name__}: {short(str(error), LONGEST_MESSAGE)})"
            raise BookError(message, "document") from error

    def _apply(self, entry: Entry) -> "Book":
        held = self.entries.get(entry.key)
        if held is not None and held.offset >= entry.offset:
            return self
        campaigns, features, models, policy, switches = dict(self.campaigns), self.features, dict(self.models), self.policy, dict(self.switches)
        segments = self.segments
        kind, _, name = entry.key.partition("/")
        if entry.key == "features":
            features = EMPTY if entry.value is None else _features(_value(entry))
            if "segments" in self.entries and segments is not NONE:
                segments = _segments(_value(self.entries["segments"]), features, "segments need what these features no longer have: ")
            campaigns = {key: _recompiled(self.entries[f"campaign/{key}"], features, segments, "features") for key in campaigns}
            models = {key: model.against(features) for key, model in models.items()}
        elif kind == "model" and name:
            models.pop(name, None)
            if entry.value is not None:
                models[name] = self._model(entry, name)
        elif kind == "campaign" and name:
            campaigns.pop(name, None)
            if entry.value is not None:
                campaigns[name] = _campaign(_value(entry), name, features, segments)
        elif entry.key == "segments":
            segments = NONE if entry.value is None else _segments(_value(entry), features)
            campaigns = {key: _recompiled(self.entries[f"campaign/{key}"], features, segments, "segments") for key in campaigns}
        elif entry.key == "policy":
            policy = NO_POLICY if entry.value is None else _policy(_value(entry))
        elif kind == "switch" and _is_switch(name):
            switches.pop(name, None)
            if entry.value is not None and (why := _off(_value(entry))) is not None:
                switches[name] = why
        elif entry.key == DEPLOYMENT:
            if entry.value is not None:
                _value(entry)
        else:
            message = (
                f"unknown key {shown(entry.key)}: control holds campaign/<name>, model/<name>, features, segments, policy, deployment, "
                "switch/all, switch/campaign/<name>, switch/model/<name> and switch/channel/<name>"
            )
            raise BookError(message, "key")
        ordered = dict(sorted(campaigns.items()))
        return Book(
            entries={**self.entries, entry.key: entry},
            end=self.end,
            campaigns=ordered,
            features=features,
            models=models,
            segments=segments,
            policy=policy,
            switches=switches,
            refused={key: why for key, why in self.refused.items() if key != entry.key},
            by_event=_index(ordered, lambda campaign: campaign.trigger.events),
            by_silence=_index(ordered, lambda campaign: (campaign.trigger.of,) if campaign.trigger.idle else ()),
            by_exit=_index(ordered, lambda campaign: campaign.trigger.unless | campaign.steps.exits if campaign.steps else campaign.trigger.unless),
            by_since=_index(ordered, lambda campaign: campaign.trigger.since),
            by_segment=_index(ordered, lambda campaign: (campaign.trigger.enters,) if campaign.trigger.enters else ()),
            by_date=tuple(campaign for campaign in ordered.values() if campaign.trigger.date),
            channels=self.channels,
        )

    def _model(self, entry: Entry, name: str) -> PublishedModel:
        """A published model. One that the features do not fit is refused, unless the features are newer: then it did fit when it was taken."""
        model, features = _model(_value(entry), name, self.features), self.entries.get("features")
        if model.unfit and (features is None or features.offset < entry.offset):
            raise BookError(model.unfit, "document.versions")
        return model

    def pack(self) -> bytes:
        """Its entries as bytes, to be baked into the operator."""
        return msgspec.msgpack.encode(_Packed(self.end, list(self.entries.values()), dict(self.refused)))

    @staticmethod
    def unpack(data: bytes) -> "Book":
        """A packed book, compiled again."""
        packed = msgspec.msgpack.decode(data, type=_Packed)
        book = Book.of(packed.entries, end=packed.end)
        return replace(book, refused={**packed.refused, **book.refused})

    def merge(self, restored: Iterable[Entry]) -> "Book":
        """This book, baked in at submit, with entries restored from state: the higher offset wins.

        A restored entry older than `end` whose key this book does not have at all was removed while the job was down (its tombstone may be
        compacted away): it stays out, unless the book has a newer record that it refused, for then the last good one stays.
        """
        known = [entry for entry in restored if entry.offset >= self.end or entry.key in self.entries or entry.key in self.refused]
        merged = Book.of([*self.entries.values(), *known], end=self.end).deployed_with(self.channels)
        return replace(merged, refused={**self.refused, **merged.refused})


def _index(campaigns: Mapping[str, Campaign], words: Any) -> dict[str, tuple[Campaign, ...]]:
    index: dict[str, list[Campaign]] = {}
    for campaign in campaigns.values():
        for word in words(campaign):
            index.setdefault(word, []).append(campaign)
    return {word: tuple(found) for word, found in index.items()}


def _value(entry: Entry) -> ControlValue:
    try:
        return msgspec.json.decode(entry.value or b"", type=ControlValue)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not a control record: {error}"
        raise BookError(message, "value") from None


def _features(value: ControlValue) -> FeatureSet:
    try:
        return compile_features(value.document)
    except DocumentError as error:
        raise BookError(str(error), "document") from None


def _segments(value: ControlValue, features: FeatureSet, why: str = "") -> Segments:
    try:
        return compile_segments(value.document, features=features)
    except DocumentError as error:
        where = ".".join(str(step) for step in error.problems[0].path)
        message = f"{why}{error}"
        raise BookError(message, f"document.{where}" if where else "document") from None


def _campaign(value: ControlValue, name: str, features: FeatureSet, segments: Segments) -> Campaign:
    if value.document.get("campaign") != name:
        message = f"the key names campaign {name!r}, its document {value.document.get('campaign')!r}"
        raise BookError(message, "document.campaign")
    _check_status(value, STATUSES)
    try:
        return compile_campaign(value.document, features=features, segments=segments.rules, version=value.version, paused=value.status != "live")
    except DocumentError as error:
        where = ".".join(str(step) for step in error.problems[0].path)
        raise BookError(str(error), f"document.{where}" if where else "document") from None


def _model(value: ControlValue, name: str, features: FeatureSet) -> PublishedModel:
    _check_status(value, frozenset({"live", "paused"}))
    try:
        return compile_model(value.document, name=name, features=features, paused=value.status == "paused")
    except DocumentError as error:
        raise BookError(str(error), "document") from None


def _policy(value: ControlValue) -> Policy:
    try:
        return compile_policy(value.document, version=value.version)
    except DocumentError as error:
        where = ".".join(str(step) for step in error.problems[0].path)
        raise BookError(str(error), f"document.{where}" if where else "document") from None


def _is_switch(name: str) -> bool:
    what, _, which = name.partition("/")
    return name == "all" or (what in {"campaign", "model", "channel"} and bool(which))


def _off(value: ControlValue) -> str | None:
    """Why it is off; None when it is on."""
    _check_status(value, frozenset({"off", "on"}))
    return None if value.status == "on" else str(value.document.get("why") or "")


def _check_status(value: ControlValue, known: frozenset[str]) -> None:
    if value.status not in known:
        message = f"status is {' or '.join(sorted(known))}, not {value.status!r}"
        raise BookError(message, "status")


def _recompiled(entry: Entry, features: FeatureSet, segments: Segments, changed: str) -> Campaign:
    value = _value(entry)
    try:
        return _campaign(value, value.name, features, segments)
    except BookError as error:
        message = f"campaign {value.name!r} needs what these {changed} no longer have: {error.message}"
        raise BookError(message, f"document.{changed}") from None
