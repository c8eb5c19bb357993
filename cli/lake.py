"""`kairos lake`: events and decisions as Parquet, under pseudonyms: fill it, ask it, compact it, erase people from it."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli import sql_job
from cli.control import address
from cli.kafka import kafka
from cli.told import Group, many
from jobs.lake_options import LakeOptions

if TYPE_CHECKING:
    import duckdb

    from services.lake.store import Lake

F = TypeVar("F", bound=Callable[..., Any])
SHOWN = 100
"""Rows of a table in the terminal; --json and --csv show all."""


@click.group(cls=Group)
def lake() -> None:
    """The lake: events, decisions and segments as Parquet by date, with pseudonyms in the place of people."""


def place(command: F) -> F:
    """Add the option that names the lake."""
    option = click.option("--lake", "where", metavar="FOLDER|URI", help="A folder, or s3://bucket/lake. [default: lake in the state folder]")
    return option(command)


def keys_option(command: F) -> F:
    """Add the option that names the keys."""
    kind = click.Path(path_type=Path, dir_okay=False)
    return click.option("--keys", type=kind, metavar="FILE", help="Keys of pseudonyms. [default: lake.keys in the state folder]")(command)


@lake.command()
@sql_job.submit_options(LakeOptions)
def submit(restore: str, **told: Any) -> None:
    """Submit the lake job, or replace the running one: next to the main job, in a TaskManager of its own.

    With --restore none it reads every topic from its beginning and writes its rows a second time: give it an empty lake then.
    """
    from services.devstack import lake as running

    options = sql_job.submit(LakeOptions, told, running.submit, restore=restore)
    click.echo(f"tables   {', '.join(f'{options.topic_of(name)} -> {name}' for name in options.table_names)}")
    click.echo(f"lake     {options.lake}, files every {options.checkpoint_interval_ms / 1000:g} s; `kairos lake sql` asks it")


@lake.command()
@click.argument("query")
@place
@click.option("--json", "as_json", is_flag=True, help="One JSON object a row.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values, with a header.")
def sql(query: str, where: str | None, *, as_json: bool, as_csv: bool) -> None:
    """Ask the lake in SQL (DuckDB): SELECT … FROM events, decisions or segments.

    A query reads finished files of the lake and nothing else. Nobody who was erased is in the answer.
    """
    from services.lake.ask import ask, opened

    with opened(_lake(where)) as connection:
        found = ask(connection, query)
        names = [column[0] for column in found.description or ()]
        if as_json:
            for row in _rows(found):
                click.echo(json.dumps(dict(zip(names, row, strict=True)), default=str))
        elif as_csv:
            writer = csv.writer(sys.stdout)
            writer.writerow(names)
            writer.writerows(_rows(found))
        else:
            _show(names, _rows(found))


@lake.command()
@place
@click.option("--target-mb", type=click.IntRange(min=1), default=128, show_default=True, help="Size of a file; files half as large stay as they are.")
def compact(where: str | None, target_mb: int) -> None:
    """Merge the small files of each day. Run it once a day; the lake job runs on, and every row stays in exactly one file."""
    from services.lake import compact as compacting

    found = _lake(where)
    done = compacting.compact(found, target_mb=target_mb, now=time.time())
    if not done.files:
        click.echo("nothing to compact")
        return
    click.echo(
        f"{many(done.files, 'file')} of {many(done.days, 'day and table')} merged into {done.into:,}: {done.rows:,} rows, "
        f"{done.bytes_before / 1e6:,.1f} MB -> {done.bytes_after / 1e6:,.1f} MB"
    )
    _left(done.young)


@lake.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id", "ids", multiple=True, metavar="ID", help="Somebody's id; repeatable.")
@click.option("--before", metavar="TIME", help="Erase what was recorded before this time, as 2026-03-02 or 2026-03-02T12:00 (UTC). [default: now]")
@click.option("--linked/--not-linked", default=True, show_default=True, help="Also the events of browsers that were theirs, before a login.")
@click.option("--forgotten", is_flag=True, help="Also everybody whom the job has forgotten or erased, by the topics.")
@click.option("--people-topic", default="people", show_default=True, help="The directory of people, for --forgotten.")
@click.option("--erasures-topic", default="erasures", show_default=True, help="The notices of erasures, for --forgotten.")
@kafka
@place
@keys_option
def erase(
    file: Path | None,
    ids: tuple[str, ...],
    before: str | None,
    where: str | None,
    keys: Path | None,
    people_topic: str,
    erasures_topic: str,
    brokers: str | None,
    *,
    linked: bool,
    forgotten: bool,
) -> None:
    """Erase people: rewrite the files that hold them. FILE has one id in each line, as events name them.

    Without anybody it removes what came back of those who were erased before: run it so once a day. The lake job runs on.
    """
    from services.lake import erase as erasing
    from udfs.lake.pseudonyms import read_keys

    wanted = [*ids, *(line.strip() for line in (file.read_text(encoding="utf-8").splitlines() if file else ()))]
    known = read_keys(keys or _settings_keys())
    found = _lake(where)
    people = dict.fromkeys((each for each in wanted if each), _instant(before))
    if forgotten:
        from services.lake import forgotten as directory

        known_to_be_gone = directory.forgotten(address(brokers), people_topic)
        noticed, unread = directory.erased(address(brokers), erasures_topic)
        for name, until in noticed.items():
            known_to_be_gone[name] = max(until, known_to_be_gone.get(name, 0))
        people = {**known_to_be_gone, **people}
        if unread:
            click.echo(
                f"{many(unread, 'record')} on topic {erasures_topic} cannot be read as the erasure of somebody, and nobody was erased for them: "
                f"`kairos tail erasures --from earliest --no-follow` shows them; name whom they mean as an id",
                err=True,
            )
    _finish_files(where)
    done = erasing.erase_each(found, people, known, linking=linked)
    rows = ", ".join(f"{count:,} of {table}" for table, count in sorted(done.rows.items())) or "none"
    click.echo(f"{many(done.asked, 'id')} named, {len(done.found):,} pseudonyms found, {done.linked:,} linked; rows erased: {rows}")
    click.echo(f"{many(done.read, 'file')} read, {done.rewritten:,} rewritten, {done.deleted:,} deleted")
    if done.unfinished:
        click.echo(
            f"{many(done.unfinished, 'file')} still being written: queries leave these people out, and the next `kairos lake erase` erases them"
        )
    _left(done.young)


@lake.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
def key(file: Path | None) -> None:
    """Make a file of keys, or add a key of a new epoch to it: from then on people have new pseudonyms, once the job is submitted again.

    Keep every key: without the old ones nobody can be erased from what was written with them.
    """
    from udfs.lake.pseudonyms import add_key

    where = file or _settings_keys()
    click.echo(f"epoch {add_key(where)} in {where}; `kairos lake submit` begins to use it")


def _rows(found: duckdb.DuckDBPyConnection) -> Iterator[Sequence[Any]]:
    from services.lake.ask import fetched

    return fetched(found)


def _show(names: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    shown = list(islice(rows, SHOWN))
    for place_of, name in enumerate(names):
        numbers = all(isinstance(row[place_of], (int, float)) for row in shown)
        table.add_column(name, overflow="fold", justify="right" if numbers and shown else "left")
    for row in shown:
        table.add_row(
            *("" if value is None else f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value) for value in row)
        )
    console = Console(width=None if Console().is_terminal else 200, markup=False)
    console.print(table)
    more = sum(1 for _ in rows)
    click.echo(
        f"{len(shown) + more:,} rows" + (f", of which {len(shown)} are shown: --json and --csv show all" if more else "")
        if len(shown) != 1
        else "1 row"
    )


def _left(young: int) -> None:
    if young:
        click.echo(f"{many(young, 'file')} younger than ten minutes stayed, for a job that restarts may still look at them. Run it again later")


def _lake(where: str | None) -> Lake:
    from services.devstack import settings
    from services.lake.store import Lake

    return Lake(where or settings.home() / "lake")


def _settings_keys() -> Path:
    from services.devstack import settings

    return settings.home() / "lake.keys"


def _finish_files(where: str | None) -> None:
    """Have a lake job of the local stack finish what it is writing, so that it is erased, too."""
    if where is not None:
        return
    from services.devstack.settings import load
    from services.flink.rest import ClusterError, Rest
    from services.lake.flush import flush

    try:
        flush(Rest(load().rest), suffix="-lake")
    except ClusterError as problem:
        click.echo(f"files being written are not finished first: {problem}", err=True)


def _instant(told: str | None) -> int:
    from datetime import UTC, datetime

    if told is None:
        return int(time.time() * 1000)
    try:
        found = datetime.fromisoformat(told)
    except ValueError as problem:
        message = f"{told!r} is not a time: write 2026-03-02, or 2026-03-02T12:00"
        raise click.UsageError(message) from problem
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
