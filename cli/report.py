"""`kairos report`: the KPIs, over the lake or over files, as a table, as JSON, or as one HTML file with pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import duckdb

    from services.kpis.prepare import Shop
    from services.kpis.results import Report

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
BY = ("campaign", "segment", "channel", "stage", "week")


class _Words(click.ParamType["tuple[str, ...]"]):
    """Words separated by commas, each one of a few."""

    name = "words"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split them, or say which words there are."""
        if isinstance(value, tuple):
            return value
        found = tuple(dict.fromkeys(filter(None, (word.strip() for word in str(value).split(",")))))
        if wrong := [word for word in found if word not in BY]:
            self.fail(f"{wrong[0]!r} is not one of {', '.join(BY)}", param, ctx)
        return found


class _Day(click.ParamType[date]):
    """A day, as 2026-03-02."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read it, or say how one is written."""
        try:
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a day: write 2026-03-02", param, ctx)


@click.command()
@click.option("--by", type=_Words(), default="", metavar="WORDS", help=f"Divide each figure by {', '.join(BY)}; several with commas.")
@click.option("--metric", "names", multiple=True, metavar="NAME", help="Only this metric; repeatable.")
@click.option("--metrics", "files", multiple=True, type=FILE, metavar="FILE", help="Metrics of your own, next to those of Kairos; repeatable.")
@click.option("--list", "only_list", is_flag=True, help="List the metrics, and check the files of --metrics.")
@click.option("--from", "first", type=_Day(), metavar="DAY", help="First day, as 2026-03-01. [default: that of the first event]")
@click.option("--to", "last", type=_Day(), metavar="DAY", help="Last day, which is part of it. [default: that of the last event]")
@click.option("--zone", "place", default="UTC", show_default=True, metavar="ZONE", help="By whose clock days and weeks begin, as Europe/Berlin.")
@click.option("--currency", metavar="CODE", help="The currency of amounts that name none, as EUR.")
@click.option("--policy", type=FILE, help="The policy: its currency and its rates.")
@click.option("--lake", "where", metavar="FOLDER|URI", help="A folder, or s3://bucket/lake. [default: lake in the state folder]")
@click.option("--events", type=FILE, help="Instead of a lake: events in the Segment spec, one JSON object a line.")
@click.option("--records", multiple=True, type=FILE, help="Instead of a lake: what `kairos try --records` wrote, or a dump of topics; repeatable.")
@click.option("--json", "as_json", is_flag=True, help="JSON.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False, writable=True), metavar="FILE", help="Also one HTML file with pictures.")
def report(
    by: tuple[str, ...],
    names: tuple[str, ...],
    files: tuple[Path, ...],
    first: date | None,
    last: date | None,
    place: str,
    currency: str | None,
    policy: Path | None,
    where: str | None,
    events: Path | None,
    records: tuple[Path, ...],
    html: Path | None,
    *,
    only_list: bool,
    as_json: bool,
) -> None:
    """What it brought: who opens, clicks, orders and comes back, what they spend, and where they drop out.

    Over the lake, or with --events and --records over files. docs/kpis.md says what each metric means, and how to write your own.
    """
    from services.kpis.language import chosen, read_metrics, shipped
    from services.kpis.report import Asked
    from services.kpis.report import report as compute
    from services.kpis.written import as_json as written
    from udfs.core.values.zones import zone

    known = {each.name: each for each in [*shipped(), *read_metrics(files)]}
    metrics = list(chosen(known.values(), names))
    if only_list:
        for each in metrics:
            click.echo(f"{each.name:<28} {each.unit:<9} {each.means}")
        return
    found = zone(place)
    if found is None:
        message = f"{place!r} is not a time zone: write Europe/Berlin, for example"
        raise click.BadParameter(message, param_hint="--zone")
    if where is not None and (events is not None or records):
        message = "a lake or files, not both: leave --lake out, or --events and --records"
        raise click.UsageError(message)
    asked = Asked(metrics=metrics, by=by, first=first, last=last, zone=found, shop=_shop(policy, currency), source=_source(where, events, records))
    if html is not None and not html.parent.is_dir():
        message = f"--html {html}: there is no folder {html.parent}"
        raise click.UsageError(message)
    with _opened(where, events, records) as connection:
        done = compute(connection, asked)
    if as_json:
        click.echo(json.dumps(written(done), indent=2, ensure_ascii=False))
    else:
        _show(done)
    if html is not None:
        from services.kpis.page import page

        text = page(done)
        html.write_text(text, encoding="utf-8")
        click.echo(f"report: {html} ({len(text) // 1000 + 1:,} kB)", err=as_json)


def _shop(policy: Path | None, currency: str | None) -> Shop:
    from services.documents.files import only
    from services.documents.findings import BadFile
    from services.kpis.prepare import Shop
    from udfs.core.policy.language.policy import compile_policy
    from udfs.core.values.money import Currency
    from udfs.core.values.problems import DocumentError

    if policy is None:
        return Shop(currency=Currency(_code(currency)))
    file = only(policy, "policy")
    try:
        told = compile_policy(file.document).currency
    except DocumentError as error:
        raise BadFile([file.locate(problem) for problem in error.problems]) from error
    if currency is not None and told.base not in (None, _code(currency)):
        message = f"--currency {currency}, and the policy says {told.base}: leave one of them out"
        raise click.UsageError(message)
    return Shop(currency=told if told.base is not None else Currency(_code(currency)))


def _code(currency: str | None) -> str | None:
    if currency is None:
        return None
    code = currency.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        message = f"{currency!r} is not a currency: write three letters, as EUR"
        raise click.BadParameter(message, param_hint="--currency")
    return code


def _source(where: str | None, events: Path | None, records: Iterable[Path]) -> str:
    files = [str(file) for file in (events, *records) if file is not None]
    return " and ".join(files) if files else f"the lake {where}" if where else "the lake"


@contextmanager
def _opened(where: str | None, events: Path | None, records: tuple[Path, ...]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables, of a lake or of files."""
    if events is not None or records:
        from services.kpis.files import opened_files

        with opened_files(events, records) as connection:
            yield connection
        return
    from services.devstack import settings
    from services.lake.ask import opened
    from services.lake.store import Lake

    with opened(Lake(where or settings.home() / "lake")) as connection:
        yield connection


def _show(done: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    from services.kpis.written import head, rows

    for told in head(done):
        click.echo(told)
    lines = rows(done)
    has_stages = any(line[-4] for line in lines)
    names = ["metric", *done.by, *(["stage of it"] if has_stages else []), "figure", "made of", ""]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, justify="right" if name == "figure" else "left", overflow="fold")
    before = ""
    for line in lines:
        cells = [*line[:-4], *([line[-4]] if has_stages else []), *line[-3:]]
        table.add_row(*(["" if line[0] == before else line[0], *cells[1:]]))
        before = line[0]
    console = Console(width=None if Console().is_terminal else 200, markup=False, highlight=False)
    with console.capture() as drawn:
        console.print(table)
    click.echo()
    for text in drawn.get().splitlines():
        click.echo(text.rstrip())
    for answer in done.answers:
        if answer.not_by:
            click.echo(f"{answer.metric.name} cannot be divided by {' and '.join(answer.not_by)}", err=True)
    if done.notes:
        click.echo()
    for note in done.notes:
        click.echo(f"* {note}")
