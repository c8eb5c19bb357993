"""Reads a model's document (the manifests that training wrote, newest first) into a PublishedModel; collects every problem before it gives up.

A manifest is read here twice: before it is published, and when it arrives.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from udfs.core.features.features import FeatureSet
from udfs.core.features.grams import MAX_BITS, MIN_BITS
from udfs.core.features.model_inputs import Input
from udfs.core.features.models import MAX_MODEL_BYTES, MAX_VERSIONS, NAME, Challenger, Model, OfTexts, PublishedModel, Shadow, against
from udfs.core.features.steps import LENGTH
from udfs.core.values.addresses import carries_credentials
from udfs.core.values.durations import parse_duration
from udfs.core.values.problems import DocumentError, Problem, did_you_mean, short, shown

MAX_INPUTS = 512
MAX_BUDGET_MS = 1000.0
MS_PER_S = 20.0
"""A shadow may take two per cent of the time of a task, unless its record says otherwise."""
MAX_MS_PER_S = 500.0
_EVENT = re.compile(r"[a-z0-9_]+")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class InputForm(msgspec.Struct, kw_only=True):
    """One input as the manifest has it."""

    feature: str
    definition: str
    values: list[str] | None = None
    steps: int | None = None
    """Of a feature that keeps the steps of a visit: how many the model reads."""


class ScoreForm(msgspec.Struct, kw_only=True):
    """Which number of the model's answer is the score."""

    index: int


class CacheForm(msgspec.Struct, kw_only=True):
    """How long an answer about one customer may be used again, and what ends it earlier: an event by its name, or that many events."""

    ttl: str
    until: list[str] = []
    events: int | None = None


class CentresForm(msgspec.Struct, kw_only=True):
    """Of a model of segments: the middle of each class, and the scale of each input, from which follows why a customer is in one."""

    means: list[float]
    spreads: list[float]
    centres: list[list[float]]


class TextForm(msgspec.Struct, kw_only=True):
    """How a model of texts reads them."""

    bits: int
    threshold: float


class ManifestForm(msgspec.Struct, kw_only=True):
    """The JSON of a manifest, as far as the job reads it; the rest of it is for people."""

    model: str
    version: str
    uri: str
    sha256: str
    bytes: int
    task: str
    inputs: list[InputForm]
    input: str
    output: str
    feature_version: str
    classes: list[str | int | float | bool] = []
    score: ScoreForm | None = None
    cache: CacheForm | None = None
    text: TextForm | None = None
    budget_ms: float = 20.0
    segments: CentresForm | None = None
    because: dict[str, str | None] = {}
    """Feature -> what messages say of it; null: never."""


class ChallengerForm(msgspec.Struct, kw_only=True):
    """The version on trial, and for which share of the customers it speaks."""

    version: str
    share: float


class ShadowForm(msgspec.Struct, kw_only=True):
    """The version that is asked without being used, and how much time it may take."""

    version: str
    ms_per_s: float = MS_PER_S


class _Document(msgspec.Struct, kw_only=True):
    model: str
    current: str
    versions: list[ManifestForm]
    challenger: ChallengerForm | None = None
    shadow: ShadowForm | None = None


def compile_model(document: Any, *, name: str, features: FeatureSet, paused: bool) -> PublishedModel:
    """What a control document says of one model, fit or not. DocumentError with every problem in it."""
    try:
        form = msgspec.convert(document, type=_Document)
    except msgspec.ValidationError as error:
        raise DocumentError([Problem((), f"not a model's document: {error}")]) from None
    problems: list[Problem] = []
    if not NAME.fullmatch(form.model):
        problems.append(Problem(("model",), f"{shown(form.model)} is not a name: write lower-case words joined by hyphens"))
    elif form.model != name:
        problems.append(Problem(("model",), f"the key names model {name!r}, the document {form.model!r}"))
    if not 1 <= len(form.versions) <= MAX_VERSIONS:
        problems.append(Problem(("versions",), f"holds {len(form.versions)} versions: 1 to {MAX_VERSIONS}, newest first"))
    models = [_model(manifest, ("versions", at), problems) for at, manifest in enumerate(form.versions)]
    known = {model.version: model for model in models}
    if len(known) < len(models):
        problems.append(Problem(("versions",), "holds the same version twice"))
    if any(model.name != form.model for model in models):
        problems.append(Problem(("versions",), f"holds a manifest of another model than {form.model!r}"))
    current = known.get(form.current)
    if current is None:
        problems.append(Problem(("current",), f"version {form.current!r} is not among the versions", did_you_mean(form.current, known)))
    challenger, shadow = _challenger(form, known, problems), _shadow(form, known, problems)
    if problems or current is None:
        raise DocumentError(problems)
    return against(PublishedModel(current, tuple(models), paused, "", (), challenger, shadow), features)


def _challenger(form: _Document, known: Mapping[str, Model], problems: list[Problem]) -> Challenger | None:
    told = form.challenger
    if told is None:
        return None
    if not 0 < told.share <= 1:
        problems.append(Problem(("challenger", "share"), f"share is {told.share:g}: above 0, at most 1"))
    model = _on_trial("challenger", told.version, form, known, problems)
    return Challenger(model, told.share) if model else None


def _shadow(form: _Document, known: Mapping[str, Model], problems: list[Problem]) -> Shadow | None:
    told = form.shadow
    if told is None:
        return None
    if not 0 < told.ms_per_s <= MAX_MS_PER_S:
        problems.append(Problem(("shadow", "ms_per_s"), f"ms_per_s is {told.ms_per_s:g}: above 0, at most {MAX_MS_PER_S:g}"))
    if form.challenger and form.challenger.version == told.version:
        problems.append(Problem(("shadow",), f"{told.version!r} is both challenger and shadow"))
    model = _on_trial("shadow", told.version, form, known, problems)
    return Shadow(model, told.ms_per_s) if model else None


def _on_trial(role: str, version: str, form: _Document, known: Mapping[str, Model], problems: list[Problem]) -> Model | None:
    if version == form.current:
        problems.append(Problem((role,), f"{version!r} is the current version: a {role} is another one"))
    elif version not in known:
        problems.append(Problem((role,), f"{role} {version!r} is not among the versions", did_you_mean(version, known)))
    return known.get(version)


def _model(form: ManifestForm, path: tuple[str | int, ...], problems: list[Problem]) -> Model:
    def wrong(key: str, message: str) -> None:
        problems.append(Problem((*path, key), message))

    if what := _unfit_address(form.uri):
        wrong("uri", what)
    if not _SHA256.fullmatch(form.sha256):
        wrong("sha256", "is not 64 hex digits")
    if form.version != form.sha256[:12]:
        wrong("version", f"is {form.version!r}, but the first twelve digits of the hash are {form.sha256[:12]!r}")
    if not 0 < form.bytes <= MAX_MODEL_BYTES:
        wrong("bytes", f"is {short(f'{form.bytes:,}')}: a model has 1 to {MAX_MODEL_BYTES:,} bytes")
    if form.text is not None:
        _of_texts(form, form.text, wrong)
    elif not 0 < len(form.inputs) <= MAX_INPUTS:
        wrong("inputs", f"are {len(form.inputs)}: 1 to {MAX_INPUTS}")
    for each in form.inputs:
        if each.steps is not None and (not 0 < each.steps <= LENGTH or each.values is not None or form.segments is not None):
            wrong("inputs", f"reads {each.steps} steps of {shown(each.feature)}: 1 to {LENGTH}, of a feature without values, and not in segments")
    if form.task not in {"binary", "multiclass", "regression"}:
        wrong("task", f"is {form.task!r}: binary, multiclass or regression")
    elif form.task != "regression" and len(form.classes) < 2:
        wrong("classes", "a classifier names its classes, in the order of its output")
    if len(set(map(str, form.classes))) < len(form.classes):
        wrong("classes", "names one twice")
    if not 0 < form.budget_ms <= MAX_BUDGET_MS:
        wrong("budget_ms", f"is {form.budget_ms:g}: above 0, at most {MAX_BUDGET_MS:g}")
    index = form.score.index if form.score else len(form.classes) - 1 if form.task == "binary" else 0
    if not 0 <= index < max(1, len(form.classes)):
        wrong("score", f"index {shown(index)} is outside the {max(1, len(form.classes))} numbers of the answer")
    ttl = 0
    if form.cache is not None:
        try:
            ttl = parse_duration(form.cache.ttl)
        except ValueError as error:
            wrong("cache", str(error))
        for event in form.cache.until:
            if not _EVENT.fullmatch(event):
                wrong("cache", f"until names events as conditions do, in lower case and joined by _ such as order_completed, not {shown(event)}")
        if form.cache.events is not None and form.cache.events < 1:
            wrong("cache", f"events is {form.cache.events}: an answer is used again for 1 event or more")
    told = form.segments
    if told is not None:
        width, numbers = len(form.inputs), [*told.means, *told.spreads, *(each for row in told.centres for each in row)]
        sizes = [len(told.means), len(told.spreads), *map(len, told.centres)]
        if len(told.centres) != len(form.classes) or set(sizes) != {width} or not all(abs(each) < 1e30 for each in numbers):
            wrong("segments", f"has a mean, a spread and, for each of the {len(form.classes)} classes, a number for each of the {width} inputs")
        elif min(told.spreads) <= 0:
            wrong("segments", "has spreads above 0")
    return Model(
        centres=tuple(map(tuple, told.centres)) if told else (),
        scale=tuple(zip(told.means, told.spreads, strict=False)) if told else (),
        because=form.because,
        name=form.model,
        version=form.version,
        uri=form.uri,
        sha256=form.sha256,
        size=form.bytes,
        task=form.task,
        classes=tuple(map(str, form.classes)),
        inputs=tuple(Input(each.feature, each.definition, _positions(each.values), each.steps or 0) for each in form.inputs),
        input_name=form.input,
        output_name=form.output,
        index=index,
        ttl=ttl,
        until=frozenset(form.cache.until if form.cache else ()),
        after=(form.cache.events or 0) if form.cache else 0,
        budget_ms=form.budget_ms,
        text=OfTexts(form.text.bits, form.text.threshold) if form.text else None,
    )


def _of_texts(form: ManifestForm, text: TextForm, wrong: Callable[[str, str], None]) -> None:
    if form.inputs or form.cache:
        wrong("inputs" if form.inputs else "cache", "a model of texts reads no features, and its answers are not kept")
    if form.task != "multiclass":
        wrong("task", "of a model of texts is multiclass")
    if not MIN_BITS <= text.bits <= MAX_BITS:
        wrong("text", f"bits is {text.bits}: {MIN_BITS} to {MAX_BITS}")
    if not 0 <= text.threshold <= 1:
        wrong("text", f"threshold is {text.threshold:g}: 0 to 1")


def _unfit_address(uri: str) -> str:
    """What is wrong with where the file stands; a secret in it is not repeated."""
    try:
        parts, secret = urlsplit(uri), carries_credentials(uri)
    except ValueError:
        return "is no address"
    if secret:
        return "carries credentials: everybody who reads control would have them; give them to the TaskManagers' environment instead"
    if parts.scheme in {"", "file"} and (parts.netloc not in {"", "localhost"} or not parts.path.startswith("/")):
        return f"{shown(uri)} is no whole path: every TaskManager has to find it, as file:///store/model.onnx"
    if parts.scheme in {"http", "https", "ftp"}:
        return f"{parts.scheme} is no store: put the file into a folder that all see, or into s3:// or gs://"
    return ""


def _positions(values: list[str] | None) -> Mapping[str, int] | None:
    return None if values is None else {value: at for at, value in enumerate(values)}
