"""The records of `control` for campaigns, features, segments and policy: one JSON value per key, versioned by the hash of its document."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.control.campaign_rollouts import resumed, version_of
from services.control.signature import Act
from services.documents.files import CampaignFile
from udfs.core.campaigns.book import Entry
from udfs.core.features.features import set_version

Status = Literal["draft", "in_review", "live", "paused", "off", "held", "released", "dropped"]
"""Only live documents take effect. `off` is the status of a switch, the last three are those of a hold."""
Publisher = Literal["submit", "cli", "training", "rollout", "catalogue", "recommender", "monitor"]


@dataclass(frozen=True, kw_only=True)
class ControlRecord:
    """A record to publish. Compaction keeps the last one of each key; a value of None is a tombstone."""

    key: str
    value: bytes | None
    version: str = ""
    status: Status = "live"
    act: Act | None = None
    """The action for `audit`. None: published, or removed if there is no value."""


def plain_record(
    kind: str, name: str, document: Mapping[str, Any], *, key: str, at: int, by: Publisher, status: Status = "live", act: Act | None = None
) -> ControlRecord:
    """A record that nobody wrote as a file: its version is the hash of its document. `at`: epoch milliseconds."""
    version = set_version(document)
    value = {
        "kind": kind,
        "name": name,
        "version": version,
        "status": status,
        "document": document,
        "published_at": at,
        "published_by": by,
    }
    return ControlRecord(key=key, value=json.dumps(value, ensure_ascii=False).encode(), version=version, status=status, act=act)


def control_record(file: CampaignFile, *, at: int, by: Publisher, status: Status = "live", stands: Mapping[str, Any] | None = None) -> ControlRecord:
    """Make the record of a file; `at` is when it is published, in epoch milliseconds. `stands`: where a campaign stands on its way to all."""
    version = version_of(file.document, stands or {})
    value = {
        "kind": file.kind,
        "name": file.name,
        "version": version,
        "status": status,
        "document": file.document,
        "published_at": at,
        "published_by": by,
        **(stands or {}),
    }
    return ControlRecord(key=file.key, value=json.dumps(value, ensure_ascii=False).encode(), version=version, status=status)


def rank(key: str) -> int:
    """The position of a key in an order in which nothing depends on what follows it."""
    return {"features": 0, "segments": 1}.get(key, 2)


def book_entries(files: Iterable[CampaignFile]) -> list[Entry]:
    """What `control` would hold after these files were published, for an engine that runs without a broker."""
    ordered = sorted(files, key=lambda file: rank(file.key))
    return [Entry(record.key, offset, record.value) for offset, record in enumerate(control_record(file, at=0, by="cli") for file in ordered)]


def republished(value: Mapping[str, Any], *, status: Status, act: Act, at: int) -> ControlRecord:
    """Rebuild a published campaign's record with another status and the same document. A rollout goes on from the step at which it stands."""
    going = resumed(value, at=at) if status == "live" else value
    changed = json.dumps({**going, "status": status, "published_at": at}, ensure_ascii=False).encode()
    return ControlRecord(key=f"campaign/{value['name']}", value=changed, version=str(value.get("version", "")), status=status, act=act)


def rewritten(value: Mapping[str, Any], *, act: Act) -> ControlRecord:
    """The record of a campaign with what the monitor of rollouts has written into it."""
    changed = json.dumps(value, ensure_ascii=False).encode()
    return ControlRecord(key=f"campaign/{value['name']}", value=changed, version=str(value["version"]), status=value["status"], act=act)
