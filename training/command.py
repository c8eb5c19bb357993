"""`python -m training` learns a propensity from history and publishes it. `python -m training skew` compares logged vectors with replayed ones."""

import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from services.devstack import settings
from services.finite import Finite
from training import options
from training.cached_command import cached
from training.check_command import check_
from training.compare_command import compare_
from training.errors import TrainingError
from training.features_command import features as features_
from training.habits_command import habits
from training.logged import Comparison, read_logged
from training.look_command import look_
from training.manifest import Cache
from training.membership_command import membership
from training.ope_command import ope
from training.pipeline_command import run
from training.recommend_command import recommend
from training.recommender_command import recommender
from training.replay import Replay
from training.results import keep, require_writable
from training.run import STRANGE, Task, learn
from training.schedule_command import schedule
from training.segments_command import segments
from training.show import Shown
from training.store import Store
from training.uplift_command import uplift
from udfs.core.values.durations import in_words
from udfs.core.values.errors import KairosError

FILE = click.Path(path_type=Path)


class TrainsByDefault(click.Group):
    """A group whose default command is `train`. An error whose message says how to fix it is shown without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except KairosError as error:
            raise click.ClickException(str(error)) from error

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `train` in front of options, except of a question for help, which is about all commands."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["train", *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what each command does, whole: click would cut it to a line."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=200)) for name, command in sorted(self.commands.items())])


@click.group(cls=TrainsByDefault, context_settings={"help_option_names": ["-h", "--help"]})
def training() -> None:
    """Learn from history what customers will do, and publish it as a model.

    `run` does it as a training file says, step by step, and `schedule` again and again. `train` does it by options alone, and is
    meant where no command is named: `train --help` lists them.
    """


@training.command()
@options.with_history
@click.option("--goal", default="order_completed", show_default=True, metavar="EVENT", help="The event to predict.")
@click.option(
    "--within", type=options.Span(), default="30d", show_default=True, metavar="30d", help="The time after a decision within which the goal counts."
)
@click.option("--decisions", type=FILE, metavar="FILE", help="Learn from these logged decisions (JSON lines) instead of the replay's own vectors.")
@click.option(
    "--split", "split_at", type=options.Instant(), metavar="DATE", help="Where the test period begins. [default: the latest --test-share of the rows]"
)
@click.option("--test-share", type=Finite(0.05, 0.95), default=0.3, show_default=True)
@click.option("--anonymous", is_flag=True, help="Also learn from people without a user id.")
@click.option("--without", multiple=True, metavar="FEATURE", help="Leave a feature out; repeatable.")
@click.option("--allow", multiple=True, metavar="FEATURE", help="Accept a feature that alone predicts nearly everything; repeatable.")
@click.option(
    "--check",
    "checked",
    type=click.IntRange(min=1),
    default=50,
    show_default=True,
    help="How many rows to recompute from their past alone, to find leaks.",
)
@click.option("--name", type=options.ModelName(), default="purchase-propensity", show_default=True, help="The model's name.")
@click.option(
    "--store", metavar="FOLDER|URI", help="Where model files are kept: a folder, or s3://bucket/prefix. [default: models in the state folder]"
)
@click.option("--out", type=FILE, metavar="DIR", help="Where manifest, card and picture go. [default: training in the state folder]")
@click.option("--cache", type=options.Span(), metavar="10m", help="How long the job may reuse a score, unless the goal happens.")
@click.option("--publish", "publishing", is_flag=True, help="Publish the model on the control topic.")
@click.option("--control-topic", "control", default="control", show_default=True, help="The control topic.")
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, show_default=True)
def train(
    *,
    history: Path | None,
    lake: str | None,
    source: str,
    brokers: str | None,
    topic: str,
    link_ids: str,
    campaigns: tuple[Path, ...],
    campaign: str | None,
    features: Path | None,
    goal: str,
    within: int,
    decisions: Path | None,
    split_at: int | None,
    test_share: float,
    anonymous: bool,
    without: tuple[str, ...],
    allow: tuple[str, ...],
    checked: int,
    name: str,
    store: str | None,
    out: Path | None,
    cache: int | None,
    publishing: bool,
    control: str,
    seed: int,
) -> None:
    """Replay history through the job's own feature code, learn a propensity, and export the model for the job.

    `python -m training skew` compares logged vectors with replayed ones.
    """
    console = Console()
    files = Store(store or str(settings.home() / "models"))
    book = options.book(campaigns, features)
    task = Task(
        source=options.source(history, source, brokers, topic, lake, link_ids=link_ids),
        book=book,
        campaign=options.only(book, campaign),
        goal=goal,
        within=within,
        decisions=decisions,
        split_at=split_at,
        test_share=test_share,
        anonymous=anonymous,
        allow=allow,
        without=without,
        checked=checked,
        seed=seed,
    )
    folder = out or settings.home() / "training"
    require_writable(folder)
    shown = Shown(console)
    learned = learn(task, shown, noted=shown.noted)
    kept = None if cache is None else Cache(in_words(cache), [goal])
    made, folder = keep(learned, task, name=name, store=files, out=folder, at=int(time.time() * 1000), cache=kept)
    agreed = learned.parity
    console.print(f"parity: ONNX and estimator differ by at most {agreed.max_abs_difference:.1e} over {agreed.rows:,} rows", highlight=False)
    console.print(f"[bold]{name} {made.version}[/]: {made.bytes:,} bytes in {made.uri}", highlight=False, soft_wrap=True)
    console.print(f"manifest.json, card.md, calibration.png in {folder}", highlight=False, soft_wrap=True)
    if publishing:
        from services.control.models import publish

        publish(brokers or options.local_brokers(), control, made.document(), by="training")
        console.print(f"published: {name}:{made.version} is used from now on", highlight=False)


@training.command()
@options.with_history
@click.option("--decisions", type=FILE, required=True, metavar="FILE", help="Logged decisions, one JSON object a line.")
def skew(
    *,
    history: Path | None,
    lake: str | None,
    source: str,
    brokers: str | None,
    topic: str,
    link_ids: str,
    campaigns: tuple[Path, ...],
    campaign: str | None,
    features: Path | None,
    decisions: Path,
) -> None:
    """Recompute every logged vector from history, with the code that training uses, and list the differences. Exits with 1 if there are any."""
    book = options.book(campaigns, features)
    comparison = Comparison(logged=read_logged(decisions, campaign=campaign))
    found = options.source(history, source, brokers, topic, lake, link_ids=link_ids)
    replay = Replay(book, goal="", campaign=campaign, links_ids=found.links_ids)
    for _ in comparison.take(replay.decisions(found.read(), drain=None)):
        pass
    shown = Shown(Console())
    shown.noted(replay.notes)
    shown.compared(comparison)
    if not comparison.compared:
        problem = f"{STRANGE}: name the history (--history), the campaigns and the features that they came from"
        raise TrainingError(problem)
    if comparison.mismatches or comparison.unmade:
        sys.exit(1)


for each in (cached, run, compare_, features_, schedule, look_, check_, habits, membership, ope, recommend, recommender, segments, uplift):
    training.add_command(each)
