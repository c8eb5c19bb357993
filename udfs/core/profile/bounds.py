"""How much is kept of one customer, where several rooms of core need to know."""

from collections.abc import Mapping
from typing import Any

from udfs.core.values.bounded import MAX_NAME

MAX_MESSAGES = 500
"""Messages remembered of one customer."""
MAX_UNDERWAY = 32
"""Messages of one customer that can be recalled; the oldest give way."""
MAX_SEEN = 100
"""Names of events."""
MAX_VIEWED = 20
"""Products viewed last."""
MAX_BOUGHT = 32
"""Products ordered last."""
MAX_TRAITS = 50
"""And besides those by which somebody is reached."""
MAX_KEYS = 256
"""Entry keys remembered for one campaign and user; older ones are forgotten first."""
MAX_DUE = 512
"""Beyond it nobody enters, and nothing is deferred. What is armed, or under way, is never dropped for it."""
MAX_DUE_BYTES = 65_536
"""The same, for what is carried of events: a stranger chooses how long it is."""
MAX_ARMED = 64
"""Silences of one campaign that are distinguished by a property (`same`): the one that began first gives way. Carts are bounded themselves."""


def has_room(held: Mapping[str, Any], name: str) -> bool:
    """Whether one more trait of this name may be kept."""
    return len(name) <= MAX_NAME and (name in held or len(held) < MAX_TRAITS)
