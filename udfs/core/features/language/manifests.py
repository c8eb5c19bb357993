"""Reads one manifest, the JSON that training wrote with a version of a model, into a Model; collects every problem."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import msgspec

from udfs.core.features.grams import MAX_BITS, MIN_BITS
from udfs.core.features.model_inputs import Input
from udfs.core.features.models import MAX_MODEL_BYTES, Model, OfTexts
from udfs.core.features.steps import LENGTH
from udfs.core.values.addresses import carries_credentials
from udfs.core.values.durations import parse_duration
from udfs.core.values.problems import Problem, short, shown

MAX_INPUTS = 512
MAX_BUDGET_MS = 1000.0
Wrong = Callable[[str, str], None]
"""Takes the key that is wrong, and what is wrong with it."""
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


def read_manifest(form: ManifestForm, path: tuple[str | int, ...], problems: list[Problem]) -> Model:
    """The model that it tells of, fit or not; `problems` gets what is wrong with it, below this path."""

    def wrong(key: str, message: str) -> None:
        problems.append(Problem((*path, key), message))

    _check_file(form, wrong)
    _check_inputs(form, wrong)
    _check_answer(form, wrong)
    index = _index(form, wrong)
    ttl = _ttl(form.cache, wrong) if form.cache else 0
    told = form.segments
    if told is not None:
        _check_centres(form, told, wrong)
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


def _check_file(form: ManifestForm, wrong: Wrong) -> None:
    """Where the file is, and what it is known by."""
    if what := _unfit_address(form.uri):
        wrong("uri", what)
    if not _SHA256.fullmatch(form.sha256):
        wrong("sha256", "is not 64 hex digits")
    if form.version != form.sha256[:12]:
        wrong("version", f"is {form.version!r}, but the first twelve digits of the hash are {form.sha256[:12]!r}")
    if not 0 < form.bytes <= MAX_MODEL_BYTES:
        wrong("bytes", f"is {short(f'{form.bytes:,}')}: a model has 1 to {MAX_MODEL_BYTES:,} bytes")


def _check_inputs(form: ManifestForm, wrong: Wrong) -> None:
    if form.text is not None:
        _of_texts(form, form.text, wrong)
    elif not 0 < len(form.inputs) <= MAX_INPUTS:
        wrong("inputs", f"are {len(form.inputs)}: 1 to {MAX_INPUTS}")
    for each in form.inputs:
        if each.steps is not None and (not 0 < each.steps <= LENGTH or each.values is not None or form.segments is not None):
            wrong("inputs", f"reads {each.steps} steps of {shown(each.feature)}: 1 to {LENGTH}, of a feature without values, and not in segments")


def _check_answer(form: ManifestForm, wrong: Wrong) -> None:
    """What it answers, and in which time."""
    if form.task not in {"binary", "multiclass", "regression"}:
        wrong("task", f"is {form.task!r}: binary, multiclass or regression")
    elif form.task != "regression" and len(form.classes) < 2:
        wrong("classes", "a classifier names its classes, in the order of its output")
    if len(set(map(str, form.classes))) < len(form.classes):
        wrong("classes", "names one twice")
    if not 0 < form.budget_ms <= MAX_BUDGET_MS:
        wrong("budget_ms", f"is {form.budget_ms:g}: above 0, at most {MAX_BUDGET_MS:g}")


def _index(form: ManifestForm, wrong: Wrong) -> int:
    """Which number of the answer is the score: of two classes the second, unless the manifest names one."""
    index = form.score.index if form.score else len(form.classes) - 1 if form.task == "binary" else 0
    if not 0 <= index < max(1, len(form.classes)):
        wrong("score", f"index {shown(index)} is outside the {max(1, len(form.classes))} numbers of the answer")
    return index


def _ttl(cache: CacheForm, wrong: Wrong) -> int:
    """How long an answer may be used again, milliseconds; what else the manifest says of it is checked as well."""
    ttl = 0
    try:
        ttl = parse_duration(cache.ttl)
    except ValueError as error:
        wrong("cache", str(error))
    for event in cache.until:
        if not _EVENT.fullmatch(event):
            wrong("cache", f"until names events as conditions do, in lower case and joined by _ such as order_completed, not {shown(event)}")
    if cache.events is not None and cache.events < 1:
        wrong("cache", f"events is {cache.events}: an answer is used again for 1 event or more")
    return ttl


def _check_centres(form: ManifestForm, told: CentresForm, wrong: Wrong) -> None:
    width, numbers = len(form.inputs), [*told.means, *told.spreads, *(each for row in told.centres for each in row)]
    sizes = [len(told.means), len(told.spreads), *map(len, told.centres)]
    if len(told.centres) != len(form.classes) or set(sizes) != {width} or not all(abs(each) < 1e30 for each in numbers):
        wrong("segments", f"has a mean, a spread and, for each of the {len(form.classes)} classes, a number for each of the {width} inputs")
    elif min(told.spreads) <= 0:
        wrong("segments", "has spreads above 0")


def _of_texts(form: ManifestForm, text: TextForm, wrong: Wrong) -> None:
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
