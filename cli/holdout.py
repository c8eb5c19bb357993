"""`kairos holdout`: in which groups a customer is, and why."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker
from cli.parameters import ManyCampaigns

if TYPE_CHECKING:
    from udfs.core.campaigns.book import Book
    from udfs.core.profile.identity import Identity

PATH = click.Path(path_type=Path, exists=True)


@click.command(cls=ManyCampaigns)
@click.argument("user")
@click.option("--campaigns", multiple=True, type=PATH, metavar="FILE|DIR…", help="Campaigns and policy. [default: what is published]")
@click.option("--policy", type=PATH, help="With --campaigns: the policy, if it is not among them.")
@click.option("--events", type=PATH, metavar="FILE", help="Also read from these events which other ids the customer has, and which one draws.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@broker
def holdout(
    *, user: str, campaigns: Sequence[Path], policy: Path | None, events: Path | None, as_json: bool, brokers: str | None, topic: str
) -> None:
    """Tell in which groups USER is: the global holdout, each campaign's control group, the variant that it draws, and why.

    Chance is a hash of the id, so the answer holds before anything was decided. Who has several ids keeps the draw of the one that was
    assigned first: --events finds it.
    """
    from services.lift.membership import groups_of

    book = _book(campaigns, policy, brokers, topic)
    person, identity = (user, None) if events is None else _person(book, events, user)
    found = groups_of(book, person, identity)
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    named = person if person == user else f"{user}, who is {person}"
    click.echo(f"{named}: {'held out of every campaign that is not exempt' if found.held_out else 'not in the global holdout'}; {found.why}")
    for each in found.campaigns:
        click.echo(f"  {each.campaign:<30} {each.group:<18} {each.why}".rstrip())


def _book(campaigns: Sequence[Path], policy: Path | None, brokers: str | None, topic: str) -> Book:
    if campaigns:
        from services.local.book import book_of

        return book_of(campaigns, policy=policy)
    if policy is not None:
        message = "--policy goes with --campaigns"
        raise click.UsageError(message)
    from services.control.listing import entries
    from udfs.core.campaigns.compile_book import compile_book

    return compile_book(entries(address(brokers), topic))


def _person(book: Book, events: Path, user: str) -> tuple[str, Identity | None]:
    """Who an id turns out to be, and by which id chance draws for her, after these events."""
    from services.local.job import LocalJob
    from services.replay.segment import segment_spec
    from udfs.core.profile.stored import decode
    from udfs.core.values.errors import NotFound

    job = LocalJob(book)
    for _ in job.run(segment_spec(events).records, drain=0):
        pass
    person = job.links.person(user)
    blob = job.profiles.get(person)
    if blob is None:
        message = f"no event of {user!r} in {events}"
        raise NotFound(message)
    return person, decode(blob).identity
