"""`python -m training uplift`: whom a message moves, learned from decisions that were drawn, some of them to send nothing."""

import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from services.devstack import settings
from services.finite import Finite, finite
from training import options
from training.errors import TrainingError
from training.results import require_writable
from training.store import Store
from training.uplift.learners.all import DEFAULT, LEARNERS


@click.command()
@click.option(
    "--logged",
    "paths",
    multiple=True,
    required=True,
    type=options.FILE,
    metavar="FILE",
    help="Decisions and outcomes, JSON lines: `kairos tail decisions --json`, `kairos tail outcomes --json`, or `kairos try --records`; repeatable.",
)
@click.option("--campaign", required=True, help="The campaign whose decisions are the rows.")
@click.option("--features", type=options.FILE, metavar="FILE", help="[default: the features shipped with Kairos]")
@click.option("--without", multiple=True, metavar="FEATURE", help="Leave a feature out; repeatable.")
@click.option("--learner", "names", multiple=True, type=click.Choice((*LEARNERS, "all")), help=f"Repeatable, to compare. [default: {DEFAULT}]")
@click.option("--reward", type=click.Choice(("conversion", "value")), default="conversion", show_default=True, help="What a message is to change.")
@click.option("--cost", "told", multiple=True, metavar="VARIANT=NUMBER", help="What sending a variant costs; repeatable. [default: 0]")
@click.option("--worth", type=Finite(), default=1.0, show_default=True, help="What an outcome of 1 is worth, in the unit of the costs.")
@click.option("--test-share", type=Finite(0.05, 0.95), default=0.3, show_default=True)
@click.option("--name", type=options.ModelName(), default="uplift", show_default=True, help="The model's name.")
@click.option("--store", metavar="FOLDER|URI", help="Where model files are kept. [default: models in the state folder]")
@click.option("--out", type=options.FILE, metavar="DIR", help="Where manifest and card go. [default: training in the state folder]")
@click.option("--publish", "publishing", is_flag=True, help="Publish the model on the control topic.")
@click.option("--control-topic", "control", default="control", show_default=True, help="The control topic.")
@options.with_brokers
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
def uplift(
    *,
    paths: tuple[Path, ...],
    campaign: str,
    features: Path | None,
    without: tuple[str, ...],
    names: tuple[str, ...],
    reward: str,
    told: tuple[str, ...],
    worth: float,
    test_share: float,
    name: str,
    store: str | None,
    out: Path | None,
    publishing: bool,
    control: str,
    brokers: str | None,
    seed: int,
) -> None:
    """Learn by how much each message changes what people do, for campaigns that say `choose: uplift`."""
    from training.uplift.learn import learn
    from training.uplift.logged import read
    from training.uplift.results import keep

    folder = out or settings.home() / "training"
    require_writable(folder)
    files = Store(store or str(settings.home() / "models"))
    book = options.book((), features)
    logged = read(paths, campaign, book.features, reward=reward, without=without)
    ways = list(LEARNERS) if "all" in names else list(dict.fromkeys(names or (DEFAULT,)))
    learned = learn(logged.table, ways, test_share=test_share, costs=_costs(told, logged.table.names), worth=worth, seed=seed)
    made, place = keep(
        logged,
        learned,
        name=name,
        campaign=campaign,
        reward=reward,
        features=book.features.version,
        store=files,
        out=folder,
        at=int(time.time() * 1000),
    )
    console = Console()
    console.print(
        f"{learned.title}: Qini {learned.qini:.5f}, 95 in 100 random orders are below {learned.chance:.5f}", highlight=False, soft_wrap=True
    )
    console.print(f"acting on {learned.value.share:.1%}: {learned.value.over_everybody} against everybody", highlight=False, soft_wrap=True)
    console.print(f"[bold]{name} {made.version}[/]: manifest.json, card.md in {place}", highlight=False, soft_wrap=True)
    if publishing:
        from services.control.models import publish

        publish(brokers or options.local_brokers(), control, made.document(), by="training")
        console.print(f"published: {name}:{made.version} is used from now on", highlight=False)


def _costs(told: Sequence[str], arms: Sequence[str]) -> list[float]:
    """The cost of each arm, in their order."""
    costs = dict.fromkeys(arms, 0.0)
    for each in told:
        variant, _, number = each.partition("=")
        if variant not in costs:
            problem = f"--cost {each}: the decisions have no variant {variant!r}: {', '.join(arms)}"
            raise TrainingError(problem)
        try:
            costs[variant] = finite(number)
        except ValueError:
            problem = f"--cost {each}: write a number, such as --cost {variant}=2.5"
            raise TrainingError(problem) from None
    return list(costs.values())
