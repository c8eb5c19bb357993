"""What bandits have learned reaches the operator by the broadcast of control, under keys of its own, and is kept in the same state.

A restart from a savepoint finds it there. A start without one reads the topic from its beginning: it is compacted, so nothing is forgotten.
"""

from collections.abc import Iterable
from dataclasses import replace

from udfs.core.bandits.learned import BadArms, taught
from udfs.core.campaigns.book import Book, Entry

PREFIX = "arms/"
"""What keys begin with: the name of the campaign follows."""


def is_learned(key: str) -> bool:
    """Whether an entry is of the topic `arms`, and not of `control`."""
    return key.startswith(PREFIX)


def with_learned(book: Book, entry: Entry) -> Book:
    """The book with what was learned; the same book where it knows something newer. Raises BadArms."""
    arms = taught(book.arms, entry.key.removeprefix(PREFIX), entry.value)
    return book if arms is book.arms else replace(book, arms=arms)


def restored(book: Book, entries: Iterable[Entry]) -> Book:
    """The book with what state remembers. What a newer version cannot read any more is learned again from the next record."""
    for entry in entries:
        try:
            book = with_learned(book, entry)
        except BadArms:
            continue
    return book
