"""The same answer without a cluster: the engine in this process takes a history, and is asked at its end."""

import json
from collections.abc import Iterable

import msgspec

from services.local.job import LocalJob
from services.people.send import Json, encoded, made
from services.replay.records import Record
from udfs.core.campaigns.book import Book
from udfs.core.decision.requests import PROFILE
from udfs.core.personal_data import Response


def answer_in_one_process(book: Book, records: Iterable[Record], user_id: str) -> Json:
    """What is known of somebody once the history is over, as the job would answer then. Raises InvalidInput."""
    job, at = LocalJob(book), 0
    for record in records:
        at = record.at
        for _ in job.until(at - 1):
            pass
        job.take(record)
    for _ in job.until(at):
        pass
    key, value = encoded(made(PROFILE, user_id), at=at + 1)
    (answer,) = [each for each in job.take(Record(at + 1, key, value)) if isinstance(each, Response)]
    found: Json = json.loads(msgspec.json.encode(answer))
    return found
