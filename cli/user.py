"""`kairos user`: what is known of one person: tell it, erase it, and say where anything still is."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.control import address
from cli.kafka import kafka
from cli.told import Group, many
from cli.wording import erasure_line
from services.finite import Finite

if TYPE_CHECKING:
    from services.lake.store import Lake
    from services.people.places import Places

PATH = click.Path(path_type=Path, exists=True)


@click.group(cls=Group)
def user() -> None:
    """What is known of one person."""


def _topics(command: Any) -> Any:
    """Add the options that name topics, and how long to wait."""
    for flag, name, usual in (
        ("--events-topic", "events_topic", "the local stack's, or events"),
        ("--responses-topic", "responses_topic", "responses"),
        ("--erasures-topic", "erasures_topic", "erasures"),
    ):
        command = click.option(flag, name, default=None, metavar="TOPIC", help=f"[default: {usual}]")(command)
    return click.option("--seconds", type=Finite(min=1), default=60.0, show_default=True, help="How long to wait for the job.")(command)


@user.command()
@click.argument("who", metavar="ID")
@click.option("--events", type=PATH, metavar="FILE", help="Take these events in this process, and tell what is known then: needs no broker.")
@click.option("--campaigns", multiple=True, type=PATH, metavar="FILE|DIR", help="With --events: the campaigns, features and policy; repeatable.")
@_topics
@kafka
def export(who: str, events: Path | None, campaigns: tuple[Path, ...], seconds: float, brokers: str | None, **topics: str | None) -> None:
    """Print everything that is known of ID as JSON, each field with its meaning.

    The running job is asked, so the answer knows every event that it has read. Times are UTC.
    """
    from services.people.export import document

    if events is not None:
        from services.local.book import book_of
        from services.people.local import answer_in_one_process
        from services.replay.segment import segment

        answer = answer_in_one_process(book_of(campaigns), segment(events).records, who)
    elif campaigns:
        message = "--campaigns goes with --events: the running job knows what is published"
        raise click.UsageError(message)
    else:
        from services.people.ask import ask

        answer = ask(_places(brokers, topics), who, seconds=seconds)
    click.echo(json.dumps(document(answer), ensure_ascii=False, indent=2))


@user.command()
@click.argument("who", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")
@click.option("--lake", "where", metavar="FOLDER|URI", help="Also from this lake. [default: lake in the state folder, where there is one]")
@click.option("--keys", type=click.Path(path_type=Path, dir_okay=False), help="Keys of pseudonyms. [default: lake.keys in the state folder]")
@click.option("--no-lake", is_flag=True, help="Leave the lake alone.")
@_topics
@kafka
def erase(
    who: str, where: str | None, keys: Path | None, seconds: float, brokers: str | None, *, yes: bool, no_lake: bool, **topics: str | None
) -> None:
    """Erase everything that is known of ID, under each of the ids that are known to be the same person's.

    The job forgets the person in one step: nothing that is pending leaves, and what is under way is recalled. Then the lake is rewritten
    without them. It cannot be undone. Topics keep what was written before until it expires: `kairos user trace ID` says when.
    """
    from services.people.erase import erase as erase_everywhere
    from services.people.erase import erase_from_lake
    from services.people.send import NoAnswer

    if not yes and not click.confirm(f"Erase everything that is known of {who}? It cannot be undone"):
        sys.exit(1)
    lake = None if no_lake else _lake(where)
    try:
        done = erase_everywhere(_places(brokers, topics), who, seconds=seconds, say=lambda notice: click.echo(erasure_line(notice)))
    except NoAnswer as problem:
        hint = "the event may be on its way: run the command again, for erasing twice does no harm"
        raise NoAnswer(problem.message, f"{problem.hint}; {hint}") from problem
    if done.left:
        click.echo(f"not erased: {', '.join(done.left)}: so many ids cannot be one person's", err=True)
    if lake is not None:
        erase_from_lake(done, lake, keys or _state() / "lake.keys")
        click.echo(_told_of_lake(done.lake))
    click.echo(f"`kairos user trace {who}` says where anything still is")
    sys.exit(1 if done.left else 0)


@user.command()
@click.argument("who", metavar="ID…", nargs=-1, required=True)
@click.option("--deployment", default="kairos", show_default=True, help="Whose checkpoints and savepoints on this machine are looked at.")
@click.option("--lake", "where", metavar="FOLDER|URI", help="Also look into this lake. [default: lake in the state folder, where there is one]")
@click.option("--keys", type=click.Path(path_type=Path, dir_okay=False), help="Keys of pseudonyms. [default: lake.keys in the state folder]")
@click.option("--also-topic", "also", multiple=True, metavar="TOPIC", help="A further topic to read; repeatable. Those of the deployment are known.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a place.")
@_topics
@kafka
def trace(
    who: tuple[str, ...],
    deployment: str,
    also: tuple[str, ...],
    where: str | None,
    keys: Path | None,
    seconds: float,
    brokers: str | None,
    *,
    as_json: bool,
    **topics: str | None,
) -> None:
    """Say where anything of a person still is, and when it will be gone. Name all IDs that you know of; erasures tell further ones.

    The job is asked, and every topic is read from its beginning to its end, which takes as long as that takes. Looked at are also the lake, and
    checkpoints and savepoints of this machine's stack. Not looked at: logs, backups, and what others have read from the topics.
    """
    from jobs.kafka.grants import NEWS
    from services.people.trace.everywhere import person_of
    from services.people.trace.everywhere import trace as everywhere
    from services.people.trace.found import printable

    places = replace(_places(brokers, topics), others=(*_written_by(deployment), NEWS, *also))
    who = tuple(dict.fromkeys(who))
    person = person_of(places, who, seconds=seconds)
    if len(person.ids) > len(who):
        click.echo(f"also known as {', '.join(map(printable, person.ids[len(who) :]))}", err=True)
    there = 0
    known = _pseudonyms(person.ids, keys)
    for found in everywhere(places, person, pseudonyms=known, files=_files(deployment), lake=_in_lake(where, keys)):
        there += found.there
        click.echo(json.dumps(found.as_json(), ensure_ascii=False) if as_json else _told(found))
    if not as_json:
        click.echo(f"something is in {many(there, 'place')}" if there else "nothing is left")


def _told(found: Any) -> str:
    what = click.style(found.what, fg="yellow" if found.there else "green")
    return f"{found.where:<22} {what}" + (f"\n{'':<22}   {found.until}" if found.until else "")


def _written_by(deployment: str) -> list[str]:
    """The topics that jobs of a deployment were submitted with on this machine, whatever they are called."""
    from services.devstack.settings import load

    jobs = load().submitted
    found = [jobs[name] for name in (f"{deployment}-live", f"{deployment}-replay") if name in jobs]
    return [topic for told in found for topic in (told["events"], *told["outputs"].split(","))]


def _files(deployment: str) -> Any:
    """Looks at what was written of the state of a deployment, of the clock that runs here."""
    from services.devstack.settings import load
    from services.people.trace.state import of_files

    settings = load()
    clock = "replay" if settings.clock == "replay" else "live"
    return lambda person: of_files(settings, f"{deployment}-{clock}", erased_at=person.erased_at)


def _in_lake(where: str | None, keys: Path | None) -> Any:
    """Looks into the lake, where there is one."""

    def look(person: Any) -> Any:
        lake = _lake(where)
        if lake is not None:
            from services.people.trace.lake import in_lake
            from udfs.lake.pseudonyms import read_keys

            yield in_lake(lake, person.ids, read_keys(keys or _state() / "lake.keys"))

    return look


def _pseudonyms(ids: tuple[str, ...], keys: Path | None) -> set[str]:
    """As decisions and outcomes may hold them, where there are keys."""
    from udfs.lake.pseudonyms import read_keys

    place = keys or _state() / "lake.keys"
    known = read_keys(place) if keys is not None or place.exists() else None
    return set() if known is None else {name for each in ids for name in known.all_of(each)}


def _told_of_lake(done: Any) -> str:
    rows = ", ".join(f"{count:,} of {table}" for table, count in sorted(done.rows.items())) or "none"
    later = done.young + done.unfinished
    more = f"; {many(later, 'file')} left for the daily `kairos lake erase`, and nobody is shown what is in them" if later else ""
    return f"lake: rows erased: {rows}{more}"


def _places(brokers: str | None, topics: dict[str, str | None]) -> Places:
    from services.devstack.settings import load
    from services.people.places import Places
    from udfs.codecs.topics import Topics

    named = {name.removesuffix("_topic"): topic for name, topic in topics.items() if topic and name != "events_topic"}
    return Places(brokers=address(brokers), events=topics.get("events_topic") or load().events_topic, topics=Topics(**named))


def _lake(where: str | None) -> Lake | None:
    """The lake, where there is one."""
    if where is None and not (_state() / "lake").is_dir():
        return None
    from services.lake.store import Lake

    return Lake(where or _state() / "lake")


def _state() -> Path:
    from services.devstack import settings

    return settings.home()
