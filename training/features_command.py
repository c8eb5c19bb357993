"""`python -m training features`: what each feature gives to the models of training files, and which features none of them needs."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.documents.files import load_campaign_files
from training.config import read_config, require_goal
from training.errors import TrainingError
from training.gate import session_of
from training.pipeline import folder_of
from training.pipeline_command import FILE
from training.steps.fit import CANDIDATE
from training.steps.material import material
from training.steps.step import Run
from training.unused import Gain, gains, unused

Model = tuple[Mapping[str, Gain], Mapping[str, str]]


@click.command()
@click.argument("configs", nargs=-1, required=True, type=FILE)
@click.option("--unused", "only_unused", is_flag=True, help="List only features from which none of these models gains.")
@click.option("--campaigns", type=click.Path(path_type=Path), multiple=True, metavar="FILE|DIR", help="Say which features these campaigns read.")
def features(*, configs: tuple[Path, ...], only_unused: bool, campaigns: tuple[Path, ...]) -> None:
    """What each feature gives to the models of the training files CONFIGS, by their latest runs."""
    models: dict[str, Model] = {}
    declared: dict[str, None] = {}
    for path in configs:
        config = read_config(path)
        require_goal(config, "features")
        run = Run(config=config, folder=folder_of(config, begin=False), at=0)
        if not run.folder.has(CANDIDATE):
            problem = f"the latest run of {config.name} has fitted no model: run `python -m training run {path}` first"
            raise TrainingError(problem)
        found = material(run)
        gained = gains(session_of(run.folder.read(CANDIDATE)), found.chosen.inputs, found.test(), found.parts.test, seed=config["seed"])
        models[config.name] = gained, found.facts.not_used
        declared |= dict.fromkeys(found.facts.definitions)
    readers = _readers(campaigns, declared)
    _show_unused(unused(list(declared), models), readers) if only_unused else _show(list(declared), models, readers)


def _readers(campaigns: Iterable[Path], declared: Iterable[str]) -> dict[str, list[str]]:
    """Feature -> the campaigns in whose file its name stands."""
    found: dict[str, list[str]] = {}
    for file in load_campaign_files(list(campaigns)) if campaigns else ():
        if file.kind in {"campaign", "segments"}:
            words = _words(file.document)
            for name in declared:
                if name in words:
                    found.setdefault(name, []).append(file.name)
    return found


def _words(value: object) -> set[str]:
    """Every word that stands in a document's texts: a name more than is read does no harm, a name less would."""
    if isinstance(value, Mapping):
        return set().union(*map(_words, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(_words, value)) if value else set()
    return set(re.findall(r"[a-z][a-z0-9_]*", value)) if isinstance(value, str) else set()


def _show(declared: list[str], models: Mapping[str, Model], readers: Mapping[str, list[str]]) -> None:
    table = Table("feature", *models, "read by campaigns", box=SIMPLE_HEAD)
    best = {name: max((gained[name].mean for gained, _ in models.values() if name in gained), default=-1.0) for name in declared}
    for name in sorted(declared, key=lambda name: -best[name]):
        cells = [_cell(name, *model) for model in models.values()]
        table.add_row(name, *cells, ", ".join(readers.get(name, ())))
    _print(table)


def _cell(name: str, gained: Mapping[str, Gain], left_out: Mapping[str, str]) -> str:
    gain = gained.get(name)
    return left_out.get(name, "—") if gain is None else f"{gain.mean:+.4f} ± {gain.spread:.4f}"


def _show_unused(found: Mapping[str, Mapping[str, str]], readers: Mapping[str, list[str]]) -> None:
    if not found:
        click.echo("every feature is of use to one of these models")
        return
    table = Table("feature", "why", "still read by campaigns", box=SIMPLE_HEAD)
    for name, reasons in found.items():
        table.add_row(name, "; ".join(f"{model}: {why}" for model, why in reasons.items()), ", ".join(readers.get(name, ())))
    _print(table)
    free = [name for name in found if name not in readers]
    whose = "these models and campaigns" if readers else "these models"
    click.echo(f"{len(free)} of them need not be collected for {whose}: {', '.join(free) or 'none'}")


def _print(table: Table) -> None:
    console = Console()
    (console if console.is_terminal else Console(width=200)).print(table)
