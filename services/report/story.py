"""A customer's whole story: what was noted under each of their ids, with what the notes do not say and deciding again finds out."""

from collections.abc import Iterator
from typing import NamedTuple

from services.local.again import Trace, decide_again
from services.replay.records import Record
from services.report.notes import Entry, Happened, Missed, Notes
from udfs.core.campaigns.book import Book
from udfs.core.identity.links import Links
from udfs.core.records import Event

MAX_ENTRIES = 20_000
"""Entries of all ids that were ever linked with a customer. A device in a shop may have seen thousands of people: then only the ids that are the
customer's now are looked at."""


class Part(NamedTuple):
    """An entry of a story."""

    entry: Entry
    event: Event | None = None
    """What happened, of a record of the history."""
    under: str = ""
    """The other id under which it came; empty: the customer's own."""
    repeated: bool = False
    """Whether the event was a duplicate, and ignored."""
    found: str = ""
    """What a condition that was not met had found, with what it needs."""


def story_of(user: str, notes: Notes, book: Book, *, links: Links, links_ids: bool, drain: int) -> list[Part]:
    """The story of one customer, in order. `links` and `links_ids` are those of the run, `drain` how far time moved on after it, in milliseconds."""
    around = links.around(user)
    ids = around if sum(map(notes.count, around)) <= MAX_ENTRIES else links.all_of(user)
    rows = notes.stories(ids)
    records = [Record(each.at, each.key, each.value) for _, each in rows if isinstance(each, Happened)]
    trace = decide_again(book, records, user=user, until=(notes.last or 0) + drain, links=links, links_ids=links_ids)
    return list(_parts(user, rows, trace))


def _parts(user: str, rows: list[tuple[str, Entry]], trace: Trace) -> Iterator[Part]:
    arrived: dict[int, list[tuple[Event, str, bool]]] = {}
    for each in trace.hers:
        under = each.event.user_id if each.event.user_id != user else ""
        arrived.setdefault(each.record, []).append((each.event, under, each.duplicate))
    found: dict[tuple[int, str, str], str] = {
        (each.at, each.what, each.campaign): "; ".join(each.asked.unmet) for each in trace.notes if each.asked is not None
    }
    number = 0
    for name, entry in rows:
        under = name if name != user else ""
        if isinstance(entry, Happened):
            yield from (Part(entry, event=event, under=other, repeated=repeated) for event, other, repeated in arrived.get(number, ()))
            number += 1
        elif trace.is_hers(name):
            words = found.get((entry.at, entry.what, entry.campaign), "") if isinstance(entry, Missed) else ""
            yield Part(entry, under=under, found=words)
