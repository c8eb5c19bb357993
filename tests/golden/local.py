"""The story without a cluster: which records are sent, with the ids of the decisions that receipts are about, and the answers to them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.golden import events, world
from tests.golden.told import DAY, HOUR, SAVED, Told
from udfs.core.bandits.learned import taught
from udfs.core.campaigns.compile_book import apply, compile_book
from udfs.core.records import Decision, Outcome

ENDS = SAVED + 60 * DAY
"""How far time moves on at the end: everybody has been forgotten by then."""
SAVED_AT = SAVED - 12 * HOUR
"""The time of the savepoint. Nothing may fall due in the half second before it: the job's time stays so far behind."""


class First(NamedTuple):
    """What was sent until the savepoint, the job as it stands then, and what it had to say."""

    sent: tuple[Record, ...]
    job: LocalJob
    outputs: tuple[Output, ...]


class Second(NamedTuple):
    """What was sent after it, and what a job that ran through had to say to that."""

    after: tuple[Record, ...]
    outputs: tuple[Output, ...]


class _Player:
    """Sends a story to the local job, one record after the other."""

    def __init__(self) -> None:
        documents = world.documents(folder())
        book = compile_book(documents, end=len(documents))
        assert not book.refused, book.refused
        for entry in world.said_later(len(documents)):
            book = apply(book, entry)
        arms = book.arms
        for entry in world.learned():
            arms = taught(arms, entry.key, entry.value)
        self.job = LocalJob(replace(book, arms=arms), people=True)
        self._latest: dict[tuple[str, str], str] = {}

    def play(self, told: Sequence[Told], outputs: list[Output]) -> Iterator[Record]:
        """Yields each record as it is sent."""
        for each in told:
            self.wait(each.at - 1, outputs)
            record = Record(each.at, each.key.encode(), json.dumps(self._filled(each)).encode())
            self._note(self.job.take(record), outputs)
            yield record

    def wait(self, until: int, outputs: list[Output]) -> None:
        """Time moves on."""
        for made in self.job.until(until):
            self._note(made, outputs)

    def _filled(self, told: Told) -> dict[str, object]:
        if not told.of:
            return told.event
        person = self.job.links.person(told.key)
        found = self._latest.get((person, told.of))
        return {**told.event, "properties": {**told.event["properties"], **({"decision_id": found} if found else {"channel": "email"})}}

    def _note(self, made: Iterable[Output], outputs: list[Output]) -> None:
        for each in made:
            outputs.append(each)
            if isinstance(each, Decision) and each.outcome is Outcome.ACTED:
                self._latest[each.user_id, each.campaign] = each.decision_id


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="kairos-golden-model-")


def folder() -> Path:
    """Where the file of the model is."""
    return Path(_folder().name)


@cache
def saved() -> First:
    """The first half. It is played once; nobody may play it on."""
    player = _Player()
    outputs: list[Output] = []
    sent = tuple(player.play(events.before(), outputs))
    player.wait(SAVED_AT, outputs)
    return First(sent=sent, job=player.job, outputs=tuple(outputs))


@cache
def played() -> Second:
    """The whole story, and the answers to its second half."""
    player = _Player()
    outputs: list[Output] = []
    for _ in player.play(events.before(), []):
        pass
    player.wait(SAVED_AT, [])
    after = tuple(player.play(events.after(), outputs))
    player.wait(ENDS, outputs)
    return Second(after, tuple(outputs))
