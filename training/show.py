"""The progress and result of a training on a terminal."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from services.replay.times import date_and_time
from training.card import TITLES
from training.evaluate import Evaluation
from training.fit import Fitted
from training.goal import goal_of
from training.inputs import Chosen
from training.logged import Comparison
from training.rows import Dataset, Row
from training.run import Task
from training.split import Split
from udfs.core.values.durations import in_words

WIDEST = 30
"""The width of the bars in the calibration table, in characters."""
LISTED = 20


class Shown:
    """Writes each step of a training to a console."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def prepared(self, task: Task, data: Dataset, parts: Split[Row], chosen: Chosen) -> None:
        """Say what there is to learn from, and what was left out and why."""
        say = self.console.print
        say(f"[bold]{task.source.name}[/]: {data.events:,} events, {_day(data.first)} to {_day(data.last)}", highlight=False)
        say(f"rows: decisions of [bold]{task.campaign}[/]; label: {goal_of(task.goal)} within {in_words(task.within)}", highlight=False)
        for why, number in data.left_out.items():
            say(f"  left out {number:>8,}  {why}", highlight=False)
        table = Table("", "rows", "followed", "from", "to", box=SIMPLE_HEAD)
        for column in table.columns[1:3]:
            column.justify = "right"
        for name, rows in (("train", parts.train), ("embargo", parts.embargoed), ("test", parts.test)):
            if rows:
                share = "" if name == "embargo" else f"{sum(row.label for row in rows) / len(rows):.1%}"
                table.add_row(name, f"{len(rows):,}", share, _day(rows[0].at), _day(rows[-1].at))
        say(table)
        say(f"inputs: {', '.join(each.feature for each in chosen.inputs)}", highlight=False)
        if chosen.left_out:
            say("[dim]not used: " + "; ".join(f"{name} ({why})" for name, why in chosen.left_out.items()) + "[/]", highlight=False)
        say(f"leaks: none found; {min(task.checked, len(data.rows)):,} rows recomputed from their past alone are the same", highlight=False)

    def noted(self, notes: Iterable[str]) -> None:
        """Show the notes of the history's reader."""
        for note in notes:
            self.console.print(note, style="yellow", highlight=False, markup=False, soft_wrap=True)

    def evaluated(self, fitted: Fitted, evaluation: Evaluation) -> None:
        """Show the evaluation."""
        say = self.console.print
        say(f"estimator: {fitted.title}, {fitted.settings}", highlight=False)
        table = Table("", "model", "baseline", "difference", box=SIMPLE_HEAD)
        for name in TITLES:
            table.add_row(name, *(each[name].brief() for each in (evaluation.model, evaluation.baseline, evaluation.difference)))
        say(table)
        say(f"[dim]95 % bootstrap over {evaluation.users:,} users; by chance auc is 0.5 and ap {evaluation.share:.3f}; for brier, lower is better[/]")
        say("[dim]baseline: logistic regression on recency and frequency, on the same rows[/]")
        bins = Table("score", "rows", "foretold", "observed", "", box=SIMPLE_HEAD, title="calibration", title_justify="left")
        for each in evaluation.bins:
            bar = "█" * round(each.observed * WIDEST)
            bins.add_row(f"{each.low:.3f} to {each.high:.3f}", f"{each.rows:,}", f"{each.predicted:.3f}", f"{each.observed:.3f}", f"[blue]{bar}[/]")
        say(bins)
        say(f"calibration error {evaluation.calibration_error:.4f}", highlight=False)

    def compared(self, comparison: Comparison) -> None:
        """Show how logged and replayed vectors agree."""
        say = self.console.print
        say(f"{comparison.compared:,} logged vectors compared, {comparison.values:,} values", highlight=False)
        for name, number in comparison.missing_features.most_common():
            say(f"  {name}: declared, but in {number:,} logged vectors it is missing", highlight=False)
        if comparison.unmade:
            first = comparison.unmade[0]
            say(
                f"  {len(comparison.unmade):,} logged decisions do not occur in the replay, such as {first.decision_id} of {first.user_id}",
                highlight=False,
                markup=False,
                soft_wrap=True,
            )
        if not comparison.mismatches:
            say("[green]no value differs[/]")
            return
        for each in comparison.mismatches[:LISTED]:  # not a table: it would truncate the ids, which people search for
            values = f"{each.feature} logged {each.logged!r}, replayed {each.replayed!r}"
            text = f"  {date_and_time(each.at)}  decision {each.decision_id} of {each.user_id}: {values}"
            say(text, highlight=False, markup=False, soft_wrap=True)
        say("differing: " + ", ".join(f"{name} ({number:,})" for name, number in comparison.by_feature()), highlight=False)


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")
