"""Reads a model's document (the manifests that training wrote, newest first) into a PublishedModel; collects every problem before it gives up.

A manifest is read here twice: before it is published, and when it arrives.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from udfs.core.features.features import FeatureSet
from udfs.core.features.language.manifests import ManifestForm, read_manifest
from udfs.core.features.models import MAX_VERSIONS, NAME, Challenger, Model, PublishedModel, Shadow, against
from udfs.core.values.problems import DocumentError, Problem, did_you_mean, shown

MS_PER_S = 20.0
"""A shadow may take two per cent of the time of a task, unless its record says otherwise."""
MAX_MS_PER_S = 500.0


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
    models = [read_manifest(manifest, ("versions", at), problems) for at, manifest in enumerate(form.versions)]
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
