"""`kairos retention`: for how long something of people is kept, where that is declared, and what applies it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.control import address, broker, mark
from cli.job_options import options_of
from cli.told import Group, many
from udfs.core.values.durations import in_words
from udfs.core.values.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from jobs.options import Options
    from udfs.core.policy.rules import Policy

NOT_READ = (
    "So the published policy is not known, and neither is what is applied. Below is what holds where none says otherwise; "
    "--policy FILE shows what a file declares"
)
CHANNELS = click.option("--channels", default=None, help="Channels that are deployed, as for `kairos submit`. [default: those that it told]")


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def retention(context: click.Context) -> None:
    """For how long something of people is kept. It is declared in the policy, under `retention`. Alone it is `show`."""
    if context.invoked_subcommand is None:
        context.invoke(show)


@retention.command()
@click.option("--policy", "file", type=click.Path(path_type=Path, exists=True), help="This policy instead of the published one: needs no broker.")
@CHANNELS
@broker
def show(file: Path | None, channels: str | None, brokers: str | None, topic: str) -> None:
    """What is kept, for how long, where that is declared and what applies it; and how topics are really set.

    Without a broker it says what is declared, and that the rest is not known.
    """
    from services.devstack.retention import rules

    missing = "no broker was asked"
    try:
        policy, options = _policy(file, brokers, topic, channels)
    except (Unavailable, NotFound) as problem:
        policy, options, missing = None, options_of({"channels": channels} if channels else {}), "no broker answered"
        click.echo(f"{mark(False)} {problem.message}. {NOT_READ}", err=True)
    held: dict[str, int] = {}
    if file is None and policy is not None:
        try:
            held = _held(options)
        except (Unavailable, NotFound) as problem:
            missing = "no broker answered"
            click.echo(f"{mark(False)} {problem.message}", err=True)
    for rule in rules(policy, options):
        click.echo(f"{rule.what:<28} {rule.kept:<30} declared {rule.declared}; {rule.applied}")
        if rule.topic and (told := held.get(rule.topic)) is not None:
            click.echo(f"{'':<28} {_compared(rule.span, told)}")
        elif rule.topic:
            click.echo(f"{'':<28} how it is set is not known: {missing if not held else 'there is no such topic'}")


@retention.command()
@CHANNELS
@click.option("--lake", "where", metavar="FOLDER|URI", help="Also in this lake. [default: lake in the state folder, where there is one]")
@broker
def apply(channels: str | None, where: str | None, brokers: str | None, topic: str) -> None:
    """Bring topics and the lake in line with what is declared. Run it once a day; `kairos submit` does the same for topics."""
    from services.devstack.retention import apply as applied

    policy, options = _policy(None, brokers, topic, channels)
    lines = applied(policy, options)
    for line in lines or ["topics are as declared"]:
        click.echo(line)
    _expire(policy, where)


def _expire(policy: Policy, where: str | None) -> None:
    from services.devstack import settings
    from services.lake.expire import expire
    from services.lake.store import Lake

    kept = policy.retention.lake if policy.retention else None
    place = where or settings.home() / "lake"
    if kept is None or (where is None and not Path(place).is_dir()):
        return
    gone = expire(Lake(place), kept_ms=kept, now=time.time())
    told = ", ".join(f"{many(count, 'file')} of {table}" for table, count in sorted(gone.items())) or "nothing"
    click.echo(f"lake: older than {in_words(kept)}: {told} deleted")


def _policy(file: Path | None, brokers: str | None, topic: str, channels: str | None) -> tuple[Policy, Options]:
    """The policy in force, or that of a file, and the options of the job as far as topics go."""
    from udfs.core.policy.language.policy import compile_policy

    told: dict[str, Any] = {"channels": channels} if channels else {}
    if file is not None:
        from services.documents.files import only

        return compile_policy(only(file, "policy").document), options_of(told)
    from services.control.deployment import deployed_channels
    from services.control.listing import entries, standing
    from udfs.core.campaigns.compile_book import compile_book

    on_topic = entries(address(brokers), topic)
    if not channels and (known := deployed_channels(standing(on_topic))):
        told["channels"] = ",".join(known)
    return compile_book(on_topic).policy, options_of(told, brokers=address(brokers), control_topic=topic)


def _held(options: Options) -> dict[str, int]:
    """Topic -> for how long the broker keeps its records, milliseconds; -1: forever."""
    from services.kafka.settings import settings_of

    found = settings_of(options.brokers, [options.events_topic, *options.topics.all])
    return {topic: int(told.get("retention.ms", -1)) for topic, told in found.items()}


def _compared(span: int | None, held: int) -> str:
    words = f"the broker keeps it {'forever' if held < 0 else f'for {in_words(held)}'}"
    if span is None or span == held:
        return words if span is None else f"{mark(True)} {words}"
    return f"{mark(False)} {words}: run `kairos retention apply`"
