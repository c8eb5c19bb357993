"""Options of `python -m training`, and the values they are parsed into."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from jobs.kafka.chosen import VARIABLE, brokers_of, chosen, using
from jobs.registry.chosen import using as reading_with
from jobs.registry.told import VARIABLE as REGISTRY
from services.devstack import settings
from services.documents.findings import BadFile
from services.local.book import book_of
from training.errors import TrainingError
from training.history import KINDS, LINKED, HistorySource, from_file, from_lake, from_topic, is_linked
from udfs.core.campaigns.book import Book
from udfs.core.values.durations import parse_duration
from udfs.core.values.errors import KairosError

F = TypeVar("F", bound=Callable[..., Any])
PROBE = Path(__file__).parent / "probes" / "after-order.yaml"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FILE = click.Path(path_type=Path)


class Span(click.ParamType["int"]):
    """A duration as in campaigns, in milliseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse a duration, or say how one is written."""
        if isinstance(value, int):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Instant(click.ParamType["int"]):
    """A date, or a date and time (UTC), in epoch milliseconds."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse ISO 8601."""
        if isinstance(value, int):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a date: write 2026-03-01, or 2026-03-01T12:00", param, ctx)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


class ModelName(click.ParamType["str"]):
    """A model's name, as campaigns write it."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept lower-case words joined by hyphens."""
        if not NAME.fullmatch(str(value)):
            self.fail(f"{value!r} is not a name: write lower-case words joined by hyphens, such as purchase-propensity", param, ctx)
        return str(value)


_BROKERS = (
    click.option("--brokers", metavar="HOST:PORT,…", help="Kafka. [default: that of the properties, or the local stack's]"),
    click.option(
        "--kafka-properties",
        type=FILE,
        envvar=VARIABLE,
        expose_value=False,
        callback=lambda context, _, file: _connect_with(context, file),
        metavar="FILE",
        help=f"File of Kafka client properties, for a secured broker. [default: ${VARIABLE}, or the local stack's]",
    ),
)
LINK_IDS = click.option(
    "--link-ids",
    type=click.Choice(LINKED),
    default=LINKED[0],
    show_default=True,
    help="Whether ids that turn out to be one person are one (docs/identity.md): say what the job is submitted with.",
)
_SOURCE = (
    click.option("--history", type=FILE, metavar="FILE", help="Read history from this file. [default: the topic of events]"),
    click.option("--lake", metavar="FOLDER|URI", help="Read history from this lake (docs/lake.md), a folder or s3://bucket/lake."),
    click.option("--source", type=click.Choice(KINDS), default=KINDS[0], show_default=True, help="The format of the file."),
    *_BROKERS,
    click.option("--topic", default="events", show_default=True, help="The topic of events."),
    LINK_IDS,
    click.option(
        "--schema-registry",
        envvar=REGISTRY,
        expose_value=False,
        callback=lambda context, _, told: _read_with(context, told),
        metavar="URL|FILE",
        help=f"Schema registry of events in Confluent's Avro format: its https URL, or a file of properties. [default: ${REGISTRY}]",
    ),
)
_HISTORY = (
    *_SOURCE,
    click.option(
        "--campaigns",
        type=FILE,
        multiple=True,
        metavar="FILE|DIR",
        help="Campaigns to decide with; repeatable. [default: a probe campaign, one row per order]",
    ),
    click.option("--campaign", help="The campaign whose decisions are the rows, if there are several."),
    click.option(
        "--features", type=FILE, metavar="FILE", help="[default: features.yaml in the folder of the campaigns, else the features shipped with Kairos]"
    ),
)


def with_history(command: F) -> F:
    """Add the options for the history and for what it is replayed with."""
    for option in reversed(_HISTORY):
        command = option(command)
    return command


def with_source(command: F) -> F:
    """Add the options for the history alone."""
    for option in reversed(_SOURCE):
        command = option(command)
    return command


def with_brokers(command: F) -> F:
    """Add the options for reaching Kafka."""
    for option in reversed(_BROKERS):
        command = option(command)
    return command


def source(history: Path | None, kind: str, brokers: str | None, topic: str, lake: str | None = None, *, link_ids: str = LINKED[0]) -> HistorySource:
    """The history that these options name."""
    return replace(_source(history, kind, brokers, topic, lake), links_ids=is_linked(link_ids))


def _source(history: Path | None, kind: str, brokers: str | None, topic: str, lake: str | None) -> HistorySource:
    if lake is not None:
        if history is not None:
            problem = "--history and --lake are two histories: name one"
            raise TrainingError(problem)
        return from_lake(lake)
    if history is not None:
        return from_file(history, kind)
    if kind == "online-retail":
        problem = "--source online-retail needs the file: --history online_retail_all.csv.gz"
        raise TrainingError(problem)
    return from_topic(brokers or local_brokers(), topic)


def local_brokers() -> str:
    """The brokers of the file of properties, or else those of the local stack."""
    file = chosen()
    return (brokers_of(file) if file else "") or settings.load().brokers


def _connect_with(context: click.Context, file: Path | None) -> None:
    """Connect with this file, or the local stack's, until the command ends."""
    known = "" if context.params.get("brokers") else settings.load().kafka_properties
    context.with_resource(using(file or known))


def _read_with(context: click.Context, told: str | None) -> None:
    """Read events with the schemas of this registry until the command ends."""
    try:
        context.with_resource(reading_with(told))
    except KairosError as problem:
        raise click.BadParameter(problem.message) from problem


def book(campaigns: Sequence[Path], features: Path | None) -> Book:
    """The campaigns and features to decide with. Raises TrainingError for a bad file."""
    try:
        return book_of(campaigns or [PROBE], features=features)
    except BadFile as error:
        raise TrainingError(str(error)) from error


def only(book: Book, campaign: str | None) -> str:
    """The named or only campaign. Raises TrainingError if there are several and none is named."""
    if campaign is not None:
        return campaign
    if len(book.campaigns) != 1:
        problem = f"whose decisions are the rows? name one with --campaign: {', '.join(book.campaigns) or 'the files hold no campaign'}"
        raise TrainingError(problem)
    return next(iter(book.campaigns))
