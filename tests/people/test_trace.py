"""`kairos user trace`: what is found where, and when the broker, the job and whoever keeps files will have deleted it."""

import base64
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cli.user import _written_by
from services.devstack.settings import Settings
from services.lake.erase import erase_each
from services.lake.store import Lake
from services.people.ask import ask
from services.people.places import Places
from services.people.trace import topics
from services.people.trace.everywhere import MAX_IDS, asked, person_in
from services.people.trace.lake import HIDDEN, UNTIL, in_lake
from services.people.trace.matching import Match, Wanted
from services.people.trace.state import answer, in_state, of_files, of_job
from tests.builders import DAY, HOUR, MONDAY
from tests.lake.filled import KNOWN, events
from tests.lake.filled import track as of_lake
from tests.people.running import T, running, track

PLACES = Places(brokers="nowhere:9092")
WEEK = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY), "segment.ms": str(DAY)}
COMPACTED = {"cleanup.policy": "compact", "max.compaction.lag.ms": str(7 * DAY)}


class Read(NamedTuple):
    """A record of Kafka."""

    key: bytes | None
    value: bytes | None
    timestamp: int = MONDAY


def counted(*records: Read, ids: tuple[str, ...] = ("ada",), asks: bool = True) -> topics.Counted:
    return topics.counted(records, Wanted(ids), asks=asks)


def test_a_record_under_their_key_is_theirs_and_one_that_quotes_their_id_names_them() -> None:
    wanted = Wanted(["ada"])
    assert wanted.match(b"ada", b"anything") is Match.OWN
    assert wanted.match(b"bob", b'{"friend": "ada"}') is Match.NAMES
    assert wanted.match(b"bob", b'{"friend": "adam"}') is None
    assert wanted.match(None, None) is None
    assert wanted.match(b"bob", None) is None


@pytest.mark.parametrize("user", ['a"da', "Zoë", "😀", "a\\b", "ada@example.com"])
def test_an_id_is_found_however_json_spells_it(user: str) -> None:
    for ascii_only in (True, False):
        value = json.dumps({"user_id": user}, ensure_ascii=ascii_only).encode()
        assert Wanted([user]).match(b"other", value) is Match.NAMES


def test_an_id_is_found_in_what_was_refused_and_in_other_formats() -> None:
    original = base64.b64encode(b'{"userId": "ada", "broken"').decode()
    assert Wanted(["ada"]).match(b"other", json.dumps({"reason": "MALFORMED", "original": original}).encode()) is Match.NAMES
    assert Wanted(["ada"]).match(b"other", b"\xc3\x01 ada \x00") is Match.NAMES
    assert Wanted(["ada"]).match(b"other", b'{"original": 7}') is None


def test_questions_about_them_are_told_apart_from_what_they_did() -> None:
    asking = Read(b"ada", b'{"event": "profile_requested", "userId": "ada"}', MONDAY + 1)
    done = counted(Read(b"ada", b'{"event": "page"}'), asking, Read(b"bob", b'{"friend": "ada"}'))
    assert (done.own, done.asked, done.names, done.newest) == (1, 1, 1, MONDAY + 1)
    found = topics.found("events", done, WEEK)
    assert found.what == "1 of theirs, 1 that ask about them or erase them, 1 that name them"
    assert found.there


def test_a_recall_that_names_the_erasure_is_no_question() -> None:
    recall = Read(b"ada", b'{"kind": "recall", "facts": [{"event": "user_erased"}]}')
    assert (counted(recall, asks=False).own, counted(recall, asks=False).asked) == (1, 0)


def test_a_topic_that_deletes_says_by_when_its_segments_have_gone() -> None:
    assert topics.until(counted(Read(b"ada", b"{}")), WEEK) == "by 2026-01-13 00:05:00: kept for 1w, and deleted by segments of up to 1d"
    assert topics.until(counted(Read(b"ada", b"{}")), {**WEEK, "retention.ms": "-1"}).startswith("never")


def test_a_compacted_topic_keeps_whoever_is_known_and_loses_them_after_the_tombstone() -> None:
    known = counted(Read(b"ada", None), Read(b"ada", b"{}"))
    assert topics.until(known, COMPACTED).startswith("kept as long as they are known")
    gone = counted(Read(b"ada", b"{}"), Read(b"ada", None, MONDAY + HOUR))
    assert topics.until(gone, COMPACTED).startswith("by 2026-01-12 01:05:00")
    never_told = topics.until(gone, {"cleanup.policy": "compact", "max.compaction.lag.ms": str((1 << 63) - 1)})
    assert "no time that can be told" in never_told


def test_a_tombstone_alone_is_nothing_of_theirs() -> None:
    found = topics.found("people", counted(Read(b"ada", None)), COMPACTED)
    assert (found.what, found.there) == ("a tombstone", False)


def test_where_nothing_is_nothing_is_said_to_go() -> None:
    found = topics.found("events", counted(Read(b"bob", b"{}")), WEEK)
    assert (found.there, found.until) == (False, "")


def test_other_ids_of_somebody_who_was_erased_are_known_from_the_notices() -> None:
    notices: list[dict[str, Any]] = [
        {"user_id": "kim", "linked": ["web-1", "kim-old"], "decided_at": 5},
        {"user_id": "kim-old", "linked": ["web-0"], "decided_at": 7},
        {"user_id": "bob", "linked": ["web-9"], "decided_at": 9},
    ]
    person = person_in(notices, ("kim",))
    assert (person.ids, person.erased_at) == (("kim", "kim-old", "web-0", "web-1"), 7)
    assert person_in(notices, ("cleo",)).erased_at is None


def test_what_the_job_knows_is_told_with_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    job = running(monkeypatch, track("ada", "page", T))
    places = Places(brokers="nowhere:9092")
    known = in_state("state", ask(places, "ada", status_only=True))
    assert (known.there, known.what) == (True, "a profile")
    assert known.until.startswith("until 2027-")
    job.take(track("ada", "user_erased", T + HOUR))
    erased = in_state("state", ask(places, "ada", status_only=True))
    assert (erased.there, erased.what) == (False, "the mark of the erasure: two times")
    assert not in_state("state", ask(places, "nobody-1", status_only=True)).there


def test_rows_of_the_lake_are_counted_in_every_epoch_until_they_are_erased(tmp_path: Path) -> None:
    events(tmp_path, [of_lake("ada", "A", T), of_lake("bob", "A", T), of_lake("ada", "B", T + 1)])
    lake = Lake(tmp_path)
    assert (in_lake(lake, ["ada"], KNOWN).what, in_lake(lake, ["ada"], KNOWN).until) == ("2 rows", UNTIL)
    assert not in_lake(lake, ["cleo"], KNOWN).there
    erase_each(lake, {"ada": T + DAY}, KNOWN)
    assert not in_lake(lake, ["ada"], KNOWN).there
    events(tmp_path, [of_lake("ada", "late", T + 2)], name="part-late")
    late = in_lake(lake, ["ada"], KNOWN)
    assert (late.what, late.until) == ("1 rows, of which 1 are erased and still in files", HIDDEN)


def test_savepoints_of_before_the_erasure_are_named(tmp_path: Path) -> None:
    for name, at in (("old", MONDAY), ("new", MONDAY + DAY)):
        point = tmp_path / "savepoints" / "live" / name
        point.mkdir(parents=True)
        (point / "_metadata").write_bytes(b"x")
        os.utime(point / "_metadata", (at / 1000, at / 1000))
    settings = Settings(home=tmp_path)
    found = {each.where: each for each in of_files(settings, "kairos-live", erased_at=MONDAY + HOUR)}
    assert found["savepoints"].what.startswith("1 of before the erasure")
    assert str(tmp_path / "savepoints" / "live" / "old") in found["savepoints"].what
    assert not found["checkpoints"].there
    every = {each.where: each for each in of_files(settings, "kairos-live", erased_at=None)}
    assert every["savepoints"].what.startswith("2, the newest")
    none = {each.where: each for each in of_files(settings, "kairos-live", erased_at=MONDAY - 1)}
    assert none["savepoints"].what == "2, all of after the erasure"


def test_topics_of_a_deployment_with_names_of_its_own_are_read_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KAIROS_HOME", str(tmp_path))
    told = {"events": "shop.events", "control": "shop.control", "outputs": "shop.decisions,shop.actions.email"}
    Settings(home=tmp_path).change(submitted={"shop-live": told}).save()
    assert _written_by("shop") == ["shop.events", "shop.decisions", "shop.actions.email"]
    assert _written_by("kairos") == []


def test_a_topic_that_does_not_exist_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "settings_of", lambda *_: {})
    found = list(topics.traced(Places(brokers="nowhere:9092", others=("shop.decisions",)), Wanted(["ada"])))
    assert {each.what for each in found} == {"there is no such topic"}
    assert "topic shop.decisions" in {each.where for each in found}


@pytest.mark.parametrize("user", ["gid://shopify/Customer/7", 'a"b\\c', "Zoë", "😀 & <b>", "a\nb", "\x1b[31mred", "ada+x@example.com"])
def test_an_id_is_found_however_a_writer_of_json_escapes_it(user: str) -> None:
    """PHP writes a slash behind a backslash, .NET an ampersand as six characters, with capitals."""
    units = user.encode("utf-16-be")
    all_of_it = "".join(f"\\u{units[n : n + 2].hex()}" for n in range(0, len(units), 2))
    ways = [
        json.dumps(user),
        json.dumps(user, ensure_ascii=False),
        json.dumps(user).replace("/", "\\/"),
        f'"{all_of_it}"',
        f'"{all_of_it.upper()}"'.replace("\\U", "\\u"),
    ]
    for told in ways:
        assert json.loads(told) == user
        assert Wanted([user]).match(b"other", f'{{"userId": {told}}}'.encode()) is Match.NAMES, told
        assert Wanted([f"{user}x"]).match(b"other", f'{{"userId": {told}}}'.encode()) is None


def told_of(*ids: str, erased: tuple[dict[str, Any], ...] = ()) -> Any:
    return asked(person_in([*erased], ids), lambda each: answer(PLACES, each, seconds=1))


def test_a_person_is_found_under_every_id_that_the_job_knows_of_her(monkeypatch: pytest.MonkeyPatch) -> None:
    story = [track(None, "page", T, web="web-1"), track("kim", "page", T + 1, web="web-1"), track(None, "page", T + 2, web="web-2")]
    running(monkeypatch, *story, track("kim", "page", T + 3, web="web-2"))
    for begun in ("kim", "web-1", "web-2"):
        person = told_of(begun)
        assert (person.ids[0], {*person.ids}) == (begun, {"kim", "web-1", "web-2"})
    rows = {found.where: (found.what, found.there) for found in of_job(told_of("web-1").answers)}
    assert rows == {
        "state of web-1": ("a pointer to kim: two ids and a time", False),
        "state of kim": ("a profile", True),
        "state of web-2": ("a pointer to kim: two ids and a time", False),
    }


def test_of_who_was_erased_each_id_has_its_mark_and_of_who_never_was_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, track("kim", "page", T, web="web-1"), track("kim", "user_erased", T + 1))
    told = [(found.what, found.there) for found in of_job(told_of("kim", "web-1").answers)]
    assert told == [("the mark of the erasure: two times", False)] * 2
    assert [(found.where, found.what, found.there) for found in of_job(told_of("never-was").answers)] == [("state", "nothing", False)]


def test_an_id_that_the_job_would_refuse_is_no_reason_to_find_nothing_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    running(monkeypatch, track("kim", "page", T))
    rows = [(found.where, found.what.partition(":")[0], found.there) for found in of_job(told_of("guest", "kim", "a\x1b[2J").answers)]
    assert rows == [("state of guest", "nothing", False), ("state of kim", "a profile", True), (r"state of a\x1b[2J", "nothing", False)]


def test_ids_without_an_end_are_not_asked_about_for_ever() -> None:
    person = asked(person_in([], ("a",)), lambda each: {"user_id": each, "linked": [f"{each}a", f"{each}b"], "status": "known", "ends": None})
    assert len(person.ids) == MAX_IDS
