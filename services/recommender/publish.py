"""Publish what recommends: its file goes to a store under its hash, and a pointer to it to control. The job loads it off the hot path."""

import hashlib
import json
import time
from pathlib import Path

from services.catalogue.files import CatalogueFiles
from services.control.listing import entries
from services.control.records import ControlRecord
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from services.recommend.local import FILE, recommender_of
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.items.published import Layer, Published, document_of
from udfs.core.recommend.recommender import KEY
from udfs.core.values.errors import NotFound

SUFFIX = ".krec"


def publish(brokers: str, topic: str, path: Path, *, store: str, signed: Signature = UNSIGNED) -> Published:
    """Publish what training exported, a file or its folder. Raises BadRecommender, before anything is written, if the job would refuse it."""
    file = path / FILE if path.is_dir() else path
    count = recommender_of(file).count
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        opened.seek(0)
        uri = CatalogueFiles(store, suffix=SUFFIX).keep(opened, sha256)
    version = Published((Layer(uri, sha256, file.stat().st_size, count),))
    send(brokers, topic, [record(version, at=int(time.time() * 1000))], signed=signed)
    return version


def record(version: Published, *, at: int) -> ControlRecord:
    """The record of a version; `at` in epoch milliseconds."""
    value = {
        "kind": KEY,
        "name": KEY,
        "version": version.version,
        "status": "live",
        "document": document_of(version),
        "published_at": at,
        "published_by": KEY,
    }
    return ControlRecord(key=KEY, value=json.dumps(value).encode(), version=version.version)


def standing(brokers: str, topic: str) -> Published | None:
    """The version in force; None where there is none."""
    return compile_book([entry for entry in entries(brokers, topic) if entry.key == KEY]).recommender


def remove(brokers: str, topic: str, *, signed: Signature = UNSIGNED) -> None:
    """Lists are empty from now on. Raises NotFound if nothing is published."""
    if standing(brokers, topic) is None:
        message = "no recommender is published"
        raise NotFound(message)
    send(brokers, topic, [ControlRecord(key=KEY, value=None)], signed=signed)
