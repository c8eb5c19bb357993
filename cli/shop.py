"""`kairos shop`: the simulated shop alone, against a broker or as a file of events."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from cli.parameters import Span

if TYPE_CHECKING:
    from simulation.shop import Shop

REPORT_EVERY_S = 5.0


@click.command()
@click.option("--rate", default=100.0, show_default=True, type=click.FloatRange(min=0.1, max=5_000), help="events a second")
@click.option("--for", "span", default="0", type=Span(endless="0"), help="how long: 90s, 2m, 1h; 0 (the default) until Ctrl-C")
@click.option("--seed", default=7, show_default=True, help="which shop: the same seed has the same customers")
@click.option("--customers", default=2_000, show_default=True, type=click.IntRange(min=1), help="known customers")
@click.option("--brokers", help="Kafka, as host:port (default: the local stack)")
@click.option("--topic", help="topic to send to (default: the local stack's, events)")
@click.option("--tempo", type=click.Choice(["brisk", "real"]), default="brisk", show_default=True, help="a visit in half a minute, or as in life")
@click.option("--print", "printed", is_flag=True, help="write the events of that time to standard output at once, instead of sending them")
def shop(*, rate: float, span: int | None, seed: int, customers: int, brokers: str | None, topic: str | None, tempo: str, printed: bool) -> None:
    """Run the simulated shop: it browses, fills carts, buys and walks away.

    `kairos shop --print --tempo real --rate 5 --for 2h | kairos try -` decides over two hours of it without any cluster.
    """
    import time

    from simulation.shop import BRISK, REAL, Shop

    def opened() -> Shop:
        now = int(time.time() * 1000)
        return Shop(seed=seed, start=now, rate=rate, customers=customers, tempo={"brisk": BRISK, "real": REAL}[tempo])

    if not printed:
        _send(opened, seconds=span and span / 1000, brokers=brokers, topic=topic)
    elif span:
        _print(opened(), span=span)
    else:
        message = "--print writes a stretch of the shop's time: say how long with --for, such as --for 2h"
        raise click.UsageError(message)


def _print(opened: "Shop", *, span: int) -> None:
    import json
    from itertools import takewhile

    from simulation.segment import segment

    for posted in takewhile(lambda each: each.at < opened.start + span, opened):
        click.echo(json.dumps(segment(posted), separators=(",", ":")))


def _send(open_now: Callable[[], "Shop"], *, seconds: float | None, brokers: str | None, topic: str | None) -> None:
    import time

    from kafka.errors import KafkaError

    from services.kafka import KafkaUnavailable, end_offsets, producer
    from services.stack import settings
    from simulation.send import Seller

    stack = settings.load()
    place, name = brokers or stack.brokers, topic or stack.events_topic
    try:
        end_offsets(place, name)  # the topic is there
        out = producer(place, linger_ms=5)
    except (KafkaUnavailable, LookupError) as problem:
        raise click.ClickException(str(problem)) from problem
    began = time.monotonic()
    seller = Seller(open_now(), out, topic=name, seconds=seconds)
    click.echo(f"the shop is open: events go to {name} at {place}" + ("" if seconds else "; Ctrl-C closes it"), err=True)
    seller.start()
    try:
        while seller.wait(REPORT_EVERY_S):
            click.echo(f"{seller.sent:,} events, {seller.sent / (time.monotonic() - began):.0f}/s", err=True)
    except KeyboardInterrupt:
        click.echo("closing", err=True)
    try:
        seller.close()
    except KafkaError as problem:
        message = f"the broker at {place} stopped taking events ({problem}): is it still up? `kairos status`"
        raise click.ClickException(message) from problem
    finally:
        out.close(timeout=5)
    click.echo(f"the shop is closed: {seller.sent:,} events in {time.monotonic() - began:.0f} s", err=True)
