import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from services.lake.ask import BadQuery, ask, opened
from services.lake.store import Lake, LakeError
from tests.lake.filled import DAY, HOUR, START, events, track


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    place = tmp_path / "the lake's"
    events(
        place,
        [
            track("ada", "Product Viewed", START + HOUR, properties={"product_id": "tent", "price": 120.0}),
            track("bob", "Order Completed", START + 2 * HOUR),
        ],
    )
    events(place, [track("ada", "Order Completed", START + DAY, properties={"order_id": "o1", "total": 99.5})])
    return place


@pytest.fixture
def connection(lake: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(Lake(lake)) as connection:
        yield connection


def test_views_are_named_by_topic_and_read_only_finished_files(lake: Path, connection: duckdb.DuckDBPyConnection) -> None:
    assert ask(connection, "SELECT count(*), count(DISTINCT person), min(dt)::VARCHAR FROM events").fetchall() == [(3, 2, "2026-03-02")]
    (lake / "events/dt=2026-03-02/.part-7.inprogress").write_bytes(b"half a file")
    (lake / "events/dt=2026-03-02/_SUCCESS").write_bytes(b"")
    with opened(Lake(lake)) as again:
        assert ask(again, "SELECT count(*) FROM events").fetchall() == [(3,)]


def test_properties_are_asked_as_json(connection: duckdb.DuckDBPyConnection) -> None:
    found = ask(connection, "SELECT sum((properties->>'$.total')::DOUBLE) FROM events WHERE event = 'order_completed' AND dt >= DATE '2026-03-03'")
    assert found.fetchall() == [(99.5,)]


def test_tables_without_files_are_empty_and_have_their_columns(connection: duckdb.DuckDBPyConnection) -> None:
    assert ask(connection, "SELECT count(*), max(scores), max(\"at\") FROM decisions WHERE campaign = 'x'").fetchall() == [(0, None, None)]


def test_a_lake_that_is_not_there_is_empty(tmp_path: Path) -> None:
    with opened(Lake(tmp_path / "nowhere")) as connection:
        assert ask(connection, "SELECT count(*) FROM events").fetchall() == [(0,)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/proc/self/environ')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM read_parquet('https://example.com/x.parquet')",
        "COPY (SELECT 1) TO '{target}'",
        "COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{part}' (FORMAT parquet, USE_TMP_FILE false)",
        "EXPORT DATABASE '{target}'",
        "ATTACH '{target}'",
        "INSTALL httpfs",
        "LOAD '{target}'",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "RESET lock_configuration",
        "PRAGMA enable_logging",
        "CALL enable_logging()",
        "CREATE TABLE x AS SELECT 1",
        "DELETE FROM erased_people",
        "DROP VIEW events",
        "SELECT 1; COPY (SELECT 1) TO '{target}'",
        "SELECT * FROM lake",
        "SELECT getenv('HOME')",
        "",
        "SELEC 1",
    ],
)
def test_hostile_queries_are_refused_and_touch_no_file(lake: Path, tmp_path: Path, connection: duckdb.DuckDBPyConnection, query: str) -> None:
    other = tmp_path / "other.parquet"
    part = lake / "events/dt=2026-03-02/part-0"
    other.write_bytes(part.read_bytes())
    target = tmp_path / "written"
    before = part.read_bytes()
    told = query.format(other=other, target=target, part=str(part).replace("'", "''"))
    with pytest.raises(BadQuery) as refused:
        ask(connection, told).fetchall()
    assert refused.value.message
    assert not target.exists()
    assert part.read_bytes() == before
    assert ask(connection, "SELECT count(*) FROM events").fetchall() == [(3,)]


def test_no_query_brings_back_whoever_is_erased(lake: Path) -> None:
    with opened(Lake(lake)) as connection:
        [[ada]] = ask(connection, "SELECT person FROM events GROUP BY person HAVING count(*) = 2").fetchall()
    (lake / ".erased").write_text(json.dumps({"person": ada, "before": START + 30 * DAY}) + "\n")
    with opened(Lake(lake)) as connection:
        assert ask(connection, "SELECT count(*) FROM events").fetchall() == [(1,)]
        for change in ("DELETE FROM erased_people", "UPDATE erased_people SET before = TIMESTAMP '1970-01-01'"):
            with pytest.raises(BadQuery):
                ask(connection, f"WITH gone AS ({change} RETURNING person) SELECT count(*) FROM events, gone")
        assert ask(connection, "SELECT count(*) FROM events").fetchall() == [(1,)]


def test_a_query_that_is_no_text_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(BadQuery, match="no UTF-8 from its character 8 on"):
        ask(connection, "SELECT \udcff")


def test_a_damaged_file_is_named_with_its_cure(lake: Path) -> None:
    (lake / "events/dt=2026-03-02/part-9").write_bytes(b"half a file")
    with pytest.raises(LakeError, match=r"part-9.*: restore that file, or move it out of the lake$"), opened(Lake(lake)):
        pass


@pytest.mark.slow
def test_a_result_larger_than_memory_goes_on_in_a_temporary_folder(lake: Path) -> None:
    with opened(Lake(lake), memory="60MB") as connection:
        query = "SELECT count(*) FROM (SELECT i, md5(i::VARCHAR) AS h FROM range(3000000) AS t(i) ORDER BY h LIMIT 2900000)"
        assert ask(connection, query).fetchall() == [(2_900_000,)]
