"""Reads a document of segments (`segments.yaml`, already parsed) into Segments; collects every problem before it gives up."""

from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.language.shape import MAX_SEGMENTS, SEGMENT, SEGMENTS
from udfs.core.campaigns.segments import ByModel, Segments
from udfs.core.expressions.compiler import Expression, ExpressionError, compile_condition
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.features.features import FeatureSet, set_version
from udfs.core.features.models import NAME
from udfs.core.values.durations import DAY, HOUR, MAX_DURATION, parse_duration
from udfs.core.values.problems import DocumentError, Problem, did_you_mean, shown
from udfs.core.values.shapes import keys

KEYS = keys(SEGMENTS)
RULE = keys(SEGMENT)


class SegmentError(DocumentError):
    """Segments that cannot be taken."""


def compile_segments(document: Any, *, features: FeatureSet) -> Segments:
    """Segments from `{segments: […]}`; SegmentError with every problem in it."""
    if not isinstance(document, Mapping) or not isinstance(document.get("segments"), list):
        raise SegmentError(
            [Problem((), "segments are a mapping with a list under 'segments'", 'such as segments: [{segment: vip, when: "orders_90d >= 3"}]')]
        )
    problems = [Problem((key,), f"unknown key {shown(key)}", did_you_mean(str(key), KEYS), at_key=True) for key in document if key not in KEYS]
    _described((), document, problems)
    refresh = _refresh(document, problems)
    rules: dict[str, Expression] = {}
    models: dict[str, ByModel] = {}
    if len(document["segments"]) > MAX_SEGMENTS:
        problems.append(Problem(("segments",), f"at most {MAX_SEGMENTS} segments"))
    for position, found in enumerate(document["segments"][:MAX_SEGMENTS]):
        _rule(("segments", position), found, rules, models, features, problems)
    if problems:
        raise SegmentError(problems)
    span = max((when.span for when in rules.values()), default=0)
    if models:  # what a model reads is not known here, so it is whatever changes longest
        span = max(span, min(MAX_DURATION, max(features.spans.values(), default=0)))
    return Segments(set_version(document), rules, refresh, models, span)


def _refresh(document: Mapping[str, Any], problems: list[Problem]) -> int:
    if "refresh" not in document:
        return DAY
    try:
        refresh = parse_duration(document["refresh"])
    except ValueError as error:
        problems.append(Problem(("refresh",), str(error)))
        return DAY
    if refresh < HOUR:
        problems.append(Problem(("refresh",), "refresh is 1h at least: every customer is looked at again so often"))
    return refresh


def _described(path: tuple[str | int, ...], found: Mapping[str, Any], problems: list[Problem]) -> None:
    if not isinstance(found.get("description", ""), str):
        problems.append(Problem((*path, "description"), "is a text, for people", "put it in quotes, or leave it out"))


def _rule(
    path: tuple[str | int, ...],
    found: Any,
    rules: dict[str, Expression],
    models: dict[str, ByModel],
    features: FeatureSet,
    problems: list[Problem],
) -> None:
    if not isinstance(found, Mapping):
        problems.append(Problem(path, 'a segment is a mapping, such as {segment: vip, when: "orders_90d >= 3"}'))
        return
    problems += [Problem((*path, key), f"unknown key {shown(key)}", did_you_mean(str(key), RULE), at_key=True) for key in found if key not in RULE]
    _described(path, found, problems)
    name = found.get("segment")
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > 64:
        problems.append(Problem((*path, "segment"), f"{shown(name)} is not a name: write lower-case words joined by hyphens, at most 64 characters"))
        return
    if name in rules or name in models:
        problems.append(Problem((*path, "segment"), f"a segment {name!r} is already declared"))
        return
    if "model" in found or "class" in found:
        _by_model(path, found, name, models, problems)
        return
    if "when" not in found:
        problems.append(Problem(path, f'who belongs to {name!r}? such as when: "orders_90d >= 3"'))
        return
    vocabulary = Vocabulary(features=features.computes, spans=features.spans, event=False, segments=(*models, *rules))
    try:
        rules[name] = compile_condition(found["when"], vocabulary)
    except ExpressionError as error:
        problems.append(error.problem(*path, "when"))


def _by_model(path: tuple[str | int, ...], found: Mapping[str, Any], name: str, models: dict[str, ByModel], problems: list[Problem]) -> None:
    """A segment whose members a model knows."""
    model, segment_class = found.get("model"), found.get("class", name)
    if "when" in found:
        problems.append(Problem((*path, "when"), f"{name!r} has a condition and a model: one of the two says who belongs to it", "leave one out"))
    if not isinstance(model, str) or not NAME.fullmatch(model):
        problems.append(Problem((*path, "model") if "model" in found else path, "name the model, such as customer-segments"))
    elif not isinstance(segment_class, str) or not segment_class:
        problems.append(Problem((*path, "class"), "class is the name of one of the model's classes: its manifest lists them"))
    elif (other := next((each for each, by in models.items() if by == ByModel(model, segment_class)), None)) is not None:
        problems.append(Problem(path, f"{other!r} is the same class of the same model"))
    else:
        models[name] = ByModel(model, segment_class)
