"""The query of the stage says what the stage of the fakes says, record by record: the tests of the operator rest on it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pyflink.common import Row
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import DataTypes, StreamTableEnvironment

from jobs.identity import stage
from services.replay.records import Record
from tests.builders import MONDAY
from tests.operators.linking import Stage
from udfs.codecs.catalogue import catalogue
from udfs.codecs.stamped import STAMPED, Stamp, opened, stamped

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

HEARTBEAT = b"heartbeat"


def said(key: str | None, value: Any, **headers: str) -> tuple[bytes | None, bytes | None, dict[str, bytes]]:
    body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return (None if key is None else key.encode(), body, {name: each.encode() for name, each in headers.items()})


def page(user: str | int | None = None, web: str | None = None, **more: Any) -> dict[str, Any]:
    fields = {"userId": user, "anonymousId": web, **more}
    return {"type": "page", **{name: value for name, value in fields.items() if value is not None}}


def through(records: list[tuple[bytes | None, bytes | None, dict[str, bytes]]]) -> list[tuple[str | None, bytes | None]]:
    """Key and value of what comes out of the real query."""
    env = StreamExecutionEnvironment.get_execution_environment()
    env.set_parallelism(1)
    tables = StreamTableEnvironment.create(env)
    names = ("k", "v", "web", "previous")
    rows = [(_hex(key), _hex(value), _hex(headers.get("anonymousId")), _hex(headers.get("previousId"))) for key, value, headers in records]
    kind = DataTypes.ROW([DataTypes.FIELD(name, DataTypes.STRING()) for name in names])
    tables.create_temporary_view("sent", tables.from_elements(rows, kind))
    headers = "MAP['anonymousId', UNHEX(web), 'previousId', UNHEX(previous)] AS headers"
    query = f"SELECT UNHEX(k) AS k, UNHEX(v) AS v, {headers}, TO_TIMESTAMP_LTZ({MONDAY}, 3) AS ts FROM sent"
    tables.execute_sql(f"CREATE TEMPORARY VIEW events AS {query}")
    for name, query in stage(frozenset(catalogue().nobody)):
        tables.execute_sql(f"CREATE TEMPORARY VIEW {name} AS {query}")
    with tables.execute_sql("SELECT k, v FROM addressed_records").collect() as found:
        return [_plain(row) for row in found]


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _plain(row: Row) -> tuple[str | None, bytes | None]:
    return row[0], None if row[1] is None else bytes(row[1])


def shown(rows: list[tuple[str | None, bytes | None]]) -> list[tuple[str | None, Any]]:
    """Headers in words; a merge id is only ever the same as itself."""
    names: dict[str, str] = {}

    def of(value: bytes | None) -> Any:
        if not value or value[0] != STAMPED:
            return value
        stamp, rest = opened(value)
        merge = None if stamp.merge is None else names.setdefault(stamp.merge, f"m{len(names)}")
        return Stamp(stamp.own, merge, stamp.person, stamp.change or None), rest

    return [(key, of(value)) for key, value in rows]


STORY: list[tuple[bytes | None, bytes | None, dict[str, bytes]]] = [
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
ODD: list[tuple[tuple[bytes | None, bytes | None, dict[str, bytes]], str | None]] = [
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


def test_the_query_stamps_as_the_fakes_do() -> None:
    twin = Stage()
    expected = [(key, value) for key, value, _ in (row for each in STORY for row in twin.stamp(Record(MONDAY, each[0] or b"", each[1] or b"")))]
    assert shown(through(STORY)) == shown([*expected])


def test_what_tells_no_ids_goes_where_its_key_says_and_as_it_is() -> None:
    found = through([record for record, _ in ODD])
    assert found == [(target, record[1]) for record, target in ODD]


def test_records_in_avro_say_their_ids_in_headers() -> None:
    avro = b"\xc3\x01binary\x00\xff\n"
    records = [said("w", avro, anonymousId="w"), said("kim", avro, anonymousId="w"), said("w", avro, anonymousId="w"), said("w", avro)]
    records += [said("new", avro, previousId="kim")]
    first = Stamp(own="kim", merge="m0")
    asked = Stamp(merge="m0", person="kim")
    later: tuple[str, Mapping[str, Any] | Any] = ("kim", (Stamp(own="w"), avro))
    changed = [("new", (Stamp(own="new", merge="m1"), avro)), ("kim", (Stamp(merge="m1", person="new", change=True), b""))]
    assert shown(through(records)) == [("w", avro), ("kim", (first, avro)), ("w", (asked, b"")), later, later, *changed]


def test_nobody_can_forge_a_header() -> None:
    forged = stamped(Stamp(merge="m", person="thief"))
    handed = b"\x02{}"
    assert shown(through([said("kim", forged), said("kim", handed)])) == [("kim", (Stamp(own="kim"), forged)), ("kim", (Stamp(own="kim"), handed))]


def test_a_merge_id_is_drawn_anew_and_is_the_same_for_both_sides() -> None:
    found = through([said("kim", page("kim", "w-1")), said("ann", page("ann", "w-2"))])
    ids = [opened(value or b"")[0].merge for _, value in found]
    assert (ids[0], ids[2]) == (ids[1], ids[3])
    assert len({*ids}) == 2
    assert all(each is not None and len(each) == 36 for each in ids)
