"""`kairos campaigns rollout`, `watch` and `rollback`: a campaign reaches all customers step by step, or is taken back."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from cli.control import address, broker, mark, signed
from cli.model_versions import now
from cli.parameters import Span

if TYPE_CHECKING:
    from services.control.signature import Signature
    from services.rollout.campaign_watch import CampaignWatch

DECISIONS = click.option("--decisions-topic", default="decisions", show_default=True, help="Topic of decisions.")
OUTCOMES = click.option("--outcomes-topic", default="outcomes", show_default=True, help="Topic of outcomes.")


@click.command(short_help="Tell how rollouts and experiments of campaigns stand.")
@click.argument("names", metavar="[NAME]…", nargs=-1)
@DECISIONS
@OUTCOMES
@broker
def rollout(*, names: tuple[str, ...], decisions_topic: str, outcomes_topic: str, brokers: str | None, topic: str) -> None:
    """Tell how rollouts stand, and experiments whose winner is adopted: the step, and what the next one waits for. Nothing is changed.

    `kairos campaigns publish` begins a rollout, `kairos campaigns watch` moves it on, `kairos campaigns rollback NAME` stops it.
    """
    from services.control.listing import by_name
    from services.rollout.campaign_watch import how_it_stands

    for name in names:
        by_name(address(brokers), topic, name)  # which says what there is
    with ExitStack() as stack:
        watched = _opened(stack, address(brokers), topic, decisions_topic, outcomes_topic, act=False)
        watched.round(now=now())
    for line in how_it_stands(watched, names) or ["nothing is on its way: every campaign is for everybody"]:
        click.echo(line)


@click.command(short_help="Move rollouts on, or take them back, until it is stopped.")
@click.option("--every", "period", type=Span(), default="1m", show_default=True, help="The time between two looks.")
@click.option("--log-format", type=click.Choice(("text", "json")), help="Text, or JSON: one object a line.")
@DECISIONS
@OUTCOMES
@broker
def watch(*, period: int, log_format: str | None, decisions_topic: str, outcomes_topic: str, brokers: str | None, topic: str) -> None:
    """Move rollouts of campaigns on, take them back, and adopt what has won experiments, as the campaigns say, until it is stopped.

    Begun again, it goes on where it was.
    """
    from services import logs
    from services.rollout.campaign_watch import how_it_stands
    from services.rollout.watch import run

    logs.start("rollout", log_format)
    logging.getLogger("kafka").setLevel(logging.ERROR)
    said: set[str] = set()

    def tell(watched: CampaignWatch) -> None:
        lines = how_it_stands(watched)
        for line in lines:
            if line not in said:
                click.echo(line)
        said.clear()
        said.update(lines)

    with ExitStack() as stack:
        watched = _opened(stack, address(brokers), topic, decisions_topic, outcomes_topic)
        click.echo(f"watching rollouts of campaigns on {topic}")
        try:
            run(watched, period_s=period / 1000, told=tell)
        except KeyboardInterrupt:
            click.echo("stopped: rollouts stay where they are")


@click.command(short_help="Stop the rollout of a campaign.")
@click.argument("name")
@broker
@signed
def rollback(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Stop the rollout of a campaign: everybody gets the version before, or where there is none, it is paused."""
    from services.control.campaign_rollouts import stopped
    from services.control.listing import by_name
    from services.control.records import rewritten
    from services.control.send import send

    held = by_name(address(brokers), topic, name)
    value = stopped(held.value, why=signed.why or "by hand", at=now())
    send(address(brokers), topic, [rewritten(value, act="rolled_back")], signed=signed)
    what = "is paused" if value["status"] == "paused" else f"is version {value['version']} again, for everybody"
    click.echo(f"{mark(True)} {name} {what}")


def _opened(stack: ExitStack, brokers: str, topic: str, decisions_topic: str, outcomes_topic: str, *, act: bool = True) -> CampaignWatch:
    from services.rollout.campaign_watch import CampaignsOnKafka, CampaignWatch
    from services.rollout.watch import RecordsTopic

    topics = [RecordsTopic(brokers, name) for name in (decisions_topic, outcomes_topic)]
    for each in topics:
        stack.callback(each.close)
    return CampaignWatch(CampaignsOnKafka(brokers, topic), topics[0], topics[1], act=act)
