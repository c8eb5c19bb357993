"""What was recommended, a row for each item that was shown, from the JSON that decisions have."""

import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from services.lake import views
from services.lake.ask import BadQuery, ask, opened
from services.lake.store import Lake
from tests.lake.filled import HOUR, START, events, put, track
from udfs.core.recommended import Place, Recommended
from udfs.core.values.errors import KairosError

TENT = Place(item="stove", score=1.0, source="together", because_of="tent", probability=1.0)
MUG = Place(item="mug", score=0.0, source="popular", because_of=None, probability=0.25)
ROOT = Path(__file__).parents[2]
MADE: dict[str, Any] = {"strategy": "default", "strategy_version": "", "recommender": "r1", "catalogue": None, "history": ["tent"]}
LIST = Recommended(asked="recommend(3)", items=[TENT, MUG], reason="NOTHING_LEFT", **MADE)
EMPTY = Recommended(asked="recommend(1)", items=[], reason="NO_RECOMMENDER", **{**MADE, "strategy": "bold", "strategy_version": "v2"})


def as_json(told: Recommended) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = json.loads(msgspec.json.encode(told))
    return found


def decision(user: str, number: int, recommended: Any, **more: Any) -> tuple[str, dict[str, Any], int]:
    at = START + HOUR * number
    value = {"user_id": user, "decision_id": f"d{number}", "campaign": "cart", "outcome": "acted", "at": at, "recommended": recommended, **more}
    return user, value, at


def asked(lake: Path, query: str) -> list[tuple[Any, ...]]:
    with opened(Lake(lake)) as connection:
        found: list[tuple[Any, ...]] = ask(connection, query).fetchall()
        return found


def test_each_item_that_was_shown_is_a_row_with_its_place_its_probability_and_why(tmp_path: Path) -> None:
    put(tmp_path, "decisions", [decision("ada", 1, [as_json(LIST)])], name="part-0")
    found = asked(
        tmp_path, "SELECT asked, strategy, recommender, place, item, score, source, because_of, probability FROM recommendations ORDER BY place"
    )
    assert found == [
        ("recommend(3)", "default", "r1", 1, "stove", 1.0, "together", "tent", 1.0),
        ("recommend(3)", "default", "r1", 2, "mug", 0.0, "popular", None, 0.25),
    ]
    joined = "SELECT count(*) FROM recommendations AS r JOIN decisions AS d USING (decision, person, dt) WHERE r.at = d.at"
    assert asked(tmp_path, joined) == [(2,)]


def test_a_list_that_is_empty_is_one_row_that_says_why(tmp_path: Path) -> None:
    put(tmp_path, "decisions", [decision("ada", 1, [as_json(LIST), as_json(EMPTY)])], name="part-0")
    found = asked(tmp_path, "SELECT asked, strategy, strategy_version, reason, place, item FROM recommendations WHERE item IS NULL")
    assert found == [("recommend(1)", "bold", "v2", "NO_RECOMMENDER", None, None)]


def test_decisions_without_lists_have_no_rows(tmp_path: Path) -> None:
    put(tmp_path, "decisions", [decision("ada", 1, []), decision("bob", 2, None)], name="part-0")
    assert asked(tmp_path, "SELECT count(*) FROM recommendations") == [(0,)]


@pytest.mark.parametrize(
    "told", ["no JSON", "[1, null]", "[", {"items": 7}, [{"items": 7}], [{"items": [7, {"item": {"a": 1}, "probability": "much"}]}], 7]
)
def test_what_the_job_never_wrote_stops_no_query_about_others(tmp_path: Path, told: Any) -> None:
    """Whoever may write to the topic may have written anything."""
    put(tmp_path, "decisions", [decision("eve", 1, told), decision("ada", 2, [as_json(LIST)])], name="part-0")
    assert asked(tmp_path, "SELECT item, probability FROM recommendations WHERE recommender = 'r1' AND probability >= 0 ORDER BY place") == [
        ("stove", 1.0),
        ("mug", 0.25),
    ]


def test_files_from_before_there_were_lists_have_none(tmp_path: Path) -> None:
    put(tmp_path, "decisions", [decision("ada", 1, [])], name="part-0")
    file = tmp_path / "decisions" / "dt=2026-03-02" / "part-0"
    pq.write_table(pq.ParquetFile(file).read().drop_columns(["recommended"]), file)
    assert asked(tmp_path, "SELECT count(*) FROM recommendations") == [(0,)]
    assert asked(tmp_path / "nowhere", "SELECT count(*) FROM recommendations") == [(0,)]


def test_whoever_is_erased_is_in_no_list(tmp_path: Path) -> None:
    from services.lake.erased import add
    from tests.lake.filled import KNOWN

    put(tmp_path, "decisions", [decision("ada", 1, [as_json(LIST)]), decision("bob", 2, [as_json(LIST)])], name="part-0")
    add(Lake(tmp_path), {KNOWN.of("ada"): START + 100 * HOUR})
    assert asked(tmp_path, "SELECT DISTINCT person FROM recommendations") == [(KNOWN.of("bob"),)]


def test_what_may_be_read_is_named_where_something_else_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(KairosError, match="recommendations") as caught:
        asked(tmp_path, "SELECT * FROM read_csv('/etc/passwd')")
    assert isinstance(caught.value, BadQuery)
    assert all(name in str(caught.value) for name in views.NAMES)


def test_the_queries_of_the_documentation_are_answered(tmp_path: Path) -> None:
    """Of the one about recommendations also the answer: ada looked at the stove within a day, and bob a day too late."""
    put(tmp_path, "decisions", [decision("ada", 1, [as_json(LIST), as_json(EMPTY)]), decision("bob", 2, [as_json(LIST)])], name="part-0")
    looks = [("ada", START + 3 * HOUR, "stove"), ("ada", START + 4 * HOUR, "stove"), ("bob", START + 27 * HOUR, "mug"), ("bob", START, "mug")]
    events(tmp_path, [track(who, "Product Viewed", at, properties={"product_id": item}) for who, at, item in looks])
    (told,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "lake.md").read_text(), re.DOTALL)
    queries = told.split("\n\n")
    assert len(queries) == 4
    answers = [asked(tmp_path, query) for query in queries]
    assert answers[-1] == [("default", "popular", 2, 0), ("default", "together", 2, 1)]
