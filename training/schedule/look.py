"""Whether a training is due by its rows or by drift: history is replayed as the training would do it, and its new decisions are looked at.

A window of drift ends when it has enough rows and spans enough time. Every window is compared with the reference of the newest version that
the training has registered, so that drift which a new version has already learned is not found again.
"""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from services.model_versions.place import opened
from training.champion import manifest_in
from training.drift import Drift, drifts, in_a_row
from training.inputs import Floats
from training.manifest import Manifest, read
from training.reference import ids
from training.replay import Replay
from training.run import Task
from training.schedule.plan import DriftRule, Job
from training.schedule.state import OfJob
from training.steps.dataset import task_of
from udfs.core.features.model_inputs import encode
from udfs.core.records import Decision

IN_A_ROW = 2


class Looked(msgspec.Struct, kw_only=True):
    """What was found."""

    why: str | None = None
    """Why the job is due; None: it is not."""
    rows: int = 0
    """New rows, each with the end of its window in the history."""
    window: int = 0
    """Where the next window of drift begins, epoch milliseconds."""
    drifted: dict[str, int] = {}
    """Feature -> in how many windows in a row it has drifted."""
    note: str = ""
    """Why drift could not be looked for."""
    windows: list[list[Drift]] = []
    """Every window that was complete, with each feature."""


def look(job: Job, of: OfJob, *, brokers: str | None = None) -> Looked:
    """Look at the decisions since the last run. Raises KairosError if history cannot be read."""
    assert job.train is not None
    task = task_of(job.train, brokers=brokers)
    found = Looked(window=of.window, drifted=dict(of.drifted))
    decisions, last = _decisions(task)
    found.rows = sum(of.until < each.at + task.within <= last for each in decisions)
    if job.rows and found.rows >= job.rows:
        found.why = f"{found.rows:,} new rows"
    if job.drift:
        _drift(found, job, job.drift, task, decisions)
    return found


def _decisions(task: Task) -> tuple[list[Decision], int]:
    """The decisions of which the rows are made, in order of time, and the newest event."""
    replay = Replay(task.book, goal=task.goal, campaign=task.campaign, links_ids=task.source.links_ids)
    seen = [decision for decision, _ in replay.decisions(task.source.read())]
    kept = [each for each in seen if task.anonymous or each.user_id not in replay.strangers]
    return sorted(kept, key=lambda each: (each.at, each.decision_id)), replay.last


def _drift(found: Looked, job: Job, rule: DriftRule, task: Task, decisions: Sequence[Decision]) -> None:
    assert job.train is not None
    registry = opened(job.train.registry)
    versions = registry.versions(job.train.name) if job.train.name in registry.models() else []
    if not versions:
        return  # nothing was learned yet: there is nothing to compare with
    manifest = manifest_in(versions[0])
    if not manifest.reference:
        found.note = f"{job.train.name} {manifest.version} keeps no distribution of its inputs: drift is looked for from the next version on"
        return
    found.window = max(found.window, manifest.trained.to)
    for window in windows([each for each in decisions if each.at > found.window], rule):
        now = compared(manifest, window, task, rule)
        found.windows.append(now)
        found.drifted, found.window = in_a_row(found.drifted, now), window[-1].at
        if long := [each for each in now if found.drifted.get(each.feature, 0) >= IN_A_ROW]:
            told = ", ".join(f"{each.feature} (PSI {each.psi:.3f}, over {each.cut:.3f})" for each in long[:3])
            more = f" and {len(long) - 3} more" if len(long) > 3 else ""
            found.why = found.why or f"drift of {told}{more} in two windows in a row"


def windows(decisions: Sequence[Decision], rule: DriftRule) -> Iterator[list[Decision]]:
    """Decisions in windows that have enough rows and span enough time; those after the last whole window are left for later."""
    window: list[Decision] = []
    for n, each in enumerate(decisions):
        window.append(each)
        later = decisions[n + 1].at if n + 1 < len(decisions) else None
        if len(window) >= rule.rows and later is not None and later > each.at and each.at - window[0].at >= rule.window:
            yield window
            window = []


def compared(manifest: Manifest, window: Sequence[Decision], task: Task, rule: DriftRule) -> list[Drift]:
    """A window against the reference. A feature that has another definition now is left out: its values mean something else."""
    inputs = [each for each in read(manifest.inputs) if not each.steps]  # what drifts is compared number by number
    x: Floats = np.array([encode(inputs, each.features) for each in window], dtype=np.float32).reshape(len(window), len(inputs))
    now = task.book.features.features
    same = {each.feature: manifest.reference[each.feature] for each in manifest.inputs if each.feature in manifest.reference
            and each.feature in now and now[each.feature].definition == each.definition}  # fmt: skip
    people = ids([each.user_id for each in window])
    return drifts(same, [each.feature for each in inputs], x, people, false_discovery=rule.false_discovery, without=rule.without)
