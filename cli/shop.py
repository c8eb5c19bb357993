"""`kairos shop`: the simulated shop, against a broker or as a file of events, and the truth about its customers, for evaluation."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from cli.kafka import kafka
from cli.parameters import Span
from cli.told import Group
from services.finite import Finite

if TYPE_CHECKING:
    from simulation.shop import Shop

REPORT_EVERY_S = 5.0
Command = TypeVar("Command", bound=Callable[..., Any])


class _Start(click.ParamType[int]):
    """A time as trackers write it, or epoch milliseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from udfs.core.values.instants import BadInstant, parse_instant

        try:
            return int(value) if str(value).isdigit() else parse_instant(str(value))
        except BadInstant as error:
            self.fail(str(error), param, ctx)


def _which_shop(command: Command) -> Command:
    """Options that identify a shop: with the same values, it is the same shop."""
    for option in (
        click.option(
            "--tempo",
            type=click.Choice(["brisk", "real"]),
            default="brisk",
            show_default=True,
            help="brisk: a visit takes half a minute; real: as in real life",
        ),
        click.option("--start", type=_Start(), help="when the shop opens, such as 2026-03-01T09:00:00Z (default: now)"),
        click.option("--customers", default=2_000, show_default=True, type=click.IntRange(min=1), help="number of known customers"),
        click.option("--seed", default=7, show_default=True, help="the seed of the shop: the same seed has the same customers"),
        click.option("--rate", default=100.0, show_default=True, type=Finite(min=0.1, max=5_000), help="events a second"),
    ):
        command = option(command)
    return command


@click.group(cls=Group, invoke_without_command=True)
@_which_shop
@click.option("--for", "span", default="0", type=Span(endless="0"), help="how long: 90s, 2m, 1h; 0 (the default) until Ctrl-C")
@kafka
@click.option("--topic", help="topic to send to (default: the local stack's, events)")
@click.option("--print", "printed", is_flag=True, help="write the events of this time to standard output at once, instead of sending them")
@click.pass_context
def shop(context: click.Context, /, *, span: int | None, brokers: str | None, topic: str | None, printed: bool, **which: Any) -> None:
    """Run the simulated shop: its customers browse, fill carts, buy or leave, and react to messages.

    `kairos shop --print --tempo real --rate 5 --for 2h | kairos try -` decides two hours of it without a cluster.
    """
    if context.invoked_subcommand is not None:
        context.default_map = {"truth": {name: value for name, value in which.items() if value is not None}}
        return
    if not printed:
        _send(which, seconds=span and span / 1000, brokers=brokers, topic=topic)
    elif span:
        _print(_opened(**which), span=span)
    else:
        message = "--print needs the length of time: add --for, such as --for 2h"
        raise click.UsageError(message)


@shop.command()
@_which_shop
@click.option("--decisions", type=click.File("rb"), help="records of decisions and actions, one JSON object a line (- for standard input)")
@click.option("--heard", is_flag=True, help="the shop's customers received the actions at the time of the decision")
@click.option("--within", default="3d", show_default=True, type=Span(), help="the window of the goal")
def truth(*, decisions: BinaryIO | None, heard: bool, within: int, **which: Any) -> None:
    """Print the truth about the shop's customers as JSON lines, for evaluation only.

    One line per customer, or with --decisions one per decision: how likely she was to buy, without the message and with it. The options must
    be those of the shop: the same --seed, --start, --rate, --customers and --tempo.
    """
    import msgspec

    from simulation.testimony import of_customers, of_decisions, read

    opened = _opened(**which)
    told = of_customers(opened, within=within) if decisions is None else of_decisions(opened, read(decisions), within=within, heard=heard)
    for record in told:
        click.echo(msgspec.json.encode(record))


@shop.command()
def catalogue() -> None:
    """Print what the shop sells, as a feed: `kairos catalogue load`, and --catalogue of other commands."""
    import msgspec

    from simulation.catalogue import outdoor_shop

    for row in outdoor_shop().feed():
        click.echo(msgspec.json.encode(row))


def _opened(*, rate: float, seed: int, customers: int, start: int | None, tempo: str) -> "Shop":
    import time

    from simulation.shop import BRISK, REAL, Shop

    now = int(time.time() * 1000) if start is None else start
    return Shop(seed=seed, start=now, rate=rate, customers=customers, tempo={"brisk": BRISK, "real": REAL}[tempo])


def _print(opened: "Shop", *, span: int) -> None:
    from itertools import takewhile

    from simulation.segment_spec import encoded

    for posted in takewhile(lambda each: each.at < opened.start + span, opened):
        click.echo(encoded(posted))


def _send(which: Mapping[str, Any], *, seconds: float | None, brokers: str | None, topic: str | None) -> None:
    import time

    from kafka.errors import KafkaError

    from services.devstack import settings
    from services.kafka.client import end_offsets, producer
    from simulation.listen import Ear
    from simulation.segment_spec import iso
    from simulation.send import Seller

    stack = settings.load()
    place, name = brokers or stack.brokers, topic or stack.events_topic
    end_offsets(place, name)  # the topic is there
    out = producer(place, linger_ms=5)
    began = time.monotonic()
    opened = _opened(**which)
    ear = Ear(place)
    ear.start()
    seller = Seller(opened, out, topic=name, seconds=seconds, actions=ear.take)
    click.echo(f"the shop is open: it sends events to {name} at {place}, and reads actions.*" + ("" if seconds else "; Ctrl-C closes it"), err=True)
    click.echo(f"for its truth: kairos shop truth --start {iso(opened.start)}, with the same other options", err=True)
    seller.start()
    try:
        while seller.wait(REPORT_EVERY_S):
            rate = seller.sent / (time.monotonic() - began)
            click.echo(f"{seller.sent:,} events, {rate:.0f}/s; {seller.heard:,} messages for its customers", err=True)
    except KeyboardInterrupt:
        click.echo("closing", err=True)
    try:
        seller.close()
    except KafkaError as problem:
        message = f"the broker at {place} stopped taking events ({problem}): is it still up? `kairos status`"
        raise click.ClickException(message) from problem
    finally:
        ear.close()
        out.close(timeout=5)
    click.echo(f"the shop is closed: {seller.sent:,} events in {time.monotonic() - began:.0f} s", err=True)
