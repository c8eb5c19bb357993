"""The pointer on `control` that says where the catalogue in force is."""

import json
import time

from services.control.listing import entries
from services.control.records import ControlRecord
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.items.published import KEY, Published, document_of


def published(brokers: str, topic: str, version: Published, *, audited: bool = True, signed: Signature = UNSIGNED) -> ControlRecord:
    """Put a version in force. `audited`: whether it is recorded on the audit topic; a layer of new prices every few seconds is not."""
    made = record(version, at=int(time.time() * 1000))
    send(brokers, topic, [made], signed=signed, audited=audited)
    return made


def record(version: Published, *, at: int) -> ControlRecord:
    """The record of a version; `at` in epoch milliseconds."""
    value = {
        "kind": KEY,
        "name": KEY,
        "version": version.version,
        "status": "live",
        "document": document_of(version),
        "published_at": at,
        "published_by": "catalogue",
    }
    return ControlRecord(key=KEY, value=json.dumps(value).encode(), version=version.version)


def standing(brokers: str, topic: str) -> Published | None:
    """The version in force; None where there is none."""
    return compile_book([entry for entry in entries(brokers, topic) if entry.key == KEY]).catalogue
