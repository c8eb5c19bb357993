"""`python -m training compare`: the estimators of a training file, on the same rows, in one table."""

from collections.abc import Sequence
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.documents.training_shape import READ_STEPS
from training import options
from training.compare import Compared, compare, parts_of
from training.config import Config, read_config, require_goal
from training.pipeline import run as run_steps
from training.pipeline_command import FILE, Lines
from training.steps.folder import RunFolder, following, latest
from training.steps.material import material
from training.steps.step import Run

TABLE, PAGE = "compare.json", "compare.md"
TITLES = ("estimator", "settings", "AUC", "AP", "Brier", "by fold", "calibration", "lift", "fit", "size", "a row", "parity")


@click.command(name="compare")
@click.argument("config", type=FILE)
@options.with_brokers
def compare_(*, config: Path, brokers: str | None) -> None:
    """Compare estimators on the rows of the training file CONFIG: those of its latest run, or of a new one if there is none that fits."""
    read, console = read_config(config), Console()
    require_goal(read, "compare")
    folder = RunFolder(latest(read.runs) or following(read.runs))
    run_steps(read, folder, Lines(console), until="dataset", brokers=brokers)
    found = material(Run(config=read, folder=folder, at=0))
    parts = parts_of(found.rows, found.parts, folds=read["folds"], seed=read["seed"])
    named = read.compared
    if not read["compare"] and not any(each.steps for each in found.chosen.inputs):
        named = [each for each in named if each not in READ_STEPS]
        left_out = f"{' and '.join(READ_STEPS)} are left out: no input of this run keeps the steps of a visit (docs/models-forecast.md)"
        console.print(left_out, highlight=False, soft_wrap=True)
    made: list[Compared] = []
    with console.status("comparing") as status:
        for each in compare(named, parts, found.chosen.inputs, within=found.facts.within, seed=read["seed"]):
            made.append(each)
            status.update(f"compared: {', '.join(done.estimator for done in made)}")
    made.sort(key=lambda each: -each.figures["ap"].value)
    folder.put(TABLE, made)
    folder.write(PAGE, _page(made).encode())
    table = Table(*TITLES, box=SIMPLE_HEAD)
    for each in made:
        table.add_row(*_cells(each))
    wide = console if console.is_terminal else Console(width=220)
    wide.print(table)
    wide.print(_about(read, made), highlight=False, soft_wrap=True)


def _cells(each: Compared) -> list[str]:
    figures = [each.figures[name].brief() for name in ("auc", "ap", "brier")]
    fold = f"{each.by_fold['auc']:.4f}, {each.by_fold['ap']:.4f}"
    rest = [
        f"{each.calibration_error:.4f}",
        f"{each.lift:.2f}",
        f"{each.fit_s:.1f} s",
        f"{each.bytes:,} B",
        f"{each.row_us:.0f} us",
        f"{each.parity:.0e}",
    ]
    return [each.estimator, each.settings, *figures, fold, *rest]


def _about(config: Config, made: Sequence[Compared]) -> str:
    how = f"{config['folds']} folds" if config["folds"] else "learned before, scored after"
    return f"{made[0].rows:,} rows, {how}; scored by the ONNX files; intervals over users. By fold: mean AUC and AP. A row: scored alone."


def _page(made: Sequence[Compared]) -> str:
    lines = ["| " + " | ".join(TITLES) + " |", "|" + "---|" * len(TITLES), *("| " + " | ".join(_cells(each)) + " |" for each in made), ""]
    return "\n".join(lines)
