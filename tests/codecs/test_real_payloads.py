"""Events that real trackers sent, made by nobody on this project (Segment's analytics-go fixtures, Jitsu's tests; MIT): all are accepted."""

import json
import re
from typing import Any

from bench.public_data import DATA
from tests.codecs.builders import all_of, event
from tests.public_data import needs
from udfs.codecs.reasons import RejectionReason as R
from udfs.core.records import Event
from udfs.core.values.instants import parse_instant

FOLDER = DATA / "event_payloads"
pytestmark = needs("event_payloads")

LONG_AGO = 1_257_894_000_000
"""2009-11-10T23:00Z, when most of Segment's fixtures happened."""
MUCH_LATER = 1_800_000_000_000
_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<name>[A-Za-z_]\w*)(?=\s*:)|,(?=\s*[}\]])')


def segment_envelopes() -> list[dict[str, Any]]:
    files = sorted((FOLDER / "segment_analytics_go_fixtures").glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def jitsu_events() -> dict[str, dict[str, Any]]:
    """The input events of Jitsu's TypeScript tests: JSON but for bare names and trailing commas, which is all that is translated here."""
    text = (FOLDER / "jitsu_datalayout-test-data.ts").read_text(encoding="utf-8")
    found = {}
    for start in re.finditer(r"^export const (\w+): AnalyticsServerEvent = ", text, re.MULTILINE):
        literal = text[start.end() : text.index("\n};", start.end()) + 2]
        found[start[1]] = json.loads(_WORD.sub(lambda word: f'"{word["name"]}"' if word["name"] else ("" if word[0] == "," else word[0]), literal))
    return found


def person(payload: dict[str, Any]) -> bytes:
    key: str = payload.get("userId") or payload["anonymousId"]
    return key.encode()


def taken(payload: dict[str, Any], at: int = MUCH_LATER) -> Event:
    return event(payload, key=person(payload), at=at)


def test_an_envelope_of_segment_is_as_many_events_as_it_holds_of_the_person_of_its_key() -> None:
    envelopes = segment_envelopes()
    assert len(envelopes) == 12
    found = [all_of(envelope, key=person(envelope["batch"][0]), at=LONG_AGO) for envelope in envelopes]
    assert sum(len(events) for events, _ in found) == sum(len(envelope["batch"]) for envelope in envelopes) == 14
    assert [aside for _, asides in found for aside in asides] == []


def test_an_envelope_of_somebody_else_is_refused_message_by_message() -> None:
    events, rejections = all_of(segment_envelopes()[0], key=b"somebody else")
    assert events == []
    assert {(each.reason, each.accepted) for each in rejections} == {(R.KEY_MISMATCH, False)}


def test_every_message_inside_the_envelopes_is_taken() -> None:
    events = [taken(message) for envelope in segment_envelopes() for message in envelope["batch"]]
    assert len(events) == 14
    assert {(read.type, read.name) for read in events} == {
        ("alias", "alias"),
        ("group", "group"),
        ("identify", "identify"),
        ("page", "page"),
        ("screen", "screen"),
        ("track", "download"),
    }
    assert {read.at for read in events} == {LONG_AGO, 1_436_569_200_000}


def test_a_page_event_of_jitsu_is_taken() -> None:
    read = taken(json.loads((FOLDER / "jitsu_page.json").read_text(encoding="utf-8")))
    assert (read.name, read.user_id, read.anonymous_id, read.at) == ("page", "user@example.com", "f6ps414GyUoRLws4r4NXD1kF", 1_698_051_369_043)
    assert (read.source, read.traits) == ("Bysczu8o75nkuoQtlpyJWE11", {"email": "user@example.com"})
    assert read.context["campaign"] == {"name": "example", "source": "g"}


def test_every_event_of_jitsus_tests_is_taken() -> None:
    events = {name: taken(payload) for name, payload in jitsu_events().items()}
    assert {name: (read.name, read.user_id) for name, read in events.items()} == {
        "page": ("page", "userId2"),
        "identify": ("identify", "userId2"),
        "track": ("test_event", "user@example.com"),
        "group": ("group", "fab18d01-fb6a-4845-b9ca-300b9db35527"),
    }
    assert events["track"].properties == {"testProp": "test event properties", "nestedObj": {"nestedProp": "sad"}}
    assert events["group"].properties["traits"]["workspaceSlug"] == "ildar"
    assert events["group"].traits == {}
    sent = {name: parse_instant(payload["sentAt"]) for name, payload in jitsu_events().items()}
    assert {name: taken(payload, sent[name]).at for name, payload in jitsu_events().items()} == {
        "page": 1_668_416_194_395,
        "identify": 1_668_416_194_387,
        "track": 1_668_416_194_395,
        "group": 1_712_572_760_764,
    }
    late = {name: MUCH_LATER - read.at for name, read in events.items() if name in {"page", "identify"}}
    assert late == {"page": 0, "identify": 0}, "sent as it happened: by the clock of those who received it that was now"
