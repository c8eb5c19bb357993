"""The feature store's definitions: declared in YAML, compiled once, versioned by their hash.

An aggregate feature sums up events (`udfs.core.features.aggregates`); a ratio or an expression is computed from others when asked. State is
kept under a key made from the definition alone (event, filter, aggregate, of, window), so a renamed feature keeps its memory and a
redefined one starts afresh. A feature that was introduced while customers already existed knows nothing of the time before: until
its window has filled, it is unknown for them, not zero.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.lists import MAX_ITEMS
from udfs.core.expressions.moment import Moment
from udfs.core.features.aggregate import Aggregate
from udfs.core.features.doubts import ANY_KEY, UNREADABLE, Doubt
from udfs.core.features.standing import Standing
from udfs.core.policy import consent
from udfs.core.profile.state import Profile
from udfs.core.values.problems import DocumentError

Compute = Callable[[Moment], Any]
Read = Callable[[Mapping[str, Any]], Any]
"""Reads a value of an event from its values by root."""
Update = Callable[[Profile, Mapping[str, Any], int, int], None]
"""(profile, values by root: properties, traits, context; time of the event; newest time known)."""


class FeatureError(DocumentError):
    """A feature set that cannot be taken."""


class Plain(NamedTuple):
    """An aggregate that anybody may see at any time: where its state stands, how it is read, and what it is without a state."""

    key: str
    evaluate: Callable[[Any, int], Any]
    of_nothing: Any
    doubt: str | None = None
    """Key of the doubts about it: while there are any, it is read in full."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One named figure about a customer. `purpose` is what it may be used for; `state` its key in the profile, None when computed."""

    name: str
    compute: Compute
    doc: str
    purpose: str | None
    state: str | None
    definition: str
    """Twelve hex digits that stand for how it is computed, whatever it is called: what a model that reads it was trained on."""
    span: int = 0
    """For how long after a customer's last event time alone may change it, milliseconds."""
    plain: Plain | None = None
    """The same as `compute` without a call in between; None where `compute` does more."""
    doubtful: Callable[[Moment], bool] | None = None
    """Whether it is unknown because something that it sums up, or is computed from, cannot be read; None: that cannot be."""


@dataclass(frozen=True)
class FeatureSet:
    """Every declared feature, and what each event name has to update."""

    version: str
    features: Mapping[str, Feature] = field(default_factory=dict)
    updates: Mapping[str, tuple[Update, ...]] = field(default_factory=dict)
    standing: tuple[Standing, ...] = ()
    """Those that count orders, and take back what is cancelled or refunded."""
    expressions: Mapping[str, Expression] = field(default_factory=dict)
    """Name -> expression, of features that are computed by one."""
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    """State key -> what keeps it: by this two histories become one."""
    removed: Mapping[str, int] = field(default_factory=dict)
    """State key of what is not counted any more -> since when, epoch milliseconds."""
    bound: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Purpose -> state keys of which nothing is kept without consent to it."""
    purposes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Feature -> the purposes of it and of the features that it is computed from; only those that have any."""

    def update(self, profile: Profile, name: str, values: Mapping[str, Any], at: int, now: int) -> None:
        """Take one event into every feature that listens to its name."""
        for apply in self.updates.get(name, ()):
            apply(profile, values, at, now)

    def is_denied(self, names: Iterable[str], moment: Moment) -> bool:
        """Whether there is no consent to a purpose of one of these features, at this moment."""
        wanted = {purpose for name in names for purpose in self.purposes.get(name, ())} if self.purposes else ()
        return any(consent.against(moment.profile, each, None, moment.now, moment.policy.consent) is not None for each in wanted)

    def vector(self, moment: Moment) -> dict[str, Any]:
        """Every feature at this moment, unknown ones None, in the order of their declaration."""
        return self._vector(moment, moment.profile.features.get, moment.now)

    @cached_property
    def _vector(self) -> Callable[..., dict[str, Any]]:
        """The vector as one Python function, made when the features are first read: a call less for each aggregate in it."""
        known: dict[str, Any] = {"__builtins__": {}}
        parts = []
        for number, (name, feature) in enumerate(self.features.items()):
            if feature.plain is None:
                known[f"compute{number}"] = feature.compute
                parts.append(f"{name!r}: compute{number}(moment)")
            else:
                known |= {f"evaluate{number}": feature.plain.evaluate, f"nothing{number}": feature.plain.of_nothing}
                answer = f"(state := held({feature.plain.key!r})) is None or (value := evaluate{number}(state, now)) is None"
                plain = f"nothing{number} if {answer} else value"
                if feature.plain.doubt is not None:
                    known[f"compute{number}"] = feature.compute
                    plain = f"compute{number}(moment) if held({feature.plain.doubt!r}) is not None else {plain}"
                parts.append(f"{name!r}: {plain}")
        function: Callable[..., dict[str, Any]] = eval(f"lambda moment, held, now: {{{', '.join(parts)}}}", known)
        return function

    @cached_property
    def computes(self) -> Mapping[str, Compute]:
        """Name -> function: for the vocabulary of conditions, and for vectors."""
        return MappingProxyType({name: feature.compute for name, feature in self.features.items()})

    @cached_property
    def spans(self) -> Mapping[str, int]:
        """Name -> for how long after the last event time alone may change it."""
        return MappingProxyType({name: feature.span for name, feature in self.features.items()})


EMPTY = FeatureSet(version="none")


def set_version(document: Mapping[str, Any]) -> str:
    """Twelve hex digits that stand for a document's content."""
    return hashlib.sha256(canonical(document)).hexdigest()[:12]


def canonical(document: Mapping[str, Any]) -> bytes:
    """One way to write a document, whatever the order of its keys in the file."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def definition_hash(definition: Mapping[str, Any], reads: Mapping[str, str]) -> str:
    """Twelve hex digits of what a feature is. Its name, doc and purpose do not count; `reads`, the hashes of the features it is made of, do."""
    kept = {name: value for name, value in definition.items() if name not in {"name", "doc", "purpose", "without_consent"}}
    if "ratio" in kept:  # of features that are what they are, under whatever name
        kept["ratio"] = [reads[name] for name in kept["ratio"]]
    elif reads:
        kept["reads"] = dict(reads)
    return set_version(kept)


def state_key(definition: Mapping[str, Any]) -> str:
    """Six characters that stand for what a feature sums up."""
    kept = {name: definition.get(name) for name in ("event", "filter", "aggregate", "of", "window")}
    kept |= {name: definition[name] for name in ("by", "each", "times", "n") if name in definition}
    return hashlib.sha256(canonical(kept)).hexdigest()[:6]


def updater(
    *,
    key: str,
    aggregate: Aggregate,
    read: Read | None,
    keep: Expression | None,
    by: Read | None = None,
    each: Read | None = None,
    doubt: Doubt | None = None,
) -> Update:
    """The function that takes one event into one feature's state; with `each` every item of a list of its, as values under `item`.

    What was not sent is left out; what cannot be read, or is more than is looked at of a list, is a doubt.
    """

    def apply_each(profile: Profile, values: Mapping[str, Any], at: int, now: int) -> None:
        items = each(values) if each is not None else None
        if items is None:
            return
        if keep is not None and keep.evaluate(_EventOnly(values["properties"])) is not True:
            return
        if items is UNREADABLE or len(items) > MAX_ITEMS:
            in_doubt(profile, at, now, ANY_KEY)
        for item in items[:MAX_ITEMS] if isinstance(items, list) else ():
            add(profile, {**values, "item": item}, at, now)

    def apply(profile: Profile, values: Mapping[str, Any], at: int, now: int) -> None:
        if keep is None or keep.evaluate(_EventOnly(values["properties"])) is True:
            add(profile, values, at, now)

    def add(profile: Profile, values: Mapping[str, Any], at: int, now: int) -> None:
        value: Any = 1 if read is None else read(values)
        if value is None:
            return
        place = None
        if by is not None:
            place = by(values)
            if place is None:
                return
        if value is UNREADABLE or place is ANY_KEY:
            in_doubt(profile, at, now, place)
            return
        profile.features[key] = update(profile.features.get(key), at, now, value if by is None else (place, value))

    def in_doubt(profile: Profile, at: int, now: int, place: Any) -> None:
        if doubt is not None:
            doubt.note(profile, at, now, None if by is None else place)

    def apply_plain(profile: Profile, values: Mapping[str, Any], at: int, now: int) -> None:
        """`apply` without keys, as most features with a value are: one call less for each event."""
        if keep is not None and keep.evaluate(_EventOnly(values["properties"])) is not True:
            return
        value: Any = 1 if read is None else read(values)
        if value is UNREADABLE:
            in_doubt(profile, at, now, None)
        elif value is not None:
            held = profile.features
            held[key] = update(held.get(key), at, now, value)

    def apply_to_event(profile: Profile, values: Mapping[str, Any], at: int, now: int) -> None:
        """What most features are: events are counted, all of them."""
        held = profile.features
        held[key] = update(held.get(key), at, now, 1)

    update = aggregate.update
    if keep is None and read is None and by is None and each is None:
        return apply_to_event
    if each is not None:
        return apply_each
    return apply_plain if by is None else apply


def plain(key: str, aggregate: Aggregate, default: Any, doubt: Doubt | None = None) -> Plain:
    """How one aggregate is read; what it cannot say is its default."""
    of_nothing = aggregate.evaluate(None, 0)
    return Plain(key, aggregate.evaluate, default if of_nothing is None else of_nothing, None if doubt is None else doubt.key)


def answer(read: Plain, *, window: int | None, introduced: int | None) -> Compute:
    """The function that reads one feature at a moment."""
    key, evaluate, of_nothing, _ = read

    def compute(moment: Moment) -> Any:
        state = moment.profile.features.get(key)
        if state is None:
            return of_nothing
        value = evaluate(state, moment.now)
        return of_nothing if value is None else value

    def compute_when_filled(moment: Moment) -> Any:
        if moment.profile.born < since and (window is None or moment.now - window < since):
            moment.warming = True
            return None
        return compute(moment)

    since = introduced or 0
    return compute if introduced is None else compute_when_filled


def permitted(compute: Compute, purpose: str) -> Compute:
    """The same, unknown to whoever has no consent to use it for `purpose`."""

    def compute_if_permitted(moment: Moment) -> Any:
        if consent.against(moment.profile, purpose, None, moment.now, moment.policy.consent):
            return None
        return compute(moment)

    return compute_if_permitted


class _EventOnly:
    """What a filter sees."""

    __slots__ = ("properties",)

    def __init__(self, properties: Mapping[str, Any]) -> None:
        self.properties = properties
