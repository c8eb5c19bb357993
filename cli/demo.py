"""`kairos demo`: a stack, campaigns, a small shop and a live view, for two minutes. It leaves nothing running."""

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from cli.parameters import Span
from services.finite import Finite

if TYPE_CHECKING:
    from rich.console import Console

    from cli.apprentice import Apprentice
    from cli.showcase import Showcase
    from services.devstack.settings import Settings
    from services.view.feed import Feed
    from services.view.figures import Figures
    from simulation.send import Seller

DRAWN_EVERY_S = 0.25
TOLD_EVERY_S = 10.0
SCORED = "demo-cart-20s"
"""The campaign whose decisions the demo's model learns from."""
NEXT = (
    ("decide without any cluster", "kairos shop --print --for 1h --tempo real --rate 5 | kairos try -"),
    ("a stack that keeps running", "kairos up && kairos submit"),
    ("in another terminal: the same shop, against that stack", "kairos shop --rate 50 --tempo real"),
    ("the messages (the shipped campaigns wait half an hour)", "kairos tail actions"),
    ("put something into a cart by hand", "kairos send product_added --user ada product_id=tent price=120"),
    ("run the scenarios of each shipped campaign", "kairos campaigns test"),
    ("stop, with a savepoint", "kairos down"),
)


@click.command()
@click.option("--for", "span", default="2m", show_default=True, type=Span(endless="0"), help="how long the shop stays open; 0: until Ctrl-C")
@click.option("--rate", default=100.0, show_default=True, type=Finite(min=1, max=1_000), help="events a second")
@click.option("--seed", default=7, show_default=True, help="the seed of the shop: the same seed has the same customers")
@click.option("--guarantee", type=click.Choice(["exactly-once", "at-least-once"]), default="exactly-once", show_default=True, help="as for submit")
@click.option("--plain", is_flag=True, help="plain lines, as without a terminal")
def demo(*, span: int | None, rate: float, seed: int, guarantee: str, plain: bool) -> None:
    """Show Kairos at work: a real broker and cluster, a small seeded shop, live decisions.

    It uses a folder of its own, and other ports if the usual ones are in use. Ctrl-C ends it, and everything that it started.
    """
    from rich.console import Console

    began = _process_start()
    console = Console(highlight=False)
    plain = plain or not console.is_terminal
    try:
        _play(Show(console, began=began, plain=plain), span=span, rate=rate, seed=seed, guarantee=guarantee)
    except KeyboardInterrupt:
        console.print("ended: everything that it started is stopped")
        sys.exit(130)


class Show:
    """The demo's messages, each with the seconds since the command was given."""

    def __init__(self, console: "Console", *, began: float, plain: bool) -> None:
        """`began` is in epoch seconds."""
        self.console, self.began, self.plain = console, began, plain

    def passed(self) -> float:
        """Seconds since the command was given."""
        return time.time() - self.began

    def say(self, line: str) -> None:
        """Print one line with its time."""
        self.console.print(f"{self.passed():5.1f} s", style="dim", end="  ")
        self.console.print(line, markup=False, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Announce a step that takes a while, on a terminal with a spinner until it is done."""
        if self.plain:
            self.say(doing)
            yield
            return
        with self.console.status(f"{doing} …"):
            yield
        self.say(f"✓ {doing}")


def _play(show: Show, *, span: int | None, rate: float, seed: int, guarantee: str) -> None:
    from importlib.resources import as_file, files

    from cli.apprentice import Apprentice
    from cli.showcase import Showcase
    from jobs.kafka.chosen import using
    from jobs.options import Options
    from services.devstack import settings as where
    from services.devstack.submit import submit
    from services.devstack.topics import topics
    from services.kafka.client import ensure_topics, producer
    from services.view.feed import Feed
    from services.view.figures import Figures
    from simulation.listen import Ear
    from simulation.send import Seller
    from simulation.shop import Shop
    from simulation.stage import stage

    home = where.home() / "demo"
    with show.step("checking this machine"):
        _check(where.Settings(home=home))
    with contextlib.ExitStack() as curtain:
        curtain.enter_context(using(""))  # its broker is its own, whatever the environment says
        with show.step("starting a Kafka broker and a Flink cluster"):
            settings = curtain.enter_context(stage(home, say=show.say))
        options = Options(brokers=settings.brokers, guarantee=guarantee)
        ensure_topics(options.brokers, topics(options))
        feed = Feed(settings.brokers, options.outputs)
        feed.start()
        curtain.callback(feed.close)
        out = producer(settings.brokers, linger_ms=2)
        curtain.callback(out.close, timeout=2)
        # The shop opens while the job is still being submitted: what happens meanwhile waits in Kafka, and nothing of it is lost.
        ear = Ear(settings.brokers)
        ear.start()
        curtain.callback(ear.close)
        folder = curtain.enter_context(as_file(files("simulation") / "campaigns"))
        showcase = Showcase(home=settings.home, brokers=settings.brokers, control=options.control_topic)
        apprentice = Apprentice(
            home=settings.home,
            brokers=settings.brokers,
            campaigns=folder,
            campaign=SCORED,
            seed=seed,
            rate=rate,
            showcase=showcase,
            say=show.say if show.plain else _quiet,
        )
        shop = Shop(seed=seed, start=int(time.time() * 1000), rate=rate)
        seller = Seller(shop, out, topic=options.events_topic, actions=ear.take, keep=apprentice.keep)
        seller.start()
        curtain.callback(seller.close)
        show.say(f"the shop is open: {rate:g} events/s to topic {options.events_topic} at {settings.brokers}")
        with show.step("submitting the job with the shop's products and the demo's campaigns"):
            showcase.publish_catalogue()
            submit(options, settings, campaigns=[folder])
        show.say(f"the job runs; Flink's page: {settings.rest}")
        figures = Figures(began=int(time.time() * 1000))
        apprentice.start()
        curtain.callback(apprentice.close)
        with contextlib.suppress(KeyboardInterrupt):
            watch = _tell if show.plain else _draw
            watch(show, figures, feed, seller, apprentice, span / 1000 if span else None)
        _finish(show, figures, showcase)
    show.say("all of it is stopped, its ports are free")


def _check(settings: "Settings") -> None:
    """Run the checks of `kairos doctor`, except for jars, which are fetched, and ports, since free ones are used."""
    from services.devstack import doctor

    checks = (doctor.python, doctor.packages, doctor.java_, doctor.memory, doctor.disk)
    wrong = [finding for check in checks for finding in check(settings) if not finding.good]
    if wrong:
        message = "this machine cannot run it yet:\n" + "\n".join(f"  {each.what}: {each.found}. {each.fix}" for each in wrong)
        raise click.ClickException(message)


def _draw(show: Show, figures: "Figures", feed: "Feed", seller: "Seller", apprentice: "Apprentice", seconds: float | None) -> None:
    """Draw the live view for this long."""
    from rich.live import Live

    from services.view.screen import Screen

    screen = Screen(title="Kairos demo: an outdoor shop, live")
    with Live(console=show.console, screen=True, auto_refresh=False) as live:
        for passed in _ticks(seller, seconds):
            _take(figures, feed, seller, apprentice.showcase)
            clock = f"{_minutes(passed)} of {_minutes(seconds)}" if seconds else _minutes(passed)
            hint = f"{apprentice.status} · 20 s of silence represent 30 minutes · Ctrl-C to end"
            live.update(screen.draw(figures, passed=clock, hint=hint, width=show.console.width, height=show.console.height), refresh=True)


def _tell(show: Show, figures: "Figures", feed: "Feed", seller: "Seller", apprentice: "Apprentice", seconds: float | None) -> None:
    """Print plain lines for this long."""
    from services.view.lines import message_line, progress

    told, first = 0.0, False
    for passed in _ticks(seller, seconds):
        _take(figures, feed, seller, apprentice.showcase)
        if figures.messages and not first:
            first = True
            show.say(f"first decision after {show.passed():.1f} s: {message_line(figures.messages[0])}")
        if passed - told >= TOLD_EVERY_S:
            told = passed
            show.say(progress(figures))
            for message in [*figures.messages][:2]:
                show.say(f"  {message_line(message)}")


def _ticks(seller: "Seller", seconds: float | None) -> Iterator[float]:
    """Yield the elapsed seconds, several times a second, while the shop is open."""
    began = time.monotonic()
    while seller.wait(DRAWN_EVERY_S) and (seconds is None or time.monotonic() - began < seconds):
        yield time.monotonic() - began


def _take(figures: "Figures", feed: "Feed", seller: "Seller", showcase: "Showcase") -> None:
    """Bring the figures up to date."""
    figures.sent_events(seller.sent, time.monotonic())
    for seen in feed.take():
        if figures.output(seen.value, seen=seen.at):
            showcase.keep(seen.value or {})


def _finish(show: Show, figures: "Figures", showcase: "Showcase") -> None:
    """Print the totals, and what to try next."""
    from services.view.lines import latency_lines, summary

    lines = [*summary(figures, now=time.time()), *latency_lines(figures)]
    if figures.first_decision is not None:
        lines.append(f"first decision {figures.first_decision / 1000 - show.began:.1f} s after the command was given")
    if showcase.mail.exists():
        lines.append(f"the latest e-mail, to look at in a browser: {showcase.mail}")
    lines += ["", "What to try next (after `. .venv/bin/activate`)", *(f"  # {meaning}\n  {command}" for meaning, command in NEXT), ""]
    show.console.print("", *lines, sep="\n", markup=False, soft_wrap=True)
    show.say("stopping everything that was started")


def _quiet(line: str) -> None:
    """Say nothing: on the live view, the hint shows the status."""


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _process_start() -> float:
    """When this process began, in epoch seconds: imports are part of the waiting time."""
    import psutil

    return float(psutil.Process().create_time())
