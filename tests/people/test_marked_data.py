"""Personal data that is marked goes through the job in one process: it is found nowhere that it does not belong."""

import base64
import json
from collections.abc import Collection
from functools import cache
from pathlib import Path

import pytest

from services.local.book import book_of
from services.local.job import LocalJob
from services.people.send import encoded, made
from services.replay.records import Record
from tests.builders import HOUR, MONDAY
from tests.lake.filled import KNOWN
from tests.marked.belongs import STATE, WAITING
from tests.marked.judge import Judged
from tests.marked.marks import ADDRESSES, EVERY, IDS, Mark, found_in, mark
from tests.marked.said import records
from tests.operators.linking import Cluster, halfway
from udfs.codecs.encode import encode_all
from udfs.codecs.topics import Topics
from udfs.core.decision.requests import PROFILE
from udfs.lake.disguise import Disguise
from udfs.lake.tables import BY_NAME, Rules

PEOPLE = 60
RULES = Rules(pseudonyms=KNOWN)


@cache
def judged(people: int = PEOPLE, policy: Path | None = None, disguise: Disguise | None = None) -> Judged:
    found, job = Judged(), LocalJob(book_of((), policy=policy), people=True)
    said = records(people, MONDAY)
    asked = [Record(MONDAY + HOUR, *encoded(made(PROFILE, mark(Mark.USER, number)), at=MONDAY + HOUR)) for number in range(people)]
    for outputs in job.run(sorted([*said, *asked], key=lambda record: record.at), drain=HOUR):
        for topic, key, value in encode_all(outputs, decided_at=MONDAY, topics=Topics(), disguise=disguise):
            stream = "actions" if topic.startswith("actions.") else topic
            found.record(stream, key, value)
            if stream in BY_NAME:
                _rows(found, stream, key, value, MONDAY)
    for record in said:
        _rows(found, "events", record.key, record.value, record.at)
    for name, blob in job.profiles.items():
        found.look("state", name.encode() + b"\n" + blob, STATE)
    for name, blob in job.kept_ids.items():
        found.look("state", name.encode() + b"\n" + blob, STATE)
    return found


def _rows(found: Judged, table: str, key: bytes | None, value: bytes, at: int) -> None:
    columns = [name for name, _ in BY_NAME[table].read_columns]
    for row in BY_NAME[table].rows(key, value, at, RULES):
        found.row(table, dict(zip(columns, row, strict=True)))


@pytest.mark.slow
def test_marks_are_nowhere_that_they_do_not_belong() -> None:
    assert judged().findings == {}, judged().told()


def test_the_search_finds_what_is_there() -> None:
    """What belongs somewhere is found there: so a search that finds nothing has looked."""
    seen = judged().seen
    assert seen["actions"] >= {Mark.USER, Mark.EMAIL, Mark.TOKEN}
    assert seen["decisions"] >= {Mark.USER, Mark.MESSAGE}
    assert seen["responses"] >= {Mark.USER, Mark.EMAIL, Mark.LAST}
    assert seen["rejected"] == EVERY
    assert seen["state"] >= {Mark.USER, *ADDRESSES}
    assert {"people", "lake: events", "lake: decisions"} <= {*judged().looked}


def test_addresses_are_nowhere_by_option_and_neither_are_ids_in_decisions(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("addresses_in_actions: false\nconsent: {default: {marketing: grant}}\n")
    found = judged(12, policy, Disguise(KNOWN))
    assert found.findings == {}, found.told()
    assert found.looked["actions"] > 0
    assert not found.seen["actions"] & ADDRESSES
    assert found.looked["decisions"] > 0
    assert found.seen["decisions"] == set()


@pytest.mark.parametrize("kind", Mark)
def test_a_mark_is_found_however_it_is_written(kind: Mark) -> None:
    told = mark(kind, 41)
    ways = [told, told.upper(), f"?to={told.replace('@', '%40')}", json.dumps({"a": told}), f"x{told}x"]
    assert [found_in(way.encode()) for way in ways] == [{kind}] * len(ways)
    assert found_in(base64.b64encode(f"a refused record with {told} in it".encode())) == {kind}
    assert found_in(f"zq {told} zq".encode("utf-16-le")) == {kind}
    assert found_in(b"nothing of anybody, 198.19.1.1, 44 7700 8") == set()


def test_ids_are_no_addresses() -> None:
    assert not IDS & ADDRESSES


def test_what_waits_for_a_history_is_kept_as_it_came_and_nothing_of_it_once_it_is_decided() -> None:
    cluster = halfway(*(record for record in records(12, MONDAY) if _names_somebody(record)))
    waiting, settled = Judged(), Judged()
    _states(waiting, cluster, allowed=WAITING)
    assert waiting.seen["ties"] >= {Mark.TEXT, Mark.IP, Mark.AGENT}, "these are parked"
    cluster.settle()
    _states(settled, cluster, allowed=STATE)
    assert settled.findings == {}, settled.told()
    assert settled.seen["ties"] >= {Mark.USER}


def _names_somebody(record: Record) -> bool:
    """As the stage reads it, which leaves alone what is broken."""
    try:
        told = json.loads(record.value)
    except ValueError:
        return False
    return isinstance(told, dict) and (record.key or b"").decode() in (told.get("userId"), told.get("anonymousId"))


def _states(found: Judged, cluster: Cluster, *, allowed: Collection[Mark]) -> None:
    for name, (_, context) in cluster.keys.items():
        for what, state in (("user", context.state), ("kept", context.kept_ids), ("ties", context.ties)):
            found.look(what, name.encode() + b"\n" + (state.held or b""), allowed)
