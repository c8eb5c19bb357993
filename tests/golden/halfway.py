"""A key in the middle of hand-overs between ids. They take a fraction of a second, so no savepoint catches one: the protocol makes it here."""

from tests.golden.told import START
from udfs.core.identity import ties as tied_to
from udfs.core.identity.ties import Parked, Ties

NAME = "(in the middle of a hand-over)"
"""Under which it is kept among the keys."""


def ties() -> Ties:
    """Of somebody who waits for a history, has given up on another, holds one that came early, and has become somebody else meanwhile."""
    found = Ties(person="kim@new", by="merge-5", until=START)
    found.settle("merge-0", ["merge-older"])
    found.expect("merge-1", START)
    found.give_up()
    found.expect("merge-2", START + 1)
    found.park(Parked(START, "kim", b'{"type": "page"}', merge_id="merge-2", hops=2, via="merge-4"))
    found.park(Parked(START, "web-1", b'{"type": "alias"}', merge_id="merge-2", person="kim", change=True))
    found.answer("merge-3", b"a history", ["merge-before-it"], START + 2)
    found.hold("merge-4", b"a record of identity", START + 3)
    return found


def blob() -> bytes:
    """As it is stored."""
    return tied_to.write(ties())
