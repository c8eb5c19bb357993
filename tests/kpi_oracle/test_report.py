"""Report and oracle over random shops, figure by figure; and that a report which has lost a rule is caught."""

from collections import Counter
from datetime import date
from importlib import resources
from zoneinfo import ZoneInfo

import pytest

from services.kpis import prepare, query
from services.kpis.language import shipped
from tests.kpi_oracle.compare import differences, figures_of, reported
from tests.kpi_oracle.figures import NAMES
from tests.kpi_oracle.shop import Shop
from tests.kpi_oracle.worlds import several, world

pytestmark = pytest.mark.slow

SHOPS = 40
"""Histories of one report."""


@pytest.mark.parametrize("by", [(), ("week", "campaign"), ("segment", "stage"), ("channel",)])
def test_every_figure_is_that_of_the_oracle(by: tuple[str, ...]) -> None:
    assert differences(several(range(SHOPS)), by) == []


def test_a_single_customer_has_the_figures_of_the_oracle_too() -> None:
    """What a crowd might hide: groups of one, and of none."""
    for seed in range(500, 508):
        found = differences(world(seed), ("week",))
        assert not found, f"history {seed}: {found}"


def test_a_browser_that_names_the_same_person_as_before_follows_where_that_person_has_gone() -> None:
    """Found among 100,000 histories: an alias gives an id to somebody else, and then a browser names that id again."""
    assert differences(world(8_530), ("segment", "stage")) == []


def test_a_period_cuts_the_same_rows_for_both() -> None:
    found = differences(several(range(200, 220)), ("week",), first=date(2026, 1, 12), last=date(2026, 3, 29), zone=ZoneInfo("America/New_York"))
    assert found == []


def test_the_oracle_knows_every_metric_that_comes_with_kairos() -> None:
    assert sorted(NAMES) == sorted(each.name for each in shipped())


def test_worlds_are_eventful() -> None:
    """Whatever a metric can count is there, and every metric has a figure above nothing."""
    made = several(range(SHOPS))
    shop = Shop(made)
    found = Counter({name: len(rows) for name, rows in shop.tables.items()})
    messages = shop.tables["messages"]
    for word in (
        "delivered",
        "opened",
        "clicked",
        "bounced",
        "dismissed",
        "complained",
        "machine_opened",
        "machine_clicked",
        "unsubscribed",
        "converted",
    ):
        found[word] = sum(bool(row[word]) for row in messages)
    found["provisional"] = sum(row["status"] not in ("final", None) for row in messages)
    found["joined"] = len({each.key for each in made.arrivals}) - len(shop.stands)
    found["undone"] = sum(row["undone"] for row in shop.tables["placed_orders"])
    found["unknown"] = sum(row["net"] is None for row in shop.tables["orders"])
    found["currencies"] = len({row["currency"] for row in shop.tables["orders"]})
    found["revised"] = sum(each["revision"] > 0 for each in made.outcomes)
    found["late"] = sum(each.event["timestamp"] < each.recorded for each in made.arrivals)
    rare = {name: found[name] for name in found if found[name] < 2}
    assert not rare
    above = {key[0] for key, said in figures_of(reported(several(range(3 * SHOPS)))).items() if said.numerator}
    assert above >= set(NAMES)


RULES = [
    ("events", "row_number() OVER (PARTITION BY person, message ORDER BY place) = 1", "row_number() OVER () > 0"),
    ("events", "coalesce(ids.person, told.person)", "told.person"),
    ("events", 'least(coalesce(told."at", told.recorded), told.recorded)', 'told."at"'),
    ("events", "INTERVAL 30 MINUTE", "INTERVAL 31 MINUTE"),
    ("events", "event NOT IN (SELECT event FROM kpi_passive)", "true"),
    ("events", "event NOT LIKE 'message\\_%' ESCAPE '\\'", "true"),
    ("orders", "OR back.amount > placed.amount * placed.rate - 0.005", ""),
    ("orders", "row_number() OVER (PARTITION BY person, key, event, refund_id ORDER BY seq) = 1", "row_number() OVER () > 0"),
    ("orders", "CASE WHEN back.unclear THEN NULL ELSE coalesce(back.amount, 0) END", "coalesce(back.amount, 0)"),
    ("orders", "QUALIFY count(*) OVER (PARTITION BY told.seq) = 1", ""),
    ("orders", "FROM kpi_ledger WHERE NOT undone", "FROM kpi_ledger"),
    ("messages", "revision DESC", "revision"),
    ("messages", "AND NOT is_machine", ""),
    ("messages", "CASE WHEN reports THEN reported ELSE NOT recalled OR sent END", "reported"),
    ("messages", "AND NOT is_soft", ""),
    ("messages", "AND NOT bounced", ""),
    ("visits", "ends + INTERVAL 30 MINUTE <=", "ends <="),
    ("visits", "greatest(called, looks) <= 1 AND actions = 0", "called <= 1 AND actions = 0"),
]


@pytest.mark.parametrize(("step", "rule", "broken"), RULES, ids=[f"{step}: {rule[:40]}" for step, rule, _ in RULES])
def test_a_report_without_a_rule_is_caught(monkeypatch: pytest.MonkeyPatch, step: str, rule: str, broken: str) -> None:
    script = resources.files("services.kpis.sql").joinpath(f"{step}.sql").read_text(encoding="utf-8")
    assert rule in script
    split = prepare.statements

    def without(told: str) -> object:
        return split(told.replace(rule, broken) if told.splitlines()[0] == script.splitlines()[0] else told)

    monkeypatch.setattr(prepare, "statements", without)
    assert differences(several(range(SHOPS)), ())


def test_a_report_that_counts_what_is_too_young_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_span", lambda ms: "to_milliseconds(0)" if ms > 10 * 86_400_000 else f"to_milliseconds({ms})")
    assert differences(several(range(SHOPS)), ())
