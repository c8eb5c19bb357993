"""A schedule, read: which jobs there are, and when each is due. Paths are relative to the file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.devstack import settings
from services.documents.findings import BadFile, Finding
from services.documents.fitting import problems
from services.documents.schedule_shape import CALENDAR, DAYS, DRIFT, SCHEDULE
from services.documents.yaml12 import YamlDocument, read
from services.metrics.serve import is_loopback
from training.config import A, Config, read_config
from training.recommend.config import RecommendConfig, read_recommend
from training.schedule.times import Calendar, Every, Hourly, Times
from udfs.core.values.document_reader import share_of
from udfs.core.values.durations import MINUTE, parse_duration

DEFAULTS: Mapping[str, Any] = {key: each["default"] for key, each in SCHEDULE["properties"].items() if "default" in each}
OF_DRIFT: Mapping[str, Any] = {key: each["default"] for key, each in DRIFT["properties"].items() if "default" in each}
KINDS = frozenset({"train", "recommend", "check", "membership"})
"""What a job may do: one of these."""
WEEKDAY, DAY = "monday", 1


@dataclass(frozen=True, kw_only=True)
class DriftRule:
    """When features count as drifted. `window` is in milliseconds."""

    rows: int
    window: int
    false_discovery: float
    without: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that runs again and again: a training, a recommender, or a check of the data or of segments."""

    name: str
    train: Config | None
    recommend: RecommendConfig | None = None
    check: Mapping[str, Any] | None
    membership: Sequence[str] = ()
    """Of a check of segments: what `python -m training membership` is called with."""
    times: Times | None
    rows: int | None = None
    drift: DriftRule | None = None

    @property
    def learns(self) -> Config | RecommendConfig | None:
        """The file that it runs; None: it is a check."""
        return self.train or self.recommend

    def missed(self, since: datetime, now: datetime) -> bool:
        """Whether it was due by its times after `since` and until now."""
        return self.times is not None and self.times.after(since) <= now


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The whole schedule."""

    name: str
    file: Path
    jobs: Mapping[str, Job]
    look: timedelta
    attempts: int
    webhook: str | None
    state: Path

    @property
    def looks(self) -> bool:
        """Whether any job waits for rows or drift."""
        return any(job.rows or job.drift for job in self.jobs.values())

    def report(self, job: Job) -> Path:
        """The folder of a check's report."""
        told = (job.check or {}).get("report")
        return self.file.parent / Path(told).expanduser() if told else self.state / "checks" / job.name


def read_plan(file: Path) -> Plan:
    """Read a schedule and its training files. Raises BadFile with everything that is wrong with it, line by line."""
    source = read(file)
    found = [source.finding(each.path, each.message, suggestion=each.suggestion, key=each.at_key) for each in problems(SCHEDULE, source.value)]
    if found or (found := list(_meaning(source, file))):
        raise BadFile(found)
    document = {**DEFAULTS, **source.value}
    zone = ZoneInfo(document["time_zone"])
    jobs = [_job(each, file, zone) for each in document["jobs"]]
    state = document.get("state")
    return Plan(
        name=document["schedule"],
        file=file,
        jobs={job.name: job for job in jobs},
        look=timedelta(milliseconds=parse_duration(document["look"])),
        attempts=document["attempts"],
        webhook=document.get("alerts", {}).get("webhook"),
        state=file.parent / Path(state).expanduser() if state else settings.home() / "training" / "schedule" / document["schedule"],
    )


def _job(document: Mapping[str, Any], file: Path, zone: ZoneInfo) -> Job:
    learns = _file(document, file)
    return Job(
        name=_name(document, file),
        train=learns if isinstance(learns, Config) else None,
        recommend=learns if isinstance(learns, RecommendConfig) else None,
        check=document.get("check"),
        membership=_membership(document["membership"], file) if "membership" in document else (),
        times=_times(document, zone) if "every" in document else None,
        rows=document.get("rows"),
        drift=_drift(document["drift"]) if "drift" in document else None,
    )


def _membership(told: Mapping[str, Any], file: Path) -> list[str]:
    """The words of the command."""
    history = told.get("history", {})
    beside = {"--history": history.get("file"), "--features": told.get("features")}
    plain = {"--source": history.get("format"), "--topic": history.get("topic"), "--brokers": history.get("brokers")}
    plain |= {"--link-ids": history.get("link_ids"), "--bound": told.get("bound"), "--lake": _place(history.get("lake"), file)}
    words = [str(file.parent / Path(told["manifest"]).expanduser())]
    words += [word for key, value in beside.items() if value for word in (key, str(file.parent / Path(value).expanduser()))]
    words += [word for key, value in plain.items() if value for word in (key, str(value))]
    return [*words, *(["--anonymous"] if told.get("anonymous") else [])]


def _place(told: str | None, file: Path) -> str | None:
    """A folder next to the file, or a URI as it is."""
    return told if told is None or "://" in told else str(file.parent / Path(told).expanduser())


def _drift(document: Mapping[str, Any]) -> DriftRule:
    told = {**OF_DRIFT, **document}
    return DriftRule(
        rows=told["rows"],
        window=parse_duration(told["window"]),
        false_discovery=share_of(told["false_discovery"]),
        without=frozenset(told.get("without", ())),
    )


def _name(document: Mapping[str, Any], file: Path) -> str:
    if "name" in document:
        return str(document["name"])
    learns = _file(document, file)
    return learns.name if learns is not None else "membership" if "membership" in document else "check"


def _file(document: Mapping[str, Any], file: Path) -> Config | RecommendConfig | None:
    """What the job runs, read. Raises BadFile."""
    if "train" in document:
        return read_config(file.parent / Path(document["train"]).expanduser())
    return read_recommend(file.parent / Path(document["recommend"]).expanduser()) if "recommend" in document else None


def _times(document: Mapping[str, Any], zone: ZoneInfo) -> Times:
    every, at = document["every"], document.get("at")
    if every == "hourly":
        return Hourly(int(at[1:]) if at else 0, zone)
    if every not in CALENDAR:
        return Every(timedelta(milliseconds=parse_duration(every)))
    clock = time.fromisoformat(at or "00:00")
    if every == "weekly":
        return Calendar(zone=zone, at=clock, weekday=DAYS.index(document.get("weekday", WEEKDAY)))
    return Calendar(zone=zone, at=clock, day=document.get("day", DAY) if every == "monthly" else None)


def _meaning(source: YamlDocument, file: Path) -> Iterator[Finding]:
    """What the shape cannot say."""
    document = source.value
    try:
        ZoneInfo(document.get("time_zone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield source.finding(("time_zone",), f"{document['time_zone']!r} is not a time zone", suggestion="write one such as Europe/London")
    yield from _of_webhook(source, document.get("alerts", {}).get("webhook"))
    if parse_duration(document.get("look", DEFAULTS["look"])) < MINUTE:
        yield source.finding(("look",), f"{document['look']} is too often: each look replays the history", suggestion="write a minute or more")
    names: dict[str, int] = {}
    for n, job in enumerate(document["jobs"]):
        yield from _of_job(source, job, n, file)
        if len(KINDS & job.keys()) == 1 and not any(_bad_training(job, file)):
            name = _name(job, file)
            if name in names:
                yield source.finding(("jobs", n), f"is named {name!r} like job {names[name] + 1}", suggestion="give one of them another `name`")
            names.setdefault(name, n)


def _of_webhook(source: YamlDocument, webhook: str | None) -> Iterator[Finding]:
    path = ("alerts", "webhook")
    if webhook is None:
        return
    try:
        told = urlsplit(webhook)
        host = told.hostname if told.port != 0 else None
    except ValueError as error:
        yield source.finding(path, f"is no address ({error})", suggestion="write one such as https://example.com/hooks/kairos")
        return
    if not host:
        yield source.finding(path, "names no host")
    elif told.scheme == "http" and not is_loopback(host):
        yield source.finding(path, "is not encrypted", suggestion="write https, or an address of this machine")


def _of_job(source: YamlDocument, job: Mapping[str, Any], n: int, file: Path) -> Iterator[Finding]:
    path = ("jobs", n)
    every = job.get("every")
    if len(does := sorted(KINDS & job.keys(), reverse=True)) != 1:
        told = f"says {' and '.join(f'`{each}`' for each in does)}" if does else "says none of `train`, `recommend`, `check` and `membership`"
        yield source.finding(path, told, suggestion="say one")
    if every is None and not ({"rows", "drift"} & job.keys()):
        yield source.finding(path, "is never due", suggestion="say `every`, `rows` or `drift`")
    for kind, called in (("check", "a check"), ("membership", "a check of segments"), ("recommend", "a recommender")):
        if kind in job and (extra := sorted({"rows", "drift"} & job.keys())):
            yield source.finding((*path, extra[0]), f"is for a training, and this is {called}", suggestion="say `every`")
    if "lake" in job.get("check", {}).get("history", {}):
        where = (*path, "check", "history", "lake")
        yield source.finding(where, "is not read by a check: freshness and duplicates are those of a topic", suggestion="name a `topic` or a `file`")
    if every is not None and every not in CALENDAR and parse_duration(every) < MINUTE:
        yield source.finding((*path, "every"), f"{every} is too often", suggestion="write a minute or more")
    for key, kinds in (("at", CALENDAR), ("weekday", ("weekly",)), ("day", ("monthly",))):
        if key in job and every not in kinds:
            yield source.finding((*path, key), f"belongs to `every: {' | '.join(kinds)}`")
    if "at" in job and every in CALENDAR and job["at"].startswith(":") != (every == "hourly"):
        yield source.finding((*path, "at"), "of `hourly` is a minute such as :15; otherwise it is a time of day such as 02:30")
    for problem in _bad_training(job, file):
        yield source.finding((*path, "recommend" if "recommend" in job else "train"), problem)


def _bad_training(job: Mapping[str, Any], file: Path) -> Iterator[str]:
    try:
        config = _file(job, file)
        if isinstance(config, Config) and config.family != "goal" and (asked := sorted({"rows", "drift"} & job.keys())):
            yield f"{asked[0]} counts decisions, and {config.name} predicts {A[config.family]}: say `every`"
    except BadFile as error:
        yield str(error)
