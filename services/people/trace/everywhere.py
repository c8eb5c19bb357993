"""Where anything of somebody still is, place by place, and until when."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from services.kafka.client import consumer
from services.kafka.objects import objects
from services.people.places import Places
from services.people.send import Json
from services.people.trace import state, topics
from services.people.trace.found import Found
from services.people.trace.matching import Wanted
from udfs.core.values.errors import KairosError, NotFound
from udfs.core.values.instants import LATEST

MAX_IDS = 200
"""More ids than any person has."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom to look for."""

    ids: tuple[str, ...]
    """The ids that were named, and those that erasures and the job have told to be the same person's."""
    erased_at: int | None
    """When the last of them was erased, by the wall clock, epoch milliseconds; None: none was."""
    answers: Mapping[str, Json | KairosError] = field(default_factory=dict)
    """Id -> what the job said of it, or why it said nothing."""


def person_of(places: Places, ids: tuple[str, ...], *, seconds: float) -> Person:
    """The person of an id. Only the topic of erasures tells of whom was erased; of everybody else the job knows the other ids.
    Raises KafkaUnavailable."""
    try:
        reader = consumer(places.brokers, [places.erasures])
    except NotFound:
        notices = []
    else:
        with closing(reader):
            notices = [told for told in objects(reader) if is_notice(told)]
    return asked(person_in(notices, ids), lambda each: state.answer(places, each, seconds=seconds))


def is_notice(told: Mapping[str, Any]) -> bool:
    """Whether a record tells of an erasure: anybody can write to a topic."""
    linked = told.get("linked")
    is_timed = isinstance(told.get("decided_at"), int) and 0 <= told["decided_at"] < LATEST
    return is_timed and isinstance(told.get("user_id"), str) and isinstance(linked, list) and all(isinstance(each, str) for each in linked)


def person_in(notices: Sequence[Mapping[str, Any]], ids: tuple[str, ...]) -> Person:
    """The same, from the notices themselves."""
    found, size = set(ids), 0
    while len(found) > size:
        size = len(found)
        found |= {each for notice in notices if notice["user_id"] in found for each in notice["linked"]}
    erased = [notice["decided_at"] for notice in notices if notice["user_id"] in found]
    return Person(ids=(*ids, *sorted(found - set(ids))), erased_at=max(erased, default=None))


def asked(person: Person, ask: Callable[[str], Json | KairosError]) -> Person:
    """The same with what the job says, and with the ids that it tells."""
    ids, answers = list(person.ids), dict[str, Json | KairosError]()
    for each in ids:  # which grows as answers tell of further ids
        answers[each] = answer = ask(each)
        if isinstance(answer, dict):
            told = [answer["user_id"], *answer.get("linked", ())]
            ids += [other for other in dict.fromkeys(told) if other not in ids][: max(0, MAX_IDS - len(ids))]
    return Person(ids=tuple(ids), erased_at=person.erased_at, answers=answers)


def trace(
    places: Places,
    person: Person,
    *,
    pseudonyms: Collection[str] = (),
    files: Callable[[Person], Iterator[Found]] = lambda _: iter(()),
    lake: Callable[[Person], Iterator[Found]] = lambda _: iter(()),
) -> Iterator[Found]:
    """Every place in turn. `pseudonyms`: of the person, as topics may hold them instead of ids. `files` and `lake` look where only this machine can.
    Raises KafkaUnavailable, LakeError."""
    yield from topics.traced(places, Wanted((*person.ids, *pseudonyms)))
    yield from state.of_job(person.answers)
    yield from lake(person)
    yield from files(person)
