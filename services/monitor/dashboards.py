"""Two Grafana dashboards: for whoever runs Kairos, and for whoever publishes campaigns. `make schemas` writes them to docker/monitoring."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from udfs.core.counts import Count
from udfs.metrics.engine import (
    CAMPAIGN_ACTIONS,
    CAMPAIGN_DECISIONS,
    ENGINE,
    ENGINE_ERRORS,
    MODEL_DECISIONS,
    MODELS_REFUSED,
    MODELS_USABLE,
    REASON_DECISIONS,
)
from udfs.metrics.flink import BACKPRESSURED, BUSY, CHECKPOINT_DURATION, CHECKPOINTS_FAILED, HEAP_MAX, HEAP_USED, RESTARTS, RUNNING_JOBS, WATERMARK
from udfs.metrics.services import CAMPAIGN_LIVE, END_OFFSET, HEARTBEAT_FAILURES, NEWEST_EVENT, STABLE_OFFSET, SWITCHED_OFF, UNREAD

SCHEMA_VERSION = 39
"""Grafana 10 and later; newer ones migrate it when they read it."""
WIDTH, HEIGHT = 8, 8
"""Three panels in a row of Grafana's 24 columns."""
SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A figure over time; `stat` shows only its latest value."""

    title: str
    about: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    """Expression and legend."""
    stat: bool = False


def _rate(name: Count) -> str:
    return f"sum(rate({ENGINE[name].name}[$__rate_interval]))"


OPERATIONS = (
    Panel(title="Jobs running", about="See the alert NoJob.", unit="short", queries=((f"sum({RUNNING_JOBS.name})", "jobs"),), stat=True),
    Panel(title="Restarts", about="Since the job was submitted.", unit="short", queries=((RESTARTS.name, "{{job_name}}"),), stat=True),
    Panel(
        title="Newest record",
        about="Age of the newest record in the partition where it is oldest. Twice a second a heartbeat comes.",
        unit="s",
        queries=((f"time() - min by (topic) ({NEWEST_EVENT.name})", "{{topic}}"),),
        stat=True,
    ),
    Panel(
        title="Events",
        about="Processed, and records that were refused.",
        unit="ops",
        queries=((_rate("events"), "events"), (_rate("records_rejected"), "refused"), (_rate("parts_set_aside"), "fields set aside")),
    ),
    Panel(
        title="Behind its events",
        about="Wall clock less the time that the job has reached. With the live clock only.",
        unit="s",
        queries=((f'time() - min by (job_name) ({WATERMARK.name}{{operator_name="decide"}} > 0) / 1000', "{{job_name}}"),),
    ),
    Panel(title="Unread records", about="After the last checkpoint.", unit="short", queries=((UNREAD.name, "{{job_name}}"),)),
    Panel(
        title="Checkpoints",
        about="Duration of the last one, and how many failed.",
        unit="ms",
        queries=((CHECKPOINT_DURATION.name, "duration {{job_name}}"), (f"increase({CHECKPOINTS_FAILED.name}[5m])", "failed in 5 min {{job_name}}")),
    ),
    Panel(
        title="Not yet committed",
        about="Records that readers of committed records cannot see yet. It must fall to 0 again and again.",
        unit="short",
        queries=((f"max by (topic) ({END_OFFSET.name} - {STABLE_OFFSET.name})", "{{topic}}"),),
    ),
    Panel(
        title="Time of each second",
        about="Of the busiest task: working, and waiting for the one after it.",
        unit="ms",
        queries=((f"max by (job_name) ({BUSY.name})", "busy {{job_name}}"), (f"max by (job_name) ({BACKPRESSURED.name})", "waiting {{job_name}}")),
    ),
    Panel(title="Heap", about="Of each TaskManager.", unit="percentunit", queries=((f"{HEAP_USED.name} / {HEAP_MAX.name}", "{{tm_id}}"),)),
    Panel(
        title="Faults",
        about="Each should be 0.",
        unit="short",
        queries=(
            (f"sum(increase({ENGINE_ERRORS.name}[5m]))", "events the engine failed on"),
            (f"sum(increase({ENGINE['failures'].name}[5m]))", "candidates the engine failed on"),
            (f"sum(increase({HEARTBEAT_FAILURES.name}[5m]))", "heartbeats that failed"),
        ),
    ),
    Panel(
        title="Models",
        about="Versions that can score, and that cannot.",
        unit="short",
        queries=((f"max by (job_name) ({MODELS_USABLE.name})", "usable"), (f"max by (job_name) ({MODELS_REFUSED.name})", "refused")),
    ),
)
CAMPAIGNS = (
    Panel(
        title="Live campaigns", about="Not paused and not switched off.", unit="short", queries=((f"sum({CAMPAIGN_LIVE.name})", "live"),), stat=True
    ),
    Panel(title="Switched off", about="`kairos switch on` ends it.", unit="short", queries=((SWITCHED_OFF.name, "{{what}}"),), stat=True),
    Panel(
        title="Messages in the last hour",
        about="Actions less recalls.",
        unit="short",
        queries=((f"sum(increase({ENGINE['actions'].name}[1h])) - sum(increase({ENGINE['recalls'].name}[1h]))", "messages"),),
        stat=True,
    ),
    Panel(
        title="Decisions by campaign",
        about="Whatever the outcome.",
        unit="ops",
        queries=((f"sum by (campaign) (rate({CAMPAIGN_DECISIONS.name}[$__rate_interval]))", "{{campaign}}"),),
    ),
    Panel(
        title="Messages by campaign",
        about="Decisions that acted.",
        unit="ops",
        queries=((f"sum by (campaign) (rate({CAMPAIGN_ACTIONS.name}[$__rate_interval]))", "{{campaign}}"),),
    ),
    Panel(
        title="From trigger to message",
        about="Where triggers end: `kairos explain USER` says why for one customer.",
        unit="ops",
        queries=tuple(
            (_rate(name), name.replace("_", " "))
            for name in ("triggers", "triggers_unmet", "triggers_warming", "entries_blocked", "pending_cancelled", "actions", "recalls")
        ),
    ),
    Panel(
        title="Decisions by reason",
        about="ELIGIBLE acted; docs/policy.md explains the others.",
        unit="ops",
        queries=((f"sum by (reason) (rate({REASON_DECISIONS.name}[$__rate_interval]))", "{{reason}}"),),
    ),
    Panel(
        title="Answers of models",
        about="SCORED and CACHED are scores; for the others the cold start is used.",
        unit="ops",
        queries=((f"sum by (model_reason) (rate({MODEL_DECISIONS.name}[$__rate_interval]))", "{{model_reason}}"),),
    ),
)


def dashboards() -> dict[str, dict[str, Any]]:
    """Both, by the name of the file."""
    return {
        "operations": _dashboard("kairos-operations", "Kairos: operations", OPERATIONS),
        "campaigns": _dashboard("kairos-campaigns", "Kairos: campaigns", CAMPAIGNS),
    }


def _dashboard(uid: str, title: str, panels: Iterable[Panel]) -> dict[str, Any]:
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0, "refresh": 1}
    return {
        "uid": uid,
        "title": title,
        "tags": ["kairos"],
        "schemaVersion": SCHEMA_VERSION,
        "editable": True,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [source]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    row, column = divmod(number, 24 // WIDTH)
    targets = [
        {"refId": chr(ord("A") + place), "datasource": SOURCE, "expr": expression, "legendFormat": legend, "editorMode": "code"}
        for place, (expression, legend) in enumerate(panel.queries)
    ]
    return {
        "id": number + 1,
        "type": "stat" if panel.stat else "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "gridPos": {"x": column * WIDTH, "y": row * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": targets,
    }
