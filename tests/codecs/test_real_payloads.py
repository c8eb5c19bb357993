"""Events that real trackers sent, made by nobody on this project (Segment's analytics-go fixtures, Jitsu's tests; MIT)."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.codecs.builders import event, rejection
from udfs.codecs.reasons import RejectionReason as R
from udfs.core.records import Event

FOLDER = Path(os.environ.get("KAIROS_DATA", Path(__file__).parents[3] / "shared" / "data")) / "event_payloads"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no real payloads at {FOLDER}: set KAIROS_DATA to the folder of public data")

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


def taken(payload: dict[str, Any]) -> Event:
    return event(payload, key=(payload.get("userId") or payload["anonymousId"]).encode(), at=MUCH_LATER)


def test_an_envelope_of_segment_is_refused_as_a_batch_each() -> None:
    envelopes = segment_envelopes()
    assert len(envelopes) == 12
    assert {rejection(envelope).reason for envelope in envelopes} == {R.BATCH}


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
    assert {name: read.at for name, read in events.items()} == {
        "page": 1_668_416_194_395,
        "identify": 1_668_416_194_387,
        "track": 1_668_416_194_395,
        "group": 1_712_572_760_764,
    }
