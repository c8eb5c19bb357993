"""The results of a training: the file in the store, and a folder with model, manifest, card and picture."""

import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from training.card import card
from training.errors import TrainingError
from training.evaluate import Evaluation
from training.export import INPUT, OUTPUT
from training.gate import Parity
from training.goal import Goal, goal_of
from training.importance import importance
from training.inputs import Chosen, matrix
from training.manifest import AgreedParity, Cache, Manifest, Predicted, Score, Trained, written
from training.measures import Estimate
from training.plot import plot, plot_lift
from training.reference import reference
from training.rows import Row
from training.run import Learned, Task
from training.split import Split
from training.store import Store
from udfs.core.features.model_inputs import Input
from udfs.scoring.contributions import per_input
from udfs.scoring.trees import NoTrees, trees_of

ROWS = 500
"""Test rows by which the card says what moves the score."""


def require_writable(out: Path) -> None:
    """Refuse a folder that cannot be written to, before hours of work. The attempt leaves nothing behind. Raises TrainingError."""
    made: list[Path] = []
    try:
        made = [each for each in (out, *out.parents) if not each.exists()]
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise _unwritable(out, error) from error
    finally:
        for each in made:
            with suppress(OSError):
                each.rmdir()


def _unwritable(out: Path, error: OSError) -> TrainingError:
    return TrainingError(f"cannot write to {out} ({error.strerror or error}): name a folder that can be written to with --out")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Everything that manifest, card and registry say of a model."""

    name: str
    goal: Goal
    within: int
    campaign: str
    history: str
    feature_version: str
    settings: str
    parts: Split[Row]
    chosen: Chosen
    evaluation: Evaluation
    scores: npt.NDArray[np.float64]
    exported: bytes
    parity: Parity


def outcome(learned: Learned, task: Task, *, name: str) -> Outcome:
    """The outcome of a training."""
    return Outcome(
        name=name,
        goal=goal_of(task.goal),
        within=task.within,
        campaign=task.campaign,
        history=task.source.name,
        feature_version=task.book.features.version,
        settings=f"{learned.fitted.title}: {learned.fitted.settings}",
        parts=learned.parts,
        chosen=learned.chosen,
        evaluation=learned.evaluation,
        scores=learned.scores,
        exported=learned.exported,
        parity=learned.parity,
    )


def keep(learned: Learned, task: Task, *, name: str, store: Store, out: Path, at: int, cache: Cache | None = None) -> tuple[Manifest, Path]:
    """Store the file and write the folder `<out>/<name>-<version>`; `at` is the time of the training. Raises StoreError or TrainingError."""
    found = outcome(learned, task, name=name)
    uri, sha256 = store.put(learned.exported)
    made = manifest(found, uri=uri, sha256=sha256, at=at, cache=cache)
    folder = out / f"{name}-{made.version}"
    try:
        write(folder, made, found)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return made, folder


def write(folder: Path, made: Manifest, found: Outcome, fairness: Sequence[str] = ()) -> None:
    """Write model, manifest, card and picture. `fairness`: the section of the card about groups."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(found.exported)
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(made.document()), indent=2) + b"\n")
    text = card(
        made,
        found.evaluation,
        goal=found.goal,
        within=found.within,
        campaign=found.campaign,
        history=found.history,
        settings=found.settings,
        left_out=found.chosen.left_out,
        split_at=found.parts.at,
        last=found.parts.test[-1].at,
        moves=moves(found.exported, found.chosen.inputs, found.parts.test),
        fairness=fairness,
    )
    (folder / "card.md").write_text(text, encoding="utf-8")
    title = f"{made.model} {made.version}"
    plot(found.evaluation, found.scores, folder / "calibration.png", title=title)
    plot_lift(found.evaluation, folder / "lift.png", title=title)


def moves(exported: bytes, inputs: Sequence[Input], test: Sequence[Row]) -> dict[str, float] | str:
    """Feature -> how much it moves the answers of the test rows, those that move them most first; or why nobody knows. Of many rows some are asked,
    evenly over time."""
    try:
        trees = trees_of(exported)
    except NoTrees as problem:
        return str(problem)
    rows = matrix(inputs, test[:: max(1, len(test) // ROWS)])
    moved = per_input(importance(trees, rows), [each.width for each in inputs])
    found = dict(zip((each.feature for each in inputs), moved.tolist(), strict=True))
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def manifest(found: Outcome, *, uri: str, sha256: str, at: int, cache: Cache | None = None, because: dict[str, str | None] | None = None) -> Manifest:
    """The manifest of a model stored at `uri`."""
    train = found.parts.train
    return Manifest(
        model=found.name,
        version=sha256[:12],
        uri=uri,
        sha256=sha256,
        bytes=len(found.exported),
        task="binary",
        classes=[0, 1],
        inputs=written(found.chosen.inputs),
        input=INPUT,
        output=OUTPUT,
        score=Score(index=1),
        feature_version=found.feature_version,
        trained=Trained(from_=train[0].at, to=train[-1].at, rows=len(train), positives=sum(row.label for row in train), at=at),
        metrics=metrics(found.evaluation),
        parity=AgreedParity(rows=found.parity.rows, max_abs_difference=found.parity.max_abs_difference),
        cache=cache,
        reference=reference(found.chosen.inputs, train),
        goal=Predicted(events=list(found.goal.events), within_ms=found.within, absent=found.goal.absent),
        because=because or {},
    )


def metrics(evaluation: Evaluation) -> dict[str, object]:
    """The figures of the test rows, in the form of the manifest."""
    return {
        "rows": evaluation.rows,
        "share": round(evaluation.share, 6),
        **{name: _triple(found) for name, found in evaluation.model.items()},
        "baseline": {name: _triple(found) for name, found in evaluation.baseline.items()},
        "difference": {name: _triple(found) for name, found in evaluation.difference.items()},
        "calibration_error": round(evaluation.calibration_error, 6),
        "lift": round(evaluation.lift[0].lift, 6) if evaluation.lift else 0.0,
    }


def _triple(found: Estimate) -> dict[str, float]:
    return {"value": round(found.value, 6), "low": round(found.low, 6), "high": round(found.high, 6)}
