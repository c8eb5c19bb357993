"""What is wrong with a feed as a whole, in one class; and the limits that every feed is held to."""

from udfs.core.values.errors import InvalidInput

MAX_BYTES = 4 * 1024**3
"""Of a feed, once it is unpacked."""
MAX_ROW = 1024 * 1024
"""Bytes of one row."""
MAX_ITEMS = 5_000_000


class FeedError(InvalidInput):
    """A feed that cannot be taken; the message says why and how to fix it."""
