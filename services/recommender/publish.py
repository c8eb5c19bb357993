"""Publish what recommends: its file goes to a store under its hash, and a pointer to it to control."""

import hashlib
from pathlib import Path

from services.catalogue.files import CatalogueFiles
from services.control.pointers import RECOMMENDER
from services.control.signature import UNSIGNED, Signature
from services.recommend.local import FILE, recommender_of
from udfs.core.items.published import Layer, Published

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
    RECOMMENDER.publish(brokers, topic, version, signed=signed)
    return version
