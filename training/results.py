"""The results of a training: the file in the store, and a folder with model, manifest, card and picture."""

import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from training.card import card
from training.errors import TrainingError
from training.evaluate import Evaluation
from training.export import INPUT, OUTPUT
from training.manifest import AgreedParity, Cache, Manifest, Score, Trained, written
from training.measures import Estimate
from training.plot import plot
from training.run import Learned, Task
from training.store import Store


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


def keep(learned: Learned, task: Task, *, name: str, store: Store, out: Path, at: int, cache: Cache | None = None) -> tuple[Manifest, Path]:
    """Store the file and write the folder `<out>/<name>-<version>`; `at` is the time of the training. Raises StoreError or TrainingError."""
    uri, sha256 = store.put(learned.exported)
    made = manifest(learned, task, name=name, uri=uri, sha256=sha256, at=at, cache=cache)
    folder = out / f"{name}-{made.version}"
    try:
        _write(folder, made, learned, task)
    except OSError as error:
        raise _unwritable(folder, error) from error
    return made, folder


def _write(folder: Path, made: Manifest, learned: Learned, task: Task) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(learned.exported)
    (folder / "manifest.json").write_bytes(msgspec.json.format(msgspec.json.encode(made.document()), indent=2) + b"\n")
    text = card(
        made,
        learned.evaluation,
        goal=task.goal,
        within=task.within,
        campaign=task.campaign,
        history=task.source.name,
        settings=str(learned.fitted.settings),
        left_out=learned.chosen.left_out,
        split_at=learned.parts.at,
        last=learned.parts.test[-1].at,
    )
    (folder / "card.md").write_text(text, encoding="utf-8")
    plot(learned.evaluation, learned.scores, folder / "calibration.png", title=f"{made.model} {made.version}")


def manifest(learned: Learned, task: Task, *, name: str, uri: str, sha256: str, at: int, cache: Cache | None = None) -> Manifest:
    """The manifest of a model stored at `uri`."""
    train = learned.parts.train
    return Manifest(
        model=name,
        version=sha256[:12],
        uri=uri,
        sha256=sha256,
        bytes=len(learned.exported),
        task="binary",
        classes=[0, 1],
        inputs=written(learned.chosen.inputs),
        input=INPUT,
        output=OUTPUT,
        score=Score(index=1),
        feature_version=task.book.features.version,
        trained=Trained(from_=train[0].at, to=train[-1].at, rows=len(train), positives=sum(row.label for row in train), at=at),
        metrics=metrics(learned.evaluation),
        parity=AgreedParity(rows=learned.parity.rows, max_abs_difference=learned.parity.max_abs_difference),
        cache=cache,
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
    }


def _triple(found: Estimate) -> dict[str, float]:
    return {"value": round(found.value, 6), "low": round(found.low, 6), "high": round(found.high, 6)}
