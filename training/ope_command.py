"""`python -m training ope`: what another way of choosing variants would have been worth."""

import sys
from pathlib import Path

import click
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.finite import Finite
from training import options
from training.errors import TrainingError
from training.measures import Estimate
from training.ope.decisions import REWARDS, from_files, from_lake
from training.ope.estimate import Value, evaluate
from training.ope.log import Log
from training.ope.policies import target_of
from training.ope.table import read_table

TITLES = {"ips": "IPS", "snips": "SNIPS", "direct": "direct method", "dr": "doubly robust"}


@click.command(name="ope")
@click.option("--table", type=options.FILE, metavar="FILE", help="A table of logged decisions, CSV: arm, reward, probability (docs/bandits.md).")
@click.option(
    "--logged",
    type=options.FILE,
    multiple=True,
    metavar="FILE",
    help="Decisions and outcomes, JSON lines; repeatable. `kairos try --records` writes them.",
)
@click.option("--lake", metavar="FOLDER|URI", help="Decisions and outcomes of this lake (docs/lake.md).")
@click.option("--campaign", metavar="NAME", help="Whose decisions, with --logged or --lake.")
@click.option("--reward", type=click.Choice(REWARDS), default=REWARDS[0], show_default=True, help="What counts, with --logged or --lake.")
@click.option(
    "--policy",
    required=True,
    metavar="POLICY",
    help="What to evaluate: uniform; one arm; weights such as points=3,upsell=1; a YAML file of weights by context; table (columns target:NAME).",
)
@click.option("--least", type=Finite(min=2), default=100.0, show_default=True, help="The smallest effective sample for which anything is said.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
def ope(
    *,
    table: Path | None,
    logged: tuple[Path, ...],
    lake: str | None,
    campaign: str | None,
    reward: str,
    policy: str,
    least: float,
    as_json: bool,
    seed: int,
) -> None:
    """Estimate what another policy would have been worth, from decisions that were made with known probabilities.

    The policy chooses among what could be chosen then. Exits with 1, and says why, where the log cannot tell.
    """
    log = _log(table, logged, lake, campaign, reward)
    value = evaluate(log, target_of(log, policy), least=least, seed=seed)
    if as_json:
        click.echo(msgspec.json.encode(value).decode())
    else:
        _show(value, policy)
    if value.refusal is not None:
        sys.exit(1)


def _log(table: Path | None, logged: tuple[Path, ...], lake: str | None, campaign: str | None, reward: str) -> Log:
    if sum((table is not None, bool(logged), lake is not None)) != 1:
        problem = "name one source of decisions: --table FILE, --logged FILE or --lake FOLDER"
        raise TrainingError(problem)
    if table is not None:
        return read_table(table)
    if campaign is None:
        problem = "whose decisions? name the campaign with --campaign"
        raise TrainingError(problem)
    gathered = from_files(logged, campaign) if logged else from_lake(str(lake), campaign)
    return gathered.log(reward)


def _show(value: Value, policy: str) -> None:
    console = Console()
    shown = Table("", "value", "95 % interval", box=SIMPLE_HEAD)
    shown.add_row("as logged", *_cells(value.logged))
    for name, each in value.estimates.items():
        shown.add_row(f"{policy}: {TITLES[name]}", *_cells(each))
    if value.gain is not None:
        shown.add_row("gain, doubly robust", *_cells(value.gain))
    console.print(shown)
    console.print(
        f"{value.decisions:,} decisions of {value.people:,} people; effective sample {value.effective_sample:,.0f}, "
        f"of what was rewarded {value.effective_rewards:,.0f}; mean weight {value.mean_weight:.3f}, largest {value.max_weight:,.1f}",
        highlight=False,
        soft_wrap=True,
    )
    for note in value.notes:
        console.print(f"note: {note}", highlight=False, soft_wrap=True)
    if value.refusal is not None:
        console.print(f"[bold]no estimate[/]: {value.refusal.why.value}: {value.refusal.detail}", highlight=False, soft_wrap=True)


def _cells(each: Estimate) -> tuple[str, str]:
    return f"{each.value:.4f}", f"{each.low:.4f} to {each.high:.4f}"
