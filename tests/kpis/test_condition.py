"""Conditions become SQL that holds nothing of the author's but values."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kpis.condition import condition
from services.kpis.prepare import statements
from services.kpis.tables import TABLES
from tests.kpis.shops import HOUR, Making, figure, metric
from udfs.core.expressions.error import ExpressionError

EVENTS = TABLES["events"]


def count(where: str) -> float | None:
    made = Making().event("promotion_viewed", 0, size=10, kind="sale's", hot=True, nested={"a": 2}, words=["x"], nothing=None)
    made.event("promotion_viewed", 1, size="10", kind="sale", hot=False).end(HOUR)
    quoted = where.replace("'", "''")
    return figure(made.world, metric(f"numerator: {{count: events, where: '{quoted}'}}\nunit: number")).value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "rows"),
    [
        ('event == "promotion_viewed"', 2),
        ("properties.size == 10", 1),
        ('properties.size == "10"', 1),
        ("properties.size != 10", 0),
        ("not properties.size == 10", 0),
        ("properties.size > 5 and properties.size < 11", 1),
        ("5 < properties.size <= 10", 1),
        ("properties.size * 2 + 1 == 21", 1),
        ("properties.size / 0 == 1", 0),
        ('properties.kind == "sale\'s"', 1),
        ('properties.kind in ["sale", "other"]', 1),
        ('properties.kind not in ["sale", "other"]', 1),
        ("properties.hot", 1),
        ("not properties.hot", 1),
        ("properties.hot == false", 1),
        ("properties.nested.a == 2", 1),
        ("properties.nothing == null", 3),
        ("properties.missing != null", 0),
        ("properties.words != null", 1),
        ('type == "track" and (properties.hot or properties.size == -10)', 1),
        ("true", 3),
    ],
)
def test_conditions_mean_what_they_say(where: str, rows: int) -> None:
    assert count(where) == rows


@pytest.mark.parametrize(
    "where",
    [
        "event == 'x'); DROP TABLE kpi_events; --",
        "__import__('os').system('true')",
        "event.__class__ == 1",
        "[x for x in (1, 2)]",
        "lambda: 1",
        "event == f'{1}'",
        "event ** 2 == 1",
        "properties['a'] == 1",
        "(event := 'x') == 'x'",
        "1e999 == 1",
        "event == b'x'",
        "(" * 60 + "true" + ")" * 60 + " and " + "not " * 60 + "true",
        "event == '" + "x" * 3000 + "'",
        "properties == 1",
        "event ==",
        "",
        3,
    ],
)
def test_nothing_else_is_a_condition(where: object) -> None:
    with pytest.raises(ExpressionError):
        condition(where, EVENTS)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=st.text(max_size=40))
def test_any_text_stays_a_value(text: str) -> None:
    """A text of any characters is compared, and nothing of it is read as SQL."""
    source = f"event == {text!r}"
    try:
        written = condition(source, EVENTS)
    except ExpressionError:
        assert "\x00" in text or not text.isprintable()
        return
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT {written} FROM (SELECT $1 AS event)", [text]).fetchall()
    assert rows == [(True,)]


def test_a_script_is_split_where_its_statements_end() -> None:
    assert [each.strip() for each in statements("-- one; two\nSELECT 1;\n\n-- three\nSELECT 2;\n")] == ["SELECT 1", "SELECT 2"]
