"""The figures of `kairos top`, from two readings of what the monitor exports. Pure: time comes with the readings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isnan

from services.metrics.text import Sample
from udfs.metrics.declared import DECLARED
from udfs.metrics.engine import CAMPAIGN_ACTIONS, CAMPAIGN_DECISIONS, ENGINE, ENGINE_ERRORS, MODELS_REFUSED, REASON_DECISIONS
from udfs.metrics.flink import BUSY, CHECKPOINT_DURATION, CHECKPOINTS, RESTARTS, WATERMARK
from udfs.metrics.metric import Metric
from udfs.metrics.services import CAMPAIGN_LIVE, MONITORED, NEWEST_EVENT, SWITCHED_OFF, UNREAD, WATCHED

Series = tuple[str, frozenset[tuple[str, str]]]


_LABELS = {metric.name: metric.labels for metric in DECLARED}


class Reading:
    """What was exported at one moment (epoch seconds), without what says nothing: no number, or none of ours, which has its labels."""

    def __init__(self, at: float, found: Iterable[Sample]) -> None:
        self.at = at
        self.series: dict[Series, float] = {
            (each.name, frozenset(each.labels.items())): each.value
            for each in found
            if not isnan(each.value) and set(_LABELS.get(each.name, ())) <= each.labels.keys()
        }
        self._named: dict[str, list[tuple[Mapping[str, str], Series]]] = defaultdict(list)
        for key in self.series:
            self._named[key[0]].append((dict(key[1]), key))

    def of(self, metric: Metric, **wanted: str) -> list[tuple[Mapping[str, str], Series]]:
        """The labels and the key of each series of a metric that has these labels."""
        return [(labels, key) for labels, key in self._named[metric.name] if wanted.items() <= labels.items()]

    def values(self, metric: Metric, **wanted: str) -> list[float]:
        """The values of those series."""
        return [self.series[key] for _, key in self.of(metric, **wanted)]


@dataclass(frozen=True, kw_only=True)
class JobFigures:
    """One job. None: not known, because nothing says so yet. Rates are per second."""

    name: str
    runs: bool
    events: float | None
    decisions: float | None
    messages: float | None
    refused: float | None
    behind: float | None
    """Seconds that its time is behind the clock; None for a replay, whose time is that of history."""
    unread: float | None
    busy: float | None
    """The share of time that its busiest task works, 0 to 1."""
    checkpoints: float | None
    checkpoint_ms: float | None
    restarts: float | None
    models_refused: float | None
    faults: float | None
    """Events and candidates that the engine failed on, since the processes of the job started."""


@dataclass(frozen=True, kw_only=True)
class CampaignFigures:
    """One campaign, over all jobs."""

    name: str
    live: bool | None
    decisions: float
    messages: float
    """Both since the processes of the job started."""
    rate: float | None
    """Decisions a second."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything that is shown."""

    jobs: Sequence[JobFigures]
    campaigns: Sequence[CampaignFigures]
    reasons: Mapping[str, float] = field(default_factory=dict)
    """Decisions by reason since the processes of the job started."""
    newest: Mapping[str, float] = field(default_factory=dict)
    """Topic -> the age, in seconds, of the newest record in the partition where it is oldest."""
    off: Sequence[str] = ()
    monitored: float | None = None
    """Seconds since the monitor last read Kafka."""


def overview(now: Reading, before: Reading | None) -> Overview:
    """The figures at `now`; rates are those since `before`, and unknown without it."""
    metrics = (*ENGINE.values(), WATERMARK, RESTARTS, UNREAD, WATCHED)
    names = {labels["job_name"] for metric in metrics for labels, _ in now.of(metric) if "job_name" in labels}
    named = {labels["campaign"] for metric in (CAMPAIGN_DECISIONS, CAMPAIGN_LIVE) for labels, _ in now.of(metric)}
    reasons: dict[str, float] = defaultdict(float)
    for labels, key in now.of(REASON_DECISIONS):
        reasons[labels["reason"]] += now.series[key]
    newest: dict[str, list[float]] = defaultdict(list)
    for labels, key in now.of(NEWEST_EVENT):
        newest[labels["topic"]].append(now.series[key])
    read = now.values(MONITORED, source="kafka")
    return Overview(
        jobs=[_job(name, now, before) for name in sorted(names)],
        campaigns=sorted((_campaign(name, now, before) for name in named), key=lambda each: (-each.decisions, each.name)),
        reasons=dict(sorted(((reason, count) for reason, count in reasons.items() if count), key=lambda each: -each[1])),
        newest={topic: now.at - min(held) for topic, held in newest.items()},
        off=sorted(labels["what"] for labels, _ in now.of(SWITCHED_OFF)),
        monitored=now.at - max(read) if read else None,
    )


def _job(name: str, now: Reading, before: Reading | None) -> JobFigures:
    def rate(metric: Metric) -> float | None:
        return _rate(metric, now, before, job_name=name)

    reached = [each for each in now.values(WATERMARK, job_name=name, operator_name="decide") if each > 0]
    busy = [each for each in now.values(BUSY, job_name=name) if not isnan(each)]  # a source does not know
    faults = [*now.values(ENGINE_ERRORS, job_name=name), *now.values(ENGINE["failures"], job_name=name)]
    return JobFigures(
        name=name,
        runs=bool(now.of(RESTARTS, job_name=name)),
        events=rate(ENGINE["events"]),
        decisions=rate(ENGINE["decisions"]),
        messages=rate(ENGINE["actions"]),
        refused=rate(ENGINE["records_rejected"]),
        behind=max(0.0, now.at - min(reached) / 1000) if reached and name.endswith("-live") else None,
        unread=_highest(now.values(UNREAD, job_name=name)),
        busy=max(busy) / 1000 if busy else None,
        checkpoints=_highest(now.values(CHECKPOINTS, job_name=name)),
        checkpoint_ms=_highest(now.values(CHECKPOINT_DURATION, job_name=name)),
        restarts=_highest(now.values(RESTARTS, job_name=name)),
        models_refused=_highest(now.values(MODELS_REFUSED, job_name=name)),
        faults=sum(faults) if faults else None,
    )


def _campaign(name: str, now: Reading, before: Reading | None) -> CampaignFigures:
    live = now.values(CAMPAIGN_LIVE, campaign=name)
    return CampaignFigures(
        name=name,
        live=bool(max(live)) if live else None,
        decisions=sum(now.values(CAMPAIGN_DECISIONS, campaign=name)),
        messages=sum(now.values(CAMPAIGN_ACTIONS, campaign=name)),
        rate=_rate(CAMPAIGN_DECISIONS, now, before, campaign=name),
    )


def _rate(metric: Metric, now: Reading, before: Reading | None, **wanted: str) -> float | None:
    """A series that is new, or lower than before, has begun at 0: its process is a new one."""
    found = now.of(metric, **wanted)
    if before is None or now.at <= before.at or not found:
        return None
    more = 0.0
    for _, key in found:
        value, earlier = now.series[key], before.series.get(key, 0.0)
        more += value - earlier if value >= earlier else value
    return more / (now.at - before.at)


def _highest(found: list[float]) -> float | None:
    return max(found, default=None)
