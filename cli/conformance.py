"""`kairos conformance`: whether a consumer of actions keeps the contract of docs/consuming.md."""

import contextlib

import click

from cli.kafka import kafka
from cli.parameters import Span
from services.conformance.checks import CHECKS

FAILED, UNTRIED = 1, 3
"""Exit statuses: a check failed; none failed, and one was not tried. (2 is a mistake on the command line.)"""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND…")
@kafka
@click.option("--hold", type=Span(), default="2s", show_default=True, help="How long the consumer holds an action; it gets it as KAIROS_HOLD.")
@click.option("--patience", type=Span(), default="1m", show_default=True, help="How long to wait for what is due, a rebalance included.")
@click.option("--partitions", type=click.IntRange(2, 100), default=3, show_default=True, help="Partitions of the topic.")
@click.option("--only", multiple=True, type=click.Choice([check.name for check in CHECKS]), help="Only this check; repeatable.")
@click.option("--list", "listed", is_flag=True, help="List the checks.")
def conformance(
    *, command: tuple[str, ...], brokers: str | None, hold: int, patience: int, partitions: int, only: tuple[str, ...], listed: bool
) -> None:
    """Start COMMAND, a consumer of actions, against a scripted stream in a topic of its own, and check what it delivers.

    It finds in its environment KAIROS_BROKERS, KAIROS_TOPIC, KAIROS_GROUP (its consumer group), KAIROS_HOLD (seconds), KAIROS_STATE (a folder
    for what it must remember) and KAIROS_OUT (a file: for each message that it delivers, it appends the decision_id as a line).
    """
    if listed:
        for check in CHECKS:
            click.echo(f"{check.name:<15} {check.means}")
        return
    if not command:
        message = "which consumer? For example: kairos conformance -- python consumer.py"
        raise click.UsageError(message)
    from services.conformance.run import conformance as run
    from services.conformance.stage import Plan
    from services.devstack.settings import load

    plan = Plan(
        command=command,
        brokers=brokers or load().brokers,
        hold=hold / 1000,
        patience=patience / 1000,
        partitions=partitions,
        only=only,
        say=lambda line: click.echo(click.style(line, dim=True), err=True),
    )
    with contextlib.suppress(KeyboardInterrupt):
        verdicts, folder = run(plan)
        for verdict in verdicts:
            for line in verdict.lines():
                click.echo(click.style(line, fg="red" if verdict.problems else "yellow" if verdict.is_open else "green"))
        failed, untried = sum(bool(verdict.problems) for verdict in verdicts), sum(verdict.is_open for verdict in verdicts)
        counted = [f"{len(verdicts) - failed - untried} passed", f"{failed} failed" if failed or not untried else ""]
        counted.append(f"{untried} not tried" if untried else "")
        click.echo(", ".join(filter(None, counted)) + (f"; the consumer's output is in {folder}" if folder else ""))
        if untried and not failed:
            names = " ".join(f"--only {verdict.check.name}" for verdict in verdicts if verdict.is_open)
            click.echo(f"what was not tried is no proof: run `kairos conformance {names} --hold {hold * 3 // 1000 or 1}s -- …` again", err=True)
        if failed or untried:
            raise click.exceptions.Exit(FAILED if failed else UNTRIED)
        return
    raise click.exceptions.Exit(130)
