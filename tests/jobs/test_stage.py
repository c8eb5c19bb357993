"""The query of the stage says what the stage of the fakes says, record by record: the tests of the operator rest on it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.replay.records import Record
from tests.builders import MONDAY
from tests.operators.linking import Stage
from udfs.codecs.stamped import STAMPED, Stamp, opened, stamped

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HEARTBEAT = b"heartbeat"


def said(key: str | None, value: Any, **headers: str) -> tuple[bytes | None, bytes | None, dict[str, bytes]]:
    body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return (None if key is None else key.encode(), body, {name: each.encode() for name, each in headers.items()})


def page(user: str | int | None = None, web: str | None = None, **more: Any) -> dict[str, Any]:
    fields = {"userId": user, "anonymousId": web, **more}
    return {"type": "page", **{name: value for name, value in fields.items() if value is not None}}


Sent = tuple[bytes | None, bytes | None, dict[str, bytes]]
Rows = list[tuple[str | None, bytes | None]]


def shown(rows: Rows) -> list[tuple[str | None, Any]]:
    """Headers in words; a merge id is only ever the same as itself."""
    names: dict[str, str] = {}

    def of(value: bytes | None) -> Any:
        if not value or value[0] != STAMPED:
            return value
        stamp, rest = opened(value)
        merge = None if stamp.merge is None else names.setdefault(stamp.merge, f"m{len(names)}")
        return Stamp(stamp.own, merge, stamp.person, stamp.change or None), rest

    return [(key, of(value)) for key, value in rows]


STORY: list[Sent] = [
    said("web-1", page(web="web-1")),
    said("kim", page("kim", "web-1")),
    said("kim", page("kim", "web-1")),
    said("web-1", page(web="web-1", context={"x": "é\n\u2028"})),
    said("ann", page("ann", "web-1")),
    said("web-1", page(web="web-1")),
    said("kim", page("kim", "web-1")),
    said("kim", page("kim")),
    said("kim@new", {"type": "alias", "userId": "kim@new", "previousId": "kim"}),
    said("kim@new", {"type": "alias", "userId": "kim@new", "previousId": "kim"}),
    said("kim", page("kim")),
    said("b", {"type": "alias", "anonymousId": "b", "previousId": "a"}),
    said("a", page(web="a")),
    said("lee", page("lee")),
    said("kim", page("kim", "lee")),
    said("lee", page("lee")),
    said("Zoë\n", page("Zoë\n", "wéb")),
    said("wéb", page(web="wéb")),
]
ODD: list[tuple[Sent, str | None]] = [
    (said("", HEARTBEAT), ""),
    (said("kim", None), "kim"),
    (said(None, page("kim", "w-0")), None),
    (said("kim", page("kim", "null")), "kim"),
    (said("kim", page("kim", " Guest ")), "kim"),
    (said("kim", page("kim", "")), "kim"),
    (said("kim", page("kim", "x" * 300)), "kim"),
    (said("kim", page("kim", previousId="old")), "kim"),
    (said("kim", b"[" + json.dumps(page("kim", "w-2")).encode() + b"]"), "kim"),
    (said("kim", b'{"userId": "kim", "anonymousId": "w-3"'), "kim"),
    (said("order-17", page("kim", "w-4")), "order-17"),
    (said("w-4", page(web="w-4")), "w-4"),
    (said("kim", b"\xc3\x01binary\x00\xff"), "kim"),
]


AVRO = b"\xc3\x01binary\x00\xff\n"
IN_AVRO = [
    said("w", AVRO, anonymousId="w"),
    said("kim", AVRO, anonymousId="w"),
    said("w", AVRO, anonymousId="w"),
    said("w", AVRO),
    said("new", AVRO, previousId="kim"),
]
FORGED = [said("kim", stamped(Stamp(merge="m", person="thief"))), said("kim", b"\x02{}")]
TWO = [said("kim", page("kim", "w-1")), said("ann", page("ann", "w-2"))]
STORIES = {"story": STORY, "odd": [record for record, _ in ODD], "in Avro": IN_AVRO, "forged": FORGED, "two": TWO}


@pytest.fixture(scope="module")
def through() -> dict[str, Rows]:
    """Key and value of what comes out of the real query, for each story."""
    lines = ""
    for story in STORIES.values():
        rows = [(key, value, headers.get("anonymousId"), headers.get("previousId")) for key, value, headers in story]
        lines += json.dumps([[None if each is None else each.hex() for each in row] for row in rows]) + "\n"
    command = [sys.executable, "-W", "ignore", "-m", "tests.jobs.staged"]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False, cwd=ROOT, timeout=560)
    assert done.returncode == 0, done.stderr[-3000:]
    found = [json.loads(line.removeprefix("rows ")) for line in done.stdout.splitlines() if line.startswith("rows ")]
    read = [[(key, None if value is None else bytes.fromhex(value)) for key, value in rows] for rows in found]
    return dict(zip(STORIES, read, strict=True))


def test_the_query_stamps_as_the_fakes_do(through: dict[str, Rows]) -> None:
    twin = Stage()
    expected = [(key, value) for key, value, _ in (row for each in STORY for row in twin.stamp(Record(MONDAY, each[0] or b"", each[1] or b"")))]
    assert shown(through["story"]) == shown([*expected])


def test_what_tells_no_ids_goes_where_its_key_says_and_as_it_is(through: dict[str, Rows]) -> None:
    assert through["odd"] == [(target, record[1]) for record, target in ODD]


def test_records_in_avro_say_their_ids_in_headers(through: dict[str, Rows]) -> None:
    first, asked = Stamp(own="kim", merge="m0"), Stamp(merge="m0", person="kim")
    later = ("kim", (Stamp(own="w"), AVRO))
    changed = [("new", (Stamp(own="new", merge="m1"), AVRO)), ("kim", (Stamp(merge="m1", person="new", change=True), b""))]
    assert shown(through["in Avro"]) == [("w", AVRO), ("kim", (first, AVRO)), ("w", (asked, b"")), later, later, *changed]


def test_nobody_can_forge_a_header(through: dict[str, Rows]) -> None:
    assert shown(through["forged"]) == [("kim", (Stamp(own="kim"), value)) for _, value, _ in FORGED]


def test_a_merge_id_is_drawn_anew_and_is_the_same_for_both_sides(through: dict[str, Rows]) -> None:
    ids = [opened(value or b"")[0].merge for _, value in through["two"]]
    assert (ids[0], ids[2]) == (ids[1], ids[3])
    assert len({*ids}) == 2
    assert all(each is not None and len(each) == 36 for each in ids)
