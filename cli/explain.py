"""`kairos explain`: the whole path of a decision, or of everything that was decided about a customer, in words."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker
from cli.parameters import ManyCampaigns
from cli.wording import decision_line
from udfs.codecs.routes import with_topics

if TYPE_CHECKING:
    from services.explain.context import Context
    from services.explain.decision_log import DecisionLog

USUAL = {route.name: route.topic for route in with_topics()}
PATH = click.Path(path_type=Path, exists=True)


@click.command(cls=ManyCampaigns)
@click.argument("what", metavar="DECISION|USER")
@click.option("--file", type=PATH, help="Look in this file of JSON lines (`kairos try --json` or `--records`) instead of the topics.")
@click.option("--campaigns", multiple=True, type=PATH, metavar="FILE|DIR…", help="With --file: the campaigns, features and policy it was decided by.")
@click.option("--policy", type=PATH, help="With --file: the policy, if it is not among the campaigns.")
@click.option("--decisions-topic", default=USUAL["decisions"], show_default=True)
@click.option("--actions-prefix", default=USUAL["actions"], show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Decisions, action and explanation as one JSON object.")
@broker
def explain(
    *,
    what: str,
    file: Path | None,
    campaigns: tuple[Path, ...],
    policy: Path | None,
    decisions_topic: str,
    actions_prefix: str,
    as_json: bool,
    brokers: str | None,
    topic: str,
) -> None:
    """Tell why: campaign, trigger, variant, filters, score, figures, versions, and what would have had to be different.

    For a DECISION (its id) all its attempts; for a USER every decision, a line each, then the last in full.
    """
    from services.explain.context import Context
    from services.explain.decision_log import File, Topics
    from services.explain.find import find
    from services.explain.story import story

    if file is None and (campaigns or policy):
        message = "--campaigns and --policy go with --file: of the topics it is known what is published"
        raise click.UsageError(message)
    if file is not None:
        log: DecisionLog = File(path=file)
        context = _of_files(campaigns, policy)
    else:
        from services.control.listing import published

        log = Topics(brokers=address(brokers), decisions=decisions_topic, actions_prefix=actions_prefix)
        context = Context.of(published(address(brokers), topic))
    found = find(log, what)
    attempts = found.attempts
    acted = attempts[-1]["outcome"] == "acted"
    action, recall = (log.action(attempts[-1]), log.recall(attempts[-1])) if acted else (None, None)
    sections = story(attempts, action=action, context=context, recall=recall)
    if as_json:
        click.echo(json.dumps({"decisions": found.decisions, "action": action, "recall": recall, "explanation": sections}, ensure_ascii=False))
        return
    if found.user is not None:
        for decision in found.decisions:
            click.echo(decision_line(decision))
        click.echo()
    _show(sections)


def _of_files(campaigns: tuple[Path, ...], policy: Path | None) -> Context:
    """What would be published: known only where it was named."""
    from services.control.listing import standing
    from services.explain.context import Context
    from services.local.book import book_of

    if not campaigns and policy is None:
        return Context(held=None)
    return Context.of(standing(book_of(campaigns, policy=policy).entries.values()))


def _show(sections: dict[str, list[str]]) -> None:
    width = max(60, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 160
    for section, lines in sections.items():
        for number, line in enumerate(lines):
            label = click.style(f"{section if number == 0 else '':<11}", bold=True)
            for wrapped in textwrap.wrap(line, width - 11, break_long_words=False) or [""]:
                click.echo(f"{label}{wrapped}")
                label = " " * 11
