"""Where anything of somebody still is, place by place, and until when."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from jobs.read_to_end import read_to_end
from services.kafka.client import consumer
from services.people.places import Places
from services.people.trace import state, topics
from services.people.trace.found import Found
from services.people.trace.matching import Wanted
from udfs.core.values.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom to look for."""

    ids: tuple[str, ...]
    """The id that was named, and those that erasures have told to be the same person's."""
    erased_at: int | None
    """When the last of them was erased, by the wall clock, epoch milliseconds; None: none was."""


def person_of(places: Places, ids: tuple[str, ...]) -> Person:
    """The person of an id, by the topic of erasures: only there other ids of somebody who was erased are still told. Raises KafkaUnavailable."""
    try:
        reader = consumer(places.brokers, [places.erasures])
    except NotFound:
        return Person(ids=ids, erased_at=None)
    with closing(reader):
        notices = [json.loads(record.value) for records in read_to_end(reader) for record in records if record.value]
    return person_in(notices, ids)


def person_in(notices: list[dict[str, Any]], ids: tuple[str, ...]) -> Person:
    """The same, from the notices themselves."""
    found, size = set(ids), 0
    while len(found) > size:
        size = len(found)
        found |= {each for notice in notices if notice["user_id"] in found for each in notice["linked"]}
    erased = [notice["decided_at"] for notice in notices if notice["user_id"] in found]
    return Person(ids=(*ids, *sorted(found - set(ids))), erased_at=max(erased, default=None))


def trace(
    places: Places,
    person: Person,
    *,
    seconds: float,
    pseudonyms: Collection[str] = (),
    files: Callable[[Person], Iterator[Found]] = lambda _: iter(()),
    lake: Callable[[Person], Iterator[Found]] = lambda _: iter(()),
) -> Iterator[Found]:
    """Every place in turn. `pseudonyms`: of the person, as topics may hold them instead of ids. `files` and `lake` look where only this machine can.
    Raises KafkaUnavailable, LakeError."""
    yield from topics.traced(places, Wanted((*person.ids, *pseudonyms)))  # first: to ask the job is a record more
    yield from state.of_job(places, person.ids, seconds=seconds)
    yield from lake(person)
    yield from files(person)
