"""Records of `control` that say where files are which the job loads off the hot path: the catalogue, and what recommends."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from services.control.listing import entries
from services.control.records import ControlRecord, Publisher
from services.control.send import send
from services.control.signature import UNSIGNED, Signature
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.items.published import KEY as OF_CATALOGUE
from udfs.core.items.published import Published, document_of
from udfs.core.recommend.recommender import KEY as OF_RECOMMENDER
from udfs.core.values.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """One kind of them: there is at most one record of it."""

    key: str
    """Its key on control."""
    by: Publisher
    in_book: Callable[[Book], Published | None]

    def record(self, version: Published, *, at: int) -> ControlRecord:
        """The record of a version; `at` in epoch milliseconds."""
        value = {
            "kind": self.key,
            "name": self.key,
            "version": version.version,
            "status": "live",
            "document": document_of(version),
            "published_at": at,
            "published_by": self.by,
        }
        return ControlRecord(key=self.key, value=json.dumps(value).encode(), version=version.version)

    def publish(self, brokers: str, topic: str, version: Published, *, audited: bool = True, signed: Signature = UNSIGNED) -> None:
        """Put a version in force. `audited`: whether it is recorded on the audit topic; a layer of new prices every few seconds is not."""
        send(brokers, topic, [self.record(version, at=int(time.time() * 1000))], signed=signed, audited=audited)

    def standing(self, brokers: str, topic: str) -> Published | None:
        """The version in force; None where there is none."""
        return self.in_book(compile_book([entry for entry in entries(brokers, topic) if entry.key == self.key]))

    def remove(self, brokers: str, topic: str, *, signed: Signature = UNSIGNED) -> None:
        """Nothing is in force from now on. Raises NotFound if nothing is published."""
        if self.standing(brokers, topic) is None:
            message = f"no {self.key} is published"
            raise NotFound(message)
        send(brokers, topic, [ControlRecord(key=self.key, value=None)], signed=signed)


CATALOGUE = Pointer(key=OF_CATALOGUE, by="catalogue", in_book=lambda book: book.catalogue)
RECOMMENDER = Pointer(key=OF_RECOMMENDER, by="recommender", in_book=lambda book: book.recommender)
