"""A model's record for `control`, built and checked without a broker."""

import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from services.control.manifest_words import misshapen
from services.control.records import ControlRecord, Publisher, Status
from services.control.signature import Act
from udfs.core.campaigns.book import NEWEST, Book, BookError, Entry
from udfs.core.campaigns.compile_book import apply
from udfs.core.decision.scores import ModelReason
from udfs.core.features.features import set_version
from udfs.core.features.models import MAX_VERSIONS
from udfs.core.values.errors import InvalidInput
from udfs.scoring.loaded import LoadedModels

CHECK_S = 60.0
MANIFEST = "manifest.json"


class ModelError(InvalidInput):
    """A model that cannot be published, or is not there; the message says why and how to fix it."""


def record(
    document: Mapping[str, Any], *, by: Publisher = "cli", status: Status = "live", act: Act | None = None, at: int | None = None
) -> ControlRecord:
    """The record of `control` for a model's document ({model, current, versions}); `at` in epoch milliseconds, None: now."""
    name, version = str(document.get("model")), set_version(document)
    value = {
        "kind": "model",
        "name": name,
        "version": version,
        "status": status,
        "document": document,
        "published_at": int(time.time() * 1000) if at is None else at,
        "published_by": by,
    }
    return ControlRecord(key=f"model/{name}", value=json.dumps(value).encode(), version=version, status=status, act=act)


def manifest_of(data: bytes) -> dict[str, Any]:
    """Read a manifest from its file. Raises ModelError."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        message = f"is not JSON; training writes the manifest as manifest.json, next to the model: {str(error)[:200]}"
        raise ModelError(message) from error
    if not isinstance(found, dict):
        message = f"is not a manifest but a {type(found).__name__}: training writes it next to the model, as JSON that begins with {{"
        raise ModelError(message)
    return found


def manifest_at(path: Path) -> dict[str, Any]:
    """Read a manifest from its file, or from the folder of a version, where it is manifest.json. Raises ModelError and OSError."""
    if path.is_dir():
        path /= MANIFEST
        if not path.exists():
            message = f"there is no {MANIFEST} in this folder; training and the registry have one in the folder of each version"
            raise ModelError(message)
    return manifest_of(path.read_bytes())


def put_in_front(manifest: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
    """The document with this manifest as the current version; earlier ones stay available for a rollback. A rollout under way ends.

    Raises ModelError where it is not of the shape of a manifest.
    """
    if wrong := misshapen(manifest):
        raise ModelError(wrong)
    earlier = [each for each in (before or {}).get("versions", []) if each.get("version") != manifest.get("version")]
    return {"model": manifest.get("model"), "current": manifest.get("version"), "versions": [dict(manifest), *earlier][:MAX_VERSIONS]}


def checked(book: Book, records: Iterable[ControlRecord]) -> Book:
    """The book with these models. Each version that is asked, on trial or not, must answer a test request. Raises ModelError."""
    scorer = LoadedModels()
    for each in records:
        try:
            book = apply(book, Entry(each.key, NEWEST, each.value))
        except BookError as problem:
            raise ModelError(problem.message) from None
        name = each.key.removeprefix("model/")
        published = book.models[name]
        scorer.follow({name: published}, wait=CHECK_S)
        tried = [published.current, *(each.model for each in (published.challenger, published.shadow) if each)]
        if any(scorer.standing(model) is not ModelReason.SCORED for model in tried):
            raise ModelError("; ".join(trouble.message for trouble in scorer.troubles()) or f"{name} does not answer")
    return book
