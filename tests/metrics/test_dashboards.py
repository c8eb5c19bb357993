"""The dashboards: their form is that of Grafana's dashboards, as far as a file can show it. No Grafana has shown them."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from services.monitor.dashboards import SCHEMA_VERSION, dashboards

FOLDER = Path(__file__).parents[2] / "docker" / "monitoring" / "dashboards"
UNITS = {"short", "s", "ms", "ops", "percentunit", "bytes"}
SOURCE = {"type": "object", "required": ["type", "uid"], "properties": {"type": {"const": "prometheus"}, "uid": {"const": "${source}"}}}
SIDE = {"type": "integer", "minimum": 0}
TARGET = {
    "type": "object",
    "additionalProperties": False,
    "required": ["refId", "expr", "datasource", "legendFormat"],
    "properties": {
        "refId": {"type": "string", "pattern": "^[A-Z]$"},
        "expr": {"type": "string", "minLength": 1},
        "datasource": SOURCE,
        "legendFormat": {"type": "string", "minLength": 1},
        "editorMode": {"enum": ["code", "builder"]},
    },
}
PANEL = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "type", "title", "description", "datasource", "gridPos", "fieldConfig", "targets"],
    "properties": {
        "id": {"type": "integer", "minimum": 1},
        "type": {"enum": ["stat", "timeseries"]},
        "title": {"type": "string", "minLength": 1},
        "description": {"type": "string", "minLength": 1},
        "datasource": SOURCE,
        "gridPos": {
            "type": "object",
            "additionalProperties": False,
            "required": ["x", "y", "w", "h"],
            "properties": {"x": {**SIDE, "maximum": 23}, "y": SIDE, "w": {**SIDE, "minimum": 1, "maximum": 24}, "h": {**SIDE, "minimum": 1}},
        },
        "fieldConfig": {
            "type": "object",
            "required": ["defaults", "overrides"],
            "properties": {"defaults": {"type": "object", "required": ["unit"], "properties": {"unit": {"enum": sorted(UNITS)}}}},
        },
        "targets": {"type": "array", "minItems": 1, "items": TARGET},
    },
}
DASHBOARD = {
    "type": "object",
    "additionalProperties": False,
    "required": ["uid", "title", "schemaVersion", "panels", "templating", "time"],
    "properties": {
        "uid": {"type": "string", "pattern": "^[a-z-]{1,40}$"},
        "title": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "schemaVersion": {"const": SCHEMA_VERSION},
        "editable": {"type": "boolean"},
        "refresh": {"type": "string"},
        "time": {"type": "object", "required": ["from", "to"]},
        "timezone": {"enum": ["browser", "utc"]},
        "templating": {"type": "object", "required": ["list"]},
        "panels": {"type": "array", "minItems": 1, "items": PANEL},
    },
}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_dashboard_has_the_form_of_one(path: Path) -> None:
    jsonschema.validate(json.loads(path.read_text()), DASHBOARD, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_grafanas_own_types_know_everything_that_a_dashboard_says(path: Path) -> None:
    told = json.loads(path.read_text())
    assert list(unknown(told)) == []


@pytest.mark.parametrize(
    ("place", "value"), [(("titel",), "x"), (("fieldConfig", "defaults", "unti"), "s"), (("targets", 0, "legend"), "x"), (("gridPos", "width"), 3)]
)
def test_they_do_not_know_a_typo(place: tuple[str | int, ...], value: object) -> None:
    wrong = json.loads((FOLDER / "operations.json").read_text())
    inner = wrong["panels"][0]
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    assert list(unknown(wrong)) == ["/".join(map(str, ("", "panels", 0, *place)))]


def unknown(told: dict[str, Any]) -> Iterator[str]:
    """The places that Grafana's types leave out, or change, when they read a dashboard and write it again."""
    register_default_plugins()
    again = json.loads(json.dumps(Dashboard.from_json(copy.deepcopy(told)), cls=JSONEncoder))
    yield from _lost(told, again, "")


def _lost(told: Any, again: Any, place: str) -> Iterator[str]:
    if isinstance(told, dict) and isinstance(again, dict):
        for key, value in told.items():
            yield from _lost(value, again.get(key), f"{place}/{key}")
    elif isinstance(told, list) and isinstance(again, list) and len(told) == len(again):
        for number, pair in enumerate(zip(told, again, strict=True)):
            yield from _lost(*pair, f"{place}/{number}")
    elif told != again:
        yield place


def test_there_are_two() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(dashboards()) == {"operations", "campaigns"}


@pytest.mark.parametrize("board", dashboards().values(), ids=lambda board: board["uid"])
def test_no_two_panels_cover_each_other_and_every_legend_tells_its_lines_apart(board: dict[str, Any]) -> None:
    covered = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]
    assert len(covered) == len(set(covered))
    assert max(x for x, _ in covered) < 24
    for panel in board["panels"]:
        legends = [target["legendFormat"] for target in panel["targets"]]
        assert len(set(legends)) == len(legends), panel["title"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)


def test_every_query_is_one_that_prometheus_can_read(tmp_path: Path) -> None:
    from services.monitor.files import yaml
    from tests.metrics.test_alerts import promtool

    expressions = [target["expr"] for board in dashboards().values() for panel in board["panels"] for target in panel["targets"]]
    recorded = [{"record": f"query:{number}", "expr": each.replace("$__rate_interval", "1m")} for number, each in enumerate(expressions)]
    (tmp_path / "queries.yml").write_text(yaml({"groups": [{"name": "queries", "rules": recorded}]}))
    ran = promtool("check", "rules", "queries.yml", folder=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
