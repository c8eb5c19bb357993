"""The files that are made from the declarations: the page of metrics, the alert rules, the dashboards. `make schemas` writes them."""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from services.monitor.alerts import rules
from services.monitor.dashboards import dashboards
from udfs.metrics.declared import DECLARED
from udfs.metrics.metric import Metric

PAGE = Path("docs/metrics.md")
FOLDER = Path("docker/monitoring")
SECTIONS = {
    "operator": ("The job", "Exported by Flink, with its labels `job_name`, `subtask_index`, `tm_id` and so on."),
    "monitor": ("The monitor", "`python -m services.monitor`. `kairos up` starts it."),
    "heartbeat": ("Heartbeats", "`python -m services.heartbeat --metrics-port 9251`."),
    "replay": ("A replay", "`kairos replay --metrics-port 9252`."),
    "schedule": ("A schedule", "`python -m training schedule FILE --metrics-port 9253`."),
    "interest": ("News of price and stock", "`kairos interest pace --metrics-port 9254`."),
    "held": ("What is out of line", "`kairos held watch --metrics-port 9255`."),
    "drift": ("Drift of models", "`kairos models drift --follow --metrics-port 9256`. A campaign `all` stands for all of them together."),
    "flink": ("Flink itself", "Those that our alerts, dashboards and `kairos top` use. Flink has hundreds more."),
}
"""Source -> heading and first line of its part of the page."""


def files() -> dict[Path, str]:
    """Every file, by its path in the repository."""
    made = {FOLDER / "dashboards" / f"{name}.json": json.dumps(each, indent=2) + "\n" for name, each in dashboards().items()}
    return {PAGE: page(), FOLDER / "alerts.yml": "# Made by `make schemas` from services/monitor/alerts.py.\n" + yaml(rules()), **made}


def page() -> str:
    """The reference of all metrics, as Markdown."""
    lines = ["# Metrics", "", "<!-- Made by `make schemas` from udfs/metrics. -->", ""]
    lines += ["Every metric of Kairos, under its full name in Prometheus, with what to do about it.", ""]
    lines += ["[Monitoring](monitoring.md) says how to collect them, and [alerts](alerts.md) which of them call somebody.", ""]
    lines += ["A counter only grows until its process starts again, so use `increase()` or `rate()`."]
    lines += ["A level goes up and down."]
    lines += ["Flink exports its counters as gauges; that makes no difference to either function.", ""]
    for source, (heading, about) in SECTIONS.items():
        lines += [f"## {heading}", "", about, "", "| Metric | Kind, unit | Meaning | What to do |", "|---|---|---|---|"]
        lines += [_row(metric) for metric in DECLARED if metric.source == source]
        lines.append("")
    return "\n".join(lines)


def _row(metric: Metric) -> str:
    labels = f" {{{', '.join(metric.labels)}}}" if metric.labels else ""
    cells = (f"`{metric.name}{labels}`", f"{metric.kind}, {metric.unit}", metric.meaning, metric.action)
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def yaml(document: Any) -> str:
    """Plain YAML."""
    writer = YAML()
    writer.width = 10_000
    out = io.StringIO()
    writer.dump(document, out)
    return out.getvalue()


def write(made: Iterable[tuple[Path, str]]) -> None:
    """Write files, and the folders that they need."""
    for path, text in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(files().items())
