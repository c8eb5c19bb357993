"""A model on `control`: its newest version in front of those before it, so that the job can go back in one message."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from services.campaigns.listing import entries
from services.campaigns.publish import send
from services.campaigns.records import ControlRecord
from training.manifest import Manifest
from udfs.core.book import Entry

KEPT = 3
"""Versions that stand on `control`: the current one, and what one could go back to."""


def publish(brokers: str, topic: str, manifest: Manifest, *, at: int | None = None) -> ControlRecord:
    """Put a version in front on `control` and make it current. Raises KafkaUnavailable or TopicUnusable."""
    held = held_versions(entries(brokers, topic), manifest.model)
    record = control_record(manifest, held, at=int(time.time() * 1000) if at is None else at)
    send(brokers, topic, [record])
    return record


def held_versions(entries: Iterable[Entry], model: str) -> list[dict[str, Any]]:
    """The manifests of a model that stand on `control` now, newest first; none where its record is missing, removed or unreadable."""
    newest = max((entry for entry in entries if entry.key == key(model)), key=lambda entry: entry.offset, default=None)
    if newest is None or newest.value is None:
        return []
    try:
        versions = msgspec.json.decode(newest.value)["document"]["versions"]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return []
    return [version for version in versions if isinstance(version, dict)] if isinstance(versions, list) else []


def control_document(manifest: Manifest, held: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`{model, current, versions}`: this version in front; one that was published before moves there, and the oldest drop off."""
    older = [dict(version) for version in held if version.get("version") != manifest.version]
    return {"model": manifest.model, "current": manifest.version, "versions": [manifest.document(), *older][:KEPT]}


def control_record(manifest: Manifest, held: Sequence[Mapping[str, Any]], *, at: int) -> ControlRecord:
    """The record to send; `at` is when it is published, epoch milliseconds."""
    value = {
        "kind": "model",
        "name": manifest.model,
        "version": manifest.version,
        "status": "live",
        "document": control_document(manifest, held),
        "published_at": at,
        "published_by": "training",
    }
    return ControlRecord(key=key(manifest.model), value=msgspec.json.encode(value), version=manifest.version)


def key(model: str) -> str:
    """Its key on `control`."""
    return f"model/{model}"
