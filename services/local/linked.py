"""Who one customer is by a whole history: the ids that turn out to be theirs, found without deciding about anybody else."""

from collections.abc import Callable, Iterable

from services.local.job import LocalJob
from services.replay.records import Record
from udfs.codecs.decode import decode_all
from udfs.core.campaigns.book import Book
from udfs.core.identity.links import Links, told_by
from udfs.core.records import Event


def links_around(book: Book, history: Callable[[], Iterable[Record]], user: str) -> Links:
    """The links of everybody whom `user` may be, the same as a run over the whole history finds. `history` is read twice.

    What an event says is not always taken: two persons who are known stay two, and of somebody who was erased nothing is known. So the ids that
    any event names together are collected first, and then the job says which of them are one.
    """
    keys = {each.encode() for each in _named_with(history(), user)}
    job = LocalJob(book)
    for record in history():
        if record.key in keys:
            for _ in job.until(record.at - 1):
                pass
            job.take(record)
    return job.links


def _named_with(records: Iterable[Record], user: str) -> set[str]:
    """The ids that events name together with this one, directly or by others."""
    beside: dict[str, set[str]] = {}
    for record in records:
        for event in decode_all(record.key, record.value, record.at):
            for link in told_by(event) if isinstance(event, Event) else ():
                beside.setdefault(link.old, set()).add(link.new)
                beside.setdefault(link.new, set()).add(link.old)
    found, left = {user}, [user]
    while left:
        new = beside.get(left.pop(), set()) - found
        found |= new
        left += new
    return found
