"""What the records of `control` hold, compiled: features, segments, campaigns, models, the policy, and where larger things are.

Each refusal names the field of the record that it is about.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal, TypeVar, cast

import msgspec

from udfs.core.campaigns.because import check_phrases
from udfs.core.campaigns.book import BookError, ControlValue, Entry
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.segments import compile_segments
from udfs.core.campaigns.segments import Segments
from udfs.core.campaigns.versions import TwoVersions
from udfs.core.features.features import FeatureSet
from udfs.core.features.language.features import compile_features
from udfs.core.features.language.models import compile_model
from udfs.core.features.models import PublishedModel
from udfs.core.items.published import CatalogueError, Published, read_published
from udfs.core.policy.anomaly import Hold, Status, Usual
from udfs.core.policy.language.policy import compile_policy
from udfs.core.policy.rules import Policy
from udfs.core.recommend.language.strategies import compile_strategies
from udfs.core.recommend.strategy import Strategies
from udfs.core.values import chance
from udfs.core.values.problems import DocumentError, Problem, shown

T = TypeVar("T")
STATUSES = frozenset({"live", "paused", "draft", "in_review"})
"""Of a campaign: only a live one acts."""


def value_of(entry: Entry) -> ControlValue:
    """What a record of `control` says. Raises BookError."""
    try:
        return msgspec.json.decode(entry.value or b"", type=ControlValue)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not a control record: {error}"
        raise BookError(message, "value") from None


@contextmanager
def _refusing(why: str = "", *, placed: bool = True) -> Iterator[None]:
    """What is wrong with a document, as what is wrong with its record; `placed`: the field says where in the document."""
    try:
        yield
    except DocumentError as error:
        where = ".".join(str(step) for step in error.problems[0].path) if placed else ""
        message = f"{why}{error}"
        raise BookError(message, f"document.{where}" if where else "document") from None


def features_of(value: ControlValue) -> FeatureSet:
    """The features that it declares. Raises BookError."""
    with _refusing(placed=False):
        return compile_features(value.document)


def segments_of(value: ControlValue, features: FeatureSet, why: str = "") -> Segments:
    """The segments that it declares; `why` begins a refusal. Raises BookError."""
    with _refusing(why):
        return compile_segments(value.document, features=features)


def campaign_of(value: ControlValue, name: str, features: FeatureSet, segments: Segments) -> Campaign | TwoVersions:
    """The campaign; both versions of it, while a new one is rolled out. Raises BookError."""
    if value.document.get("campaign") != name:
        message = f"the key names campaign {name!r}, its document {value.document.get('campaign')!r}"
        raise BookError(message, "document.campaign")
    _check_status(value, STATUSES)
    paused = value.status != "live"
    with _refusing():
        new = compile_campaign(value.document, features=features, segments=segments.names, version=value.version, paused=paused)
    if value.weights is not None:
        new = _weighted(new, value.weights)
    told = value.rollout
    if told is None:
        return new
    if not 0 < told.share <= 1:
        message = f"the share of a rollout is above 0 and at most 1, not {told.share:g}"
        raise BookError(message, "rollout.share")
    if told.before is None:  # everybody else is a control group: whoever comes into the campaign first is who stays in it last
        return replace(new, control_group=max(new.control_group, 1 - told.share), keeps_group=told.share >= 1)
    with _refusing("the version before: "):
        old = compile_campaign(told.before.document, features=features, segments=segments.names, version=told.before.version, paused=paused)
    if old.name != name:
        message = f"the version before is one of {old.name!r}, not of {name!r}"
        raise BookError(message, "rollout.before.document.campaign")
    if told.before.weights is not None:
        old = _weighted(old, told.before.weights)
    return TwoVersions(new=new, old=old, share=told.share, began=told.began)


def _weighted(campaign: Campaign, weights: Mapping[str, float]) -> Campaign:
    """The campaign with other weights."""
    found = [weights.get(variant.name, 0.0) for variant in campaign.variants]
    if min(found) < 0 or not 0 < sum(found) < math.inf:
        message = f"weights are of its variants, none below 0 and one above it, not {shown(dict(weights))}"
        raise BookError(message, "weights")
    return replace(campaign, shares=chance.split(found))


def model_of(value: ControlValue, name: str, features: FeatureSet) -> PublishedModel:
    """The model that it publishes. Raises BookError."""
    _check_status(value, frozenset({"live", "paused"}))
    with _refusing(placed=False):
        found = compile_model(value.document, name=name, features=features, paused=value.status == "paused")
        check_phrases({model.label: model for model in found.versions})
        return found


def policy_of(value: ControlValue) -> Policy:
    """The policy that it holds. Raises BookError."""
    with _refusing():
        return compile_policy(value.document, version=value.version)


def catalogue_of(value: ControlValue) -> Published:
    """Where the catalogue of products is. Raises BookError."""
    with _refusing():
        return read_published(value.document)


def recommender_of(value: ControlValue) -> Published:
    """Where what was learned for recommendations is: one file. Raises BookError."""
    with _refusing():
        found = read_published(value.document)
        if len(found.layers) != 1:
            raise CatalogueError([Problem(("layers",), "a recommender is one file")])
        return found


def strategies_of(value: ControlValue) -> Strategies:
    """The strategies of recommendations that it declares. Raises BookError."""
    with _refusing():
        return compile_strategies(value.document, version=value.version)


class _Held(msgspec.Struct, kw_only=True):
    """The document of a hold, as far as the engine reads it."""

    about: Literal["volume", "offer", "scores"]
    version: str
    at: int
    why: str = ""
    found: int | None = None
    expected: int | None = None
    within: int | None = None
    offer: dict[str, float] = {}


def hold_of(value: ControlValue) -> Hold:
    """A campaign that was found to be out of line. Raises BookError."""
    _check_status(value, frozenset({"held", "released", "dropped"}))
    told = _converted(value.document, _Held)
    return Hold(status=cast("Status", value.status), **{name: getattr(told, name) for name in told.__struct_fields__})


def usual_of(value: ControlValue) -> Usual:
    """How large offers are. Raises BookError."""
    return Usual(offers=_converted(value.document.get("offers", {}), dict[str, dict[str, float]]))


def _converted(found: Any, wanted: type[T]) -> T:
    try:
        return msgspec.convert(found, wanted)
    except msgspec.ValidationError as error:
        message = f"not what such a record holds: {error}"
        raise BookError(message, "document") from None


def is_switch(name: str) -> bool:
    """Whether a key after `switch/` names something that can be switched off."""
    what, _, which = name.partition("/")
    return name == "all" or (what in {"campaign", "model", "channel"} and bool(which))


def off_because(value: ControlValue) -> str | None:
    """Why it is off; None when it is on. Raises BookError."""
    _check_status(value, frozenset({"off", "on"}))
    return None if value.status == "on" else str(value.document.get("why") or "")


def _check_status(value: ControlValue, known: frozenset[str]) -> None:
    if value.status not in known:
        message = f"status is {' or '.join(sorted(known))}, not {value.status!r}"
        raise BookError(message, "status")


def recompiled(entry: Entry, features: FeatureSet, segments: Segments, changed: str) -> Campaign | TwoVersions:
    """The same campaign, against features or segments that have `changed`. Raises BookError where it needs what they no longer have."""
    value = value_of(entry)
    try:
        return campaign_of(value, value.name, features, segments)
    except BookError as error:
        message = f"campaign {value.name!r} needs what these {changed} no longer have: {error.message}"
        raise BookError(message, f"document.{changed}") from None
