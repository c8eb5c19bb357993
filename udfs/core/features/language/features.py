"""Reads the YAML of features (already parsed) into a FeatureSet; collects every problem before it gives up."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from udfs.core.expressions import logic
from udfs.core.expressions.compiler import Expression, ExpressionError, compile_condition, compile_value
from udfs.core.expressions.moment import Moment
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.features.aggregate import Aggregate
from udfs.core.features.aggregates import AGGREGATES, NUMERIC, WINDOWED, Mean, Total, make
from udfs.core.features.counters import FEW_TILES, TILES, hop_for
from udfs.core.features.doubts import doubt_of, doubts_about, where_known
from udfs.core.features.features import (
    Compute,
    Feature,
    FeatureError,
    FeatureSet,
    Plain,
    Update,
    answer,
    definition_hash,
    permitted,
    plain,
    set_version,
    state_key,
    updater,
)
from udfs.core.features.keyed import ByKey
from udfs.core.features.language.amounts import is_measured
from udfs.core.features.language.shape import FEATURE, FEATURES, MAX_FEATURES, WITHOUT_CONSENT
from udfs.core.features.language.steps import reader as reader_of_steps
from udfs.core.features.language.steps import refused
from udfs.core.features.language.values import Values
from udfs.core.features.standing import AMOUNTS, Standing, keeping, takes_back
from udfs.core.features.steps import ENCODING, SPAN
from udfs.core.profile.orders import COMPLETED
from udfs.core.values.document_reader import DocumentReader
from udfs.core.values.durations import MAX_DURATION, UNITS, parse_duration
from udfs.core.values.problems import Problem, did_you_mean, shown
from udfs.core.values.shapes import keys

KEYS = keys(FEATURE)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_RESERVED = frozenset(
    {"event", "user", "cart", "session", "score", "seen", "item", "true", "false", "none", "null", "and", "or", "not", "in", "is", "if", "else"}
)


def compile_features(document: Any) -> FeatureSet:
    """A feature set from `{features: [...]}`; FeatureError with every problem in it."""
    if not isinstance(document, Mapping) or not isinstance(document.get("features"), list):
        raise FeatureError([Problem((), "a feature set is a mapping with a list under 'features'")])
    reader = _Reader(document)
    for position, definition in enumerate(document["features"][:MAX_FEATURES]):
        reader.take(position, definition)
    if len(document["features"]) > MAX_FEATURES:
        reader.problems.append(Problem(("features",), f"at most {MAX_FEATURES} features"))
    for key in document:
        if key not in keys(FEATURES):
            reader.problems.append(Problem((key,), f"unknown key {shown(key)}", did_you_mean(str(key), ["features"]), at_key=True))
    if reader.problems:
        raise FeatureError(reader.problems)
    updates = {name: tuple(applies) for name, applies in reader.updates.items()}
    return FeatureSet(
        version=set_version(document),
        features=reader.features,
        updates=updates,
        standing=tuple(reader.standing),
        expressions=reader.expressions,
        aggregates=reader.aggregates,
        removed={place: at for key, at in reader.removed.items() if key not in reader.aggregates for place in (key, doubt_of(key))},
        bound={purpose: tuple(sorted(keys - reader.free)) for purpose, keys in reader.bound.items() if keys - reader.free},
        purposes=reader.purposes,
    )


class _Reader:
    def __init__(self, document: Mapping[str, Any]) -> None:
        introduced = document.get("introduced", {})
        self.introduced: Mapping[str, int] = introduced if isinstance(introduced, Mapping) else {}
        removed = document.get("removed", {})
        self.removed: Mapping[str, int] = removed if isinstance(removed, Mapping) else {}
        self.features: dict[str, Feature] = {}
        self.updates: dict[str, list[Update]] = {}
        self.aggregates: dict[str, Aggregate] = {}
        self.standing: list[Standing] = []
        self.doubtful: dict[str, Callable[[Moment], bool]] = {}
        self.expressions: dict[str, Expression] = {}
        self.bound: dict[str, set[str]] = {}
        """Purpose -> keys of state that are kept only with consent to it."""
        self.purposes: dict[str, frozenset[str]] = {}
        self.free: set[str] = set()
        """Keys that some feature keeps whatever is consented to."""
        self.problems: list[Problem] = []
        self.values = Values(self.problems)
        if not isinstance(introduced, Mapping) or not all(isinstance(at, int) for at in introduced.values()):
            self.problems.append(Problem(("introduced",), "introduced says when each feature was published, in epoch milliseconds"))
        if not isinstance(removed, Mapping) or not all(isinstance(at, int) for at in removed.values()):
            self.problems.append(Problem(("removed",), "removed says since when each sum is not counted any more, in epoch milliseconds"))

    def take(self, position: int, definition: Any) -> None:
        """One definition; problems are collected."""
        path = ("features", position)
        if not isinstance(definition, Mapping):
            self.problems.append(Problem(path, "a feature is a mapping: {name: views_24h, event: product_viewed, aggregate: count, window: 24h}"))
            return
        before = len(self.problems)
        for key in definition:
            if key not in KEYS:
                self.problems.append(Problem((*path, key), f"unknown key {shown(key)}", did_you_mean(str(key), KEYS), at_key=True))
        name = definition.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            self.refuse(path, "name", "a feature's name is lower_case, at most 40 characters")
        elif name in self.features or name in _RESERVED:
            self.refuse(path, "name", f"{name!r} is already {'declared' if name in self.features else 'a word of the language'}")
        reader = DocumentReader()
        reader.text(path, definition, "doc")
        if "purpose" in definition and not reader.empty((*path, "purpose"), definition["purpose"], "a purpose, such as personalization"):
            reader.purpose((*path, "purpose"), definition["purpose"])
        if "without_consent" in definition:
            reader.choice((*path, "without_consent"), definition["without_consent"], WITHOUT_CONSENT, "without_consent")
            if "purpose" not in definition or "aggregate" not in definition:
                reader.refuse((*path, "without_consent"), "is for features that sum up events for a purpose: name the purpose, and the aggregate")
        self.problems += reader.problems
        if not isinstance(definition.get("default"), (str, int, float, bool, type(None))):
            self.refuse(path, "default", "a default is a number, a text or a truth value")
        if len(self.problems) > before:
            return
        assert isinstance(name, str)
        kinds = [key for key in ("aggregate", "ratio", "expression") if key in definition]
        if len(kinds) != 1:
            self.refuse(path, kinds[1] if kinds else "name", "a feature has exactly one of aggregate, ratio and expression")
            return
        read, reads, span = None, frozenset[str](), 0
        match kinds[0]:
            case "aggregate":
                compute, read = self._aggregate(path, definition)
                span = _span(definition) if compute else 0
            case "ratio":
                compute, reads = self._ratio(path, definition)
                span = max((self.features[name].span for name in reads), default=0)
            case _:
                compute, reads, span = self._expression(path, definition)
        if compute is not None:
            encoded = {"encoding": ENCODING} if definition.get("aggregate") == "steps" else {}
            defined = definition_hash({**definition, **encoded}, {read: self.features[read].definition for read in sorted(reads)})
            purpose = definition.get("purpose")
            if purpose is not None:
                compute = permitted(compute, purpose)
            if needed := frozenset().union(*(self.purposes.get(each, ()) for each in reads), () if purpose is None else (purpose,)):
                self.purposes[name] = needed
            as_is = read if purpose is None and name not in self.introduced else None
            doc, key = definition.get("doc", ""), read.key if read else None
            if key is not None:
                is_bound = purpose is not None and definition.get("without_consent") == "forgotten"
                kept = self.bound.setdefault(str(purpose), set()) if is_bound else self.free
                kept |= {key, doubt_of(key)}
            self.features[name] = Feature(name, compute, doc, purpose, key, defined, span, as_is, self.doubtful.get(name))

    def refuse(self, path: tuple[str | int, ...], key: str, message: str, suggestion: str | None = None, offset: int | None = None) -> None:
        """Note a problem."""
        self.problems.append(Problem((*path, key), message, suggestion, offset))

    def _aggregate(self, path: tuple[str | int, ...], definition: Mapping[str, Any]) -> tuple[Compute | None, Plain | None]:
        before = len(self.problems)
        kind = definition["aggregate"]
        if not isinstance(kind, str) or kind not in AGGREGATES:
            self.refuse(
                path, "aggregate", f"unknown aggregate {shown(kind)}", did_you_mean(str(kind), AGGREGATES) or "one of " + ", ".join(AGGREGATES)
            )
            return None, None
        events = definition.get("event")
        events = [events] if isinstance(events, str) else events
        if not isinstance(events, list) or not events or not all(isinstance(event, str) and event for event in events):
            self.refuse(path, "event", "name the event that is summed up, or a list of them, such as product_viewed")
        window = self._duration(path, definition, "window")
        if window is not None and kind not in WINDOWED:
            self.refuse(path, "window", f"{kind} has no window")
        read = self.values.of(path, definition, kind)
        by, each = self.values.by(path, definition, kind), self.values.each(path, definition)
        n = self.values.n(path, definition, kind)
        if kind == "steps" and isinstance(events, list):
            for wrong, why in refused(definition, events):
                self.refuse(path, wrong, why)
            read, window = (reader_of_steps(events) if len(self.problems) == before else None), SPAN
        keep = self._filter(path, definition)
        unit = UNITS.get(str(definition.get("unit", "ms")))
        if unit is None:
            self.refuse(path, "unit", "a unit is one of " + ", ".join(UNITS))
        if len(self.problems) > before or not isinstance(events, list):
            return None, None
        aggregate: Aggregate = make(kind, window=window, unit=unit or 1, n=n, keyed=by is not None, events=events)
        if by is not None:
            aggregate = ByKey(aggregate)
        key = state_key(definition)
        counting = make("count", window=window, unit=1, keyed=by is not None)
        assert isinstance(counting, Total)
        can_arise = kind in NUMERIC or by is not None or each is not None or is_measured(definition.get("of"))
        if COMPLETED in events and kind in {"min", "max"} and each is None:
            can_arise = False  # the largest order is that of those whose worth is known: without a window it would be unknown forever
        doubt = doubts_about(kind, key, window=window, counting=counting, keyed=by is not None, can_arise=can_arise)
        if key not in self.aggregates:  # the same sum under two names is kept once
            self.aggregates[key] = aggregate
            apply = updater(key=key, aggregate=aggregate, read=read, keep=keep, by=by, each=each, doubt=doubt)
            for event in dict.fromkeys(events):
                if event == COMPLETED and isinstance(aggregate, Total | Mean) and takes_back(kind, definition.get("of")) and each is None:
                    self.standing.append(_standing(key, aggregate, definition, keep))
                else:
                    self.updates.setdefault(event, []).append(apply)
        found = plain(key, aggregate, definition.get("default"), doubt)
        compute = answer(found, window=window, introduced=self.introduced.get(definition["name"]))
        if doubt is None:
            return compute, found
        self.aggregates[doubt.key] = doubt.aggregate
        self.doubtful[definition["name"]] = doubt.holds
        return where_known(compute, doubt), found

    def _filter(self, path: tuple[str | int, ...], definition: Mapping[str, Any]) -> Expression | None:
        if "filter" not in definition:
            return None
        try:
            return compile_condition(definition["filter"], Vocabulary(profile=False))
        except ExpressionError as error:
            self.problems.append(error.problem(*path, "filter"))
            return None

    def _duration(self, path: tuple[str | int, ...], definition: Mapping[str, Any], key: str) -> int | None:
        if key not in definition:
            return None
        try:
            return parse_duration(definition[key])
        except ValueError as error:
            self.refuse(path, key, str(error))
            return None

    def _ratio(self, path: tuple[str | int, ...], definition: Mapping[str, Any]) -> tuple[Compute | None, frozenset[str]]:
        names = definition["ratio"]
        if not isinstance(names, list) or len(names) != 2 or not all(isinstance(name, str) and name in self.features for name in names):
            self.refuse(path, "ratio", "a ratio is [numerator, denominator]: two features declared above", did_you_mean(str(names), self.features))
            return None, frozenset()
        above, below = (self.features[name].compute for name in names)
        known = self._by_default(definition, names)

        def compute(moment: Moment) -> Any:
            quotient = logic.div(above(moment), below(moment))
            return known(moment) if quotient is None else quotient

        return compute, frozenset(names)

    def _by_default(self, definition: Mapping[str, Any], reads: Iterable[str]) -> Compute:
        """What a figure is without a value: its default, unless what it is computed from cannot be read."""
        default = definition.get("default")
        doubts = [doubt for name in reads if (doubt := self.doubtful.get(name)) is not None]
        if not doubts:
            return lambda moment: default

        def in_doubt(moment: Moment) -> bool:
            return any(doubt(moment) for doubt in doubts)

        self.doubtful[definition["name"]] = in_doubt
        return lambda moment: None if in_doubt(moment) else default

    def _expression(self, path: tuple[str | int, ...], definition: Mapping[str, Any]) -> tuple[Compute | None, frozenset[str], int]:
        computes = {name: feature.compute for name, feature in self.features.items()}
        spans = {name: feature.span for name, feature in self.features.items()}
        vocabulary = Vocabulary(features=computes, spans=spans, event=False)
        try:
            expression = compile_value(definition["expression"], vocabulary)
        except ExpressionError as error:
            self.problems.append(error.problem(*path, "expression"))
            return None, frozenset(), 0
        self.expressions[definition["name"]] = expression
        reads, evaluate = expression.names & self.features.keys(), expression.evaluate
        known = self._by_default(definition, sorted(reads))

        def compute(moment: Moment) -> Any:
            value = evaluate(moment)
            return known(moment) if value is None else value

        return compute, reads, expression.span


def _standing(key: str, aggregate: Total | Mean, definition: Mapping[str, Any], keep: Expression | None) -> Standing:
    counting = aggregate if isinstance(aggregate, Total) else aggregate.counts
    return Standing(key, aggregate, AMOUNTS.get(str(definition.get("of"))), keeping(keep), counting)


def _span(definition: Mapping[str, Any]) -> int:
    """For how long after its last event time alone may change an aggregate: its window and the tile that it ends in, or as long as it counts days."""
    if definition["aggregate"] == "steps":
        return SPAN + 1
    if definition["aggregate"] in {"time_since", "time_since_first", "streak"}:
        return MAX_DURATION
    window = parse_duration(definition["window"]) if "window" in definition else 0
    return window + hop_for(window, FEW_TILES if "by" in definition or definition["aggregate"] == "top" else TILES) if window else 0
