"""The alert rules, once. `make schemas` writes them to docker/monitoring/alerts.yml; docs/alerts.md has a runbook for each.

In an expression `${5m}` is a duration and `$[15s]` a number of seconds. A test or a trial can shorten them all; the rules stay the same.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from udfs.core.decision.scores import ModelReason
from udfs.core.records import Reason
from udfs.core.values.durations import parse_duration
from udfs.metrics.drift import DRIFT_FOUND
from udfs.metrics.engine import CAMPAIGN_DECISIONS, ENGINE, MODEL_DECISIONS, MODELS_REFUSED, REASON_DECISIONS
from udfs.metrics.flink import CHECKPOINTS, CHECKPOINTS_FAILED, RESTARTS, RUNNING_JOBS, WATERMARK
from udfs.metrics.held import HELD_CAMPAIGN
from udfs.metrics.interest import INTEREST_ENDED, INTEREST_WAITING
from udfs.metrics.schedule import SCHEDULE_LOOK_FAILURES, SCHEDULE_STATUS
from udfs.metrics.services import CAMPAIGN_LIVE, END_OFFSET, MONITORED, NEWEST_EVENT, STABLE_OFFSET, SWITCHED_OFF, WATCHED

RUNBOOK = "docs/alerts.md#"
DURATION = re.compile(r"\$\{(\w+)\}|\$\[(\w+)\]")

Severity = Literal["page", "ticket"]
"""page: wake somebody. ticket: look at it on the next working day."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One rule."""

    name: str
    severity: Severity
    expression: str
    hold: str
    """How long the expression must be true."""
    summary: str
    """One line for whoever is called, with the labels of the alert."""


HEARTBEAT_S, LAG_S, MONITORED_S = 15, 60, 60
"""Seconds without a record in a partition, behind the events, and since the monitor read Kafka. `kairos top` uses them too."""
FRESH_S = 30
"""Only what the monitor read in the last so many seconds says something: one that is locked out goes on exporting what it read last. It is no
duration of an alert, so it is never shortened."""
FRESH = f'and on () time() - max({MONITORED.name}{{source="kafka"}}) < {FRESH_S}'
TOO_LATE = (Reason.EXPIRED, Reason.STALE_TRIGGER)
MODEL_ABSENT = (ModelReason.NO_MODEL, ModelReason.UNFIT, ModelReason.UNKNOWN_CLASS, ModelReason.NOT_A_NUMBER, ModelReason.FAILED)
"""Reasons for which a campaign does not get the score it asks for. Refused versions have an alert of their own; a paused model is meant."""


def _share(part: str, whole: str, over: str, *, above: float) -> str:
    """More than this share of `whole`, and more than twenty, within a duration and by job: three of five at night wake nobody."""
    more, all_ = (f"sum by (job_name) (increase({each}[{over}]))" for each in (part, whole))
    return f"{more} / {all_} > {above} and {more} > 20"


ALERTS = (
    Alert(
        name="NoHeartbeat",
        severity="page",
        expression=f"time() - min by (topic) ({NEWEST_EVENT.name}) > $[{HEARTBEAT_S}s] {FRESH}",
        hold="30s",
        summary="No heartbeat in a partition of {{ $labels.topic }}: time stands still, and nothing falls due",
    ),
    Alert(
        name="JobLags",
        severity="page",
        expression=f'time() - min by (job_name) ({WATERMARK.name}{{operator_name="decide",job_name=~".+-live"}} > 0) / 1000 > $[{LAG_S}s]',
        hold="2m",
        summary="{{ $labels.job_name }} is {{ $value | humanizeDuration }} behind its events",
    ),
    Alert(
        name="CheckpointsFailing",
        severity="page",
        expression=f"increase({CHECKPOINTS_FAILED.name}[${{5m}}]) >= 3 or increase({CHECKPOINTS.name}[${{5m}}]) == 0",
        hold="1m",
        summary="{{ $labels.job_name }} completes no checkpoints, so its decisions are not visible",
    ),
    Alert(
        name="LastStableOffsetStuck",
        severity="page",
        expression=(
            f"max by (topic, partition) ({END_OFFSET.name} - {STABLE_OFFSET.name}) > 0"
            f" and max by (topic, partition) (changes({STABLE_OFFSET.name}[${{2m}}])) == 0 {FRESH}"
        ),
        hold="1m",
        summary="An open transaction blocks readers of {{ $labels.topic }}, partition {{ $labels.partition }}",
    ),
    Alert(
        name="RejectedShare",
        severity="page",
        expression=(
            f"sum by (job_name) (increase({ENGINE['records_rejected'].name}[${{10m}}]))"
            f" / (sum by (job_name) (increase({ENGINE['records_rejected'].name}[${{10m}}]))"
            f" + sum by (job_name) (increase({ENGINE['events'].name}[${{10m}}]))) > 0.05"
            f" and sum by (job_name) (increase({ENGINE['records_rejected'].name}[${{10m}}])) > 20"
        ),
        hold="2m",
        summary="{{ $labels.job_name }} refuses {{ $value | humanizePercentage }} of its records",
    ),
    Alert(
        name="ModelRefused",
        severity="ticket",
        expression=f"max by (job_name) ({MODELS_REFUSED.name}) > 0",
        hold="1m",
        summary="{{ $labels.job_name }} cannot use {{ $value }} published versions of models",
    ),
    Alert(
        name="JobRestarts",
        severity="ticket",
        expression=f"max by (job_name) (increase({RESTARTS.name}[${{15m}}])) >= 3",
        hold="0s",
        summary="{{ $labels.job_name }} keeps restarting",
    ),
    Alert(
        name="CampaignSilent",
        severity="ticket",
        expression=(
            f"max by (campaign) ({CAMPAIGN_LIVE.name}) == 1"
            f" and on (campaign) (sum by (campaign) (increase({CAMPAIGN_DECISIONS.name}[${{6h}}] offset ${{1d}})) >= 20)"
            f" unless on (campaign) (sum by (campaign) (increase({CAMPAIGN_DECISIONS.name}[${{6h}}])) > 0)"
        ),
        hold="10m",
        summary="The campaign {{ $labels.campaign }} is live and decides nothing, unlike at this time yesterday",
    ),
    Alert(
        name="NoJob",
        severity="page",
        expression=(
            f"sum({RUNNING_JOBS.name}) < 1 or absent({RUNNING_JOBS.name})"
            f" or max by (job_name) ({WATCHED.name}) unless on (job_name) {RESTARTS.name} and on () sum({RUNNING_JOBS.name}) >= 1"
        ),
        hold="1m",
        summary="{{ with $labels.job_name }}{{ . }} does not run{{ else }}No job runs{{ end }}: nothing is decided",
    ),
    Alert(
        name="NothingSent",
        severity="page",
        expression=(
            f"(sum by (job_name) (increase({ENGINE['actions'].name}[${{1h}}] offset ${{1d}})) >= 50"
            f" unless sum by (job_name) (increase({ENGINE['actions'].name}[${{1h}}])) > 0)"
            f' unless on () {SWITCHED_OFF.name}{{what="all"}}'
            f" and on (job_name) {RESTARTS.name}"
        ),
        hold="5m",
        summary="{{ $labels.job_name }} has sent nothing for an hour, and {{ $value | humanize }} messages in that hour of yesterday",
    ),
    Alert(
        name="TooLateToSend",
        severity="page",
        expression=_share(
            f'{REASON_DECISIONS.name}{{job_name=~".+-live",reason=~"{"|".join(TOO_LATE)}"}}',
            f'{REASON_DECISIONS.name}{{job_name=~".+-live"}}',
            "${15m}",
            above=0.1,
        ),
        hold="5m",
        summary="{{ $value | humanizePercentage }} of the decisions of {{ $labels.job_name }} come too late, so nothing is sent",
    ),
    Alert(
        name="ModelMissing",
        severity="ticket",
        expression=_share(f'{MODEL_DECISIONS.name}{{model_reason=~"{"|".join(MODEL_ABSENT)}"}}', MODEL_DECISIONS.name, "${30m}", above=0.2),
        hold="5m",
        summary="{{ $value | humanizePercentage }} of the decisions of {{ $labels.job_name }} that ask a model get no score",
    ),
    Alert(
        name="ClockSkew",
        severity="ticket",
        expression=_share(ENGINE["clamped_events"].name, ENGINE["events"].name, "${30m}", above=0.02),
        hold="10m",
        summary="{{ $value | humanizePercentage }} of the events of {{ $labels.job_name }} are dated more than five minutes ahead",
    ),
    Alert(
        name="ScheduledRunFailed",
        severity="ticket",
        expression=(
            f"max by (schedule_job) ({SCHEDULE_STATUS.name}) != 0 or sum by (schedule_job) (increase({SCHEDULE_LOOK_FAILURES.name}[${{1h}}])) >= 3"
        ),
        hold="0s",
        summary="The scheduled {{ $labels.schedule_job }} failed: models stay as they are",
    ),
    Alert(
        name="InterestExpired",
        severity="ticket",
        expression=f'sum by (event) (increase({INTEREST_ENDED.name}{{ended="expired"}}[${{1h}}])) > 20',
        hold="0s",
        summary="{{ $value | humanize }} people were not notified of {{ $labels.event }}: their turn came too late",
    ),
    Alert(
        name="InterestStalled",
        severity="ticket",
        expression=f'sum({INTEREST_WAITING.name}) > 0 unless on () sum(increase({INTEREST_ENDED.name}{{ended="handed over"}}[${{15m}}])) > 0',
        hold="5m",
        summary="{{ $value }} people wait to hear of a price or stock, and nobody did for 15 minutes",
    ),
    Alert(
        name="CampaignHeld",
        severity="page",
        expression=f"max by (campaign) ({HELD_CAMPAIGN.name}) == 1",
        hold="0s",
        summary="{{ $labels.campaign }} is out of line and held: a person has to release or drop what it wants to send",
    ),
    Alert(
        name="ModelDrifted",
        severity="ticket",
        expression=f"max by (model, version, campaign, about) ({DRIFT_FOUND.name}) == 1",
        hold="10m",
        summary="The {{ $labels.about }} of {{ $labels.model }}:{{ $labels.version }} drifted in the campaign {{ $labels.campaign }}",
    ),
    Alert(
        name="NotMonitored",
        severity="page",
        expression=f"absent({MONITORED.name}) or time() - min(max by (source) ({MONITORED.name})) > $[{MONITORED_S}s]",
        hold="1m",
        summary="The monitor does not read Kafka, so other alerts cannot fire",
    ),
)


def rules(shorter: Callable[[Alert], float] = lambda alert: 1.0) -> dict[str, Any]:
    """The content of a rules file of Prometheus. Every duration of an alert is multiplied by what `shorter` says."""
    return {"groups": [{"name": "kairos", "rules": [_rule(alert, shorter(alert)) for alert in ALERTS]}]}


def _rule(alert: Alert, factor: float) -> dict[str, Any]:
    def spelled(match: re.Match[str]) -> str:
        milliseconds = parse_duration(match[1] or match[2]) * factor
        return _duration(milliseconds) if match[1] else f"{milliseconds / 1000:g}"

    return {
        "alert": alert.name,
        "expr": DURATION.sub(spelled, alert.expression),
        "for": _duration(parse_duration(alert.hold) * factor if alert.hold != "0s" else 0),
        "labels": {"severity": alert.severity},
        "annotations": {"summary": alert.summary, "runbook": f"{RUNBOOK}{alert.name.lower()}"},
    }


def _duration(milliseconds: float) -> str:
    """A duration as Prometheus writes it, in the largest unit that fits."""
    whole = round(milliseconds)
    for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if whole % length == 0 and (whole or unit == "s"):
            return f"{whole // length}{unit}"
    return f"{whole}ms"
