"""The report of `kairos status`: processes, the job and its state, topics."""

import time
from typing import Any

import psutil

from jobs.control import TopicUnusable
from jobs.kafka.connect import KafkaRefused, KafkaUnavailable
from jobs.options import Options
from services.control.listing import published
from services.control.switches import in_words, switched_off
from services.devstack import lifecycle, processes
from services.devstack.settings import Settings
from services.flink.rest import ClusterError, Rest

CONTROL = Options().control_topic


def report(settings: Settings) -> tuple[bool, list[str]]:
    """Whether everything works, and the lines to show."""
    wanted, alive = processes.programs(pids=settings.pids), lifecycle.alive(settings)
    if not wanted:
        return False, [f"nothing runs in {settings.home}: `kairos up` starts it"]
    lines = [_process(name, alive.get(name)) for name in wanted]
    lines.append(f"Kafka {settings.brokers}, Flink {settings.rest}, clock {settings.clock}, logs {settings.logs}")
    healthy = len(alive) == len(wanted)
    try:
        rest = Rest(settings.job_manager_addresses)
        jobs = rest.unfinished()
        lines += [_job(rest, job) for job in jobs] or ["no job: `kairos submit` starts it"]
        healthy = healthy and all(job["state"] == "RUNNING" for job in jobs)
    except ClusterError as problem:
        lines.append(str(problem))
        healthy = False
    return healthy, [*lines, *_switches(settings)]


def _switches(settings: Settings) -> list[str]:
    """What is switched off. A broker that does not answer is reported elsewhere."""
    try:
        return [f"✗ {in_words(switch)}" for switch in switched_off(published(settings.brokers, CONTROL))]
    except (KafkaUnavailable, KafkaRefused, TopicUnusable):
        return []


def _process(name: str, found: psutil.Process | None) -> str:
    if found is None:
        return f"✗ {name}: died (`kairos up` starts it again)"
    try:
        minutes = (time.time() - found.create_time()) / 60
        return f"✓ {name}: process {found.pid}, {minutes:.0f} min, {found.memory_info().rss / 2**20:.0f} MB"
    except psutil.NoSuchProcess:
        return f"✗ {name}: just died"


def _job(rest: Rest, job: dict[str, Any]) -> str:
    told = rest.checkpoints(job["jid"])
    counts, latest = told["counts"], (told.get("latest") or {}).get("completed") or {}
    mark = "✓" if job["state"] == "RUNNING" else "✗"
    size = f", {latest['state_size'] / 1024:.0f} KB in {latest['end_to_end_duration']} ms" if latest else ""
    return f"{mark} job {job['name']} ({job['jid']}): {job['state']}, {counts['completed']} checkpoints{size}"
