"""Every metric is declared once, and whatever names a metric uses the declaration."""

import ast
import re
from pathlib import Path

import pytest

from services.monitor.alerts import ALERTS, rules
from services.monitor.dashboards import dashboards
from services.monitor.files import files
from udfs.core.counts import COUNTS
from udfs.metrics.declared import BY_NAME, DECLARED
from udfs.metrics.engine import ENGINE
from udfs.metrics.metric import Metric

ROOT = Path(__file__).parents[2]
SOURCES = ("udfs", "jobs", "services", "cli", "simulation", "training")
NAME = re.compile(r"\b(?:kairos|flink)_[a-zA-Z_]+")
REGISTERS = {"udfs/operators/metrics.py", "services/metrics/registry.py"}


def names_in(expression: str) -> set[str]:
    return set(NAME.findall(re.sub(r'"[^"]*"', "", expression)))


def expressions() -> list[tuple[str, str]]:
    rule = [(each["alert"], each["expr"]) for each in rules()["groups"][0]["rules"]]
    panel = [(each["title"], target["expr"]) for board in dashboards().values() for each in board["panels"] for target in each["targets"]]
    return rule + panel


def test_no_name_is_declared_twice() -> None:
    assert len(BY_NAME) == len(DECLARED)


def test_what_the_engine_counts_is_declared_and_nothing_else() -> None:
    assert list(ENGINE) == list(COUNTS)


@pytest.mark.parametrize("metric", DECLARED, ids=lambda metric: metric.name)
def test_every_metric_says_what_it_is_and_what_to_do(metric: Metric) -> None:
    assert metric.unit
    assert metric.meaning.endswith(".")
    assert metric.action.endswith(".")
    assert (metric.kind == "counter") == metric.name.endswith("_total") or metric.source in ("operator", "flink")


TARGET_LABELS = {"job", "instance", "namespace", "pod", "container", "endpoint", "node", "service"}
"""Prometheus, and its operator, put these on whatever they scrape. Ours of the same name would be called `exported_…`."""


@pytest.mark.parametrize("metric", [metric for metric in DECLARED if metric.labels], ids=lambda metric: metric.name)
def test_no_label_is_one_that_prometheus_puts_there_itself(metric: Metric) -> None:
    assert not TARGET_LABELS & set(metric.labels)


def test_no_alert_or_panel_groups_by_such_a_label() -> None:
    by = re.compile(r"\b(?:by|on|without|ignoring) ?\(([^)]*)\)")
    used = {place: {name.strip() for names in by.findall(told) for name in names.split(",")} for place, told in expressions()}
    assert not {place for place, names in used.items() if TARGET_LABELS & names}


def test_an_action_that_names_an_alert_names_one_that_exists() -> None:
    named = {name for metric in DECLARED for name in re.findall(r"alert (\w+)", metric.action)}
    assert named <= {alert.name for alert in ALERTS}
    assert named == {alert.name for alert in ALERTS}, "an alert should be found from the metric that it watches"


@pytest.mark.parametrize(("place", "expression"), expressions())
def test_rules_and_dashboards_use_declared_names_only(place: str, expression: str) -> None:
    assert names_in(expression)
    assert names_in(expression) <= set(BY_NAME), place


def test_pages_and_runbooks_use_declared_names_only() -> None:
    for page in (ROOT / "docs").glob("*.md"):
        found = set(re.findall(r"`((?:kairos|flink_taskmanager|flink_jobmanager)_[a-z]\w+)", page.read_text()))
        assert found <= {*BY_NAME, "kairos_live"}, page.name


@pytest.mark.slow
def test_no_metric_is_registered_elsewhere() -> None:
    found = set()
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            tree = ast.parse(path.read_text())
            for node in ast.walk(tree):
                modules = (
                    [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else [each.name for each in node.names]
                    if isinstance(node, ast.Import)
                    else []
                )
                makes = isinstance(node, ast.Attribute) and node.attr in ("gauge", "counter", "meter", "distribution")
                if makes or any(module == "prometheus_client" or module.startswith("pyflink.metrics") for module in modules):
                    found.add(str(path.relative_to(ROOT)))
    assert found == REGISTERS


@pytest.mark.parametrize("path", files(), ids=str)
def test_the_files_that_are_made_from_the_declarations_are_up_to_date(path: Path) -> None:
    assert (ROOT / path).read_text() == files()[path], "run `make schemas`"
