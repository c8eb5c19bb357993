"""Silences in the oracle: which event ends one, and when its wait is over."""

from tests.oracles.carts import ACTIVITY
from tests.oracles.memory import BROWSING, Memory
from udfs.core.records import Event

GRACE = 60_000


def breaks(memory: Memory, event: Event, of: str) -> bool:
    """Whether an event is the latest that ends the silence of a cart, of browsing, of any."""
    if of == "cart":
        cart = memory.cart(memory.heard()[0] or "")
        if event.name not in ACTIVITY or cart is None:
            return False
        before = Memory(memory.user, memory.happened[:-1]).cart(cart.key)
        return event.at >= cart.last or before is None  # it was empty: its silence counts from when it was touched last
    alike = memory.events(*BROWSING) if of == "browsing" else [other for other, _ in memory.happened if not other.passive]
    return event in alike and event.at == max(other.at for other in alike)


def falls_due(start: int, wait: int, now: int) -> int:
    """When a wait is over that began at `start`: not before what began it, at `now`, has been here for a minute."""
    return max(start + wait, now + min(GRACE, wait))
