"""One training run, step by step, from history to a model that may be published."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from services.documents.training_shape import READ_STEPS
from training.absent import require_goal, require_rows
from training.alone import check_alone, check_whole
from training.baseline import baseline
from training.errors import SkewError, TrainingError
from training.estimators.all import DEFAULT
from training.evaluate import Evaluation, evaluate
from training.fit import Fitted, fit, require, require_difference, require_splittable
from training.gate import Parity, parity
from training.goal import Goal, goal_of
from training.history import HistorySource
from training.inputs import Chosen, choose, matrix, require_declared
from training.leak import check_again, check_dates, sample
from training.logged import Comparison, read_logged
from training.replay import Replay
from training.rows import Dataset, Row, dataset
from training.split import Split, instant_for, split
from udfs.core.campaigns.book import Book
from udfs.core.values.problems import did_you_mean

STRANGE = "none of the logged decisions occurs in the replay"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What to learn, and from what. Durations are in milliseconds, times in epoch milliseconds."""

    source: HistorySource
    book: Book
    campaign: str
    """The campaign whose decisions are the rows."""
    goal: str | Goal
    within: int
    decisions: Path | None = None
    """Logged decisions, whose vectors are compared with the replay's and then used. None: the replay's own vectors are used."""
    split_at: int | None = None
    test_share: float = 0.3
    anonymous: bool = False
    allow: Sequence[str] = ()
    without: Sequence[str] = ()
    checked: int = 50
    """How many rows are recomputed to find leaks."""
    estimator: str = DEFAULT
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Rows in which no leak was found, on both sides of the split, and the inputs chosen from the training rows."""

    data: Dataset
    parts: Split[Row]
    chosen: Chosen
    alone: Mapping[str, float]
    """Feature -> the AUC of that feature alone."""


@dataclass(frozen=True, kw_only=True)
class Learned:
    """A model with its evaluation. `exported` has passed the gate."""

    data: Dataset
    parts: Split[Row]
    chosen: Chosen
    fitted: Fitted
    evaluation: Evaluation
    scores: npt.NDArray[np.float64]
    exported: bytes
    parity: Parity


Noted = Callable[[Iterable[str]], None]
"""Called after the history was read, with notes of its reader."""


class Watcher(Protocol):
    """Receives the progress of a training."""

    def prepared(self, task: Task, data: Dataset, parts: Split[Row], chosen: Chosen) -> None:
        """The rows are ready."""

    def evaluated(self, fitted: Fitted, evaluation: Evaluation) -> None:
        """The model was evaluated."""


def learn(task: Task, watcher: Watcher, *, noted: Noted = lambda _: None) -> Learned:
    """Replay, check for leaks, split, fit, evaluate, export, compare. Raises a TrainingError that says what to fix."""
    made = prepare(task, noted)
    data, parts, chosen = made.data, made.parts, made.chosen
    watcher.prepared(task, data, parts, chosen)
    fitted = fit(parts.train, chosen.inputs, within=task.within, seed=task.seed, estimator=task.estimator)
    x = matrix(chosen.inputs, parts.test)
    scores = fitted.scores(x)
    require_difference(scores)
    evaluation = evaluate(parts.test, scores, baseline(parts.train, parts.test), seed=task.seed)
    check_whole(evaluation.model["auc"].value, made.alone, allowed=task.allow)
    watcher.evaluated(fitted, evaluation)
    exported = fitted.model.onnx()
    agreed = parity(exported, fitted.model.probabilities(x), x, parts.test)
    return Learned(data=data, parts=parts, chosen=chosen, fitted=fitted, evaluation=evaluation, scores=scores, exported=exported, parity=agreed)


def prepare(task: Task, noted: Noted = lambda _: None) -> Prepared:
    """Replay, check for leaks, split, choose inputs. Raises a TrainingError that says what to fix."""
    require_declared(task.without, task.book.features, to="leave out")
    require_declared(task.allow, task.book.features, to="vouch for")
    data = rows_of(task, noted)
    check_dates(data.rows)
    at = instant_for(data.rows, share=task.test_share) if task.split_at is None else task.split_at
    parts = split(data.rows, at=at, within=task.within)
    goal = str(goal_of(task.goal))
    require(parts.train, where="training", goal=goal)
    require_splittable(parts.train, estimator=task.estimator)
    require(parts.test, where="test", goal=goal)
    chosen = choose(parts.train, task.book.features, without=task.without, steps=task.estimator in READ_STEPS)
    check_again(sample(data.rows, task.checked), task.source.read().records, task.book, around=data.around)
    learned, x = matrix(chosen.inputs, parts.train), matrix(chosen.inputs, parts.test)
    alone = check_alone((learned, parts.train), chosen.inputs, test=(x, parts.test), allowed=task.allow)
    return Prepared(data=data, parts=parts, chosen=chosen, alone=alone)


def rows_of(task: Task, noted: Noted) -> Dataset:
    """The rows of a task. Raises LeakError or SkewError if a logged vector differs from the replayed one."""
    if task.campaign not in task.book.campaigns:
        known = did_you_mean(task.campaign, task.book.campaigns) or "there are " + ", ".join(task.book.campaigns)
        problem = f"no campaign {task.campaign!r} among those given: {known}"
        raise TrainingError(problem)
    replay = Replay(task.book, goal=task.goal, campaign=task.campaign, links_ids=task.source.links_ids)
    seen = replay.decisions(task.source.read())
    if task.decisions is None:
        data = dataset(seen, replay, within=task.within, anonymous=task.anonymous)
        noted(data.notes)
        require_goal(replay)
        require_rows(replay, data, task.campaign)
        return data
    comparison = Comparison(logged=read_logged(task.decisions, campaign=task.campaign))
    data = dataset(comparison.take(seen), replay, within=task.within, anonymous=task.anonymous)
    noted(data.notes)
    if not comparison.compared:
        problem = f"{STRANGE}: name the history (--history), the campaigns and the features that they came from"
        raise SkewError(problem)
    if comparison.mismatches:
        wrong = {mismatch.decision_id for mismatch in comparison.mismatches}
        check_again([row for row in data.rows if row.decision_id in wrong][:1], task.source.read().records, task.book, around=data.around)
        worst = ", ".join(f"{name} ({number:,})" for name, number in comparison.by_feature()[:5])
        problem = f"{len(wrong):,} of {comparison.compared:,} logged vectors differ from the replay: {worst}; `python -m training skew` lists them"
        raise SkewError(problem)
    require_goal(replay)
    require_rows(replay, data, task.campaign)
    if unmade := len(comparison.unmade):
        data = replace(data, left_out={**data.left_out, "logged, but not in the replay": unmade})
    return data
