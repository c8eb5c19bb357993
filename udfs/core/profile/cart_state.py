"""What a profile remembers of carts: their products, what was taken out of them, and what ended them.

Stored by position, as everything in a profile: see `state.py`.
"""

import msgspec


class Item(msgspec.Struct, array_like=True, gc=False):
    """One product in a cart, at the price that the customer saw. `price` None: the tracker sent none, so the value of the cart is unknown."""

    product_id: str
    price: float | None
    quantity: float
    name: str | None = None
    image: str | None = None
    url: str | None = None
    currency: str | None = None
    """Of its price: None for the cart's, empty where none was sent."""
    after: int = 0
    """When it was added last, in milliseconds after the cart was opened."""
    adds: list[tuple[int, float]] = []
    """Of what was added more than once: each time, as `after`, and how many."""
    unreadable: bool = False
    """A price was reported, and nobody can read it."""
    sku: str | None = None
    """What else it is called, where that is not its id: a removal or an order may know it by this alone."""
    variant: str | None = None
    priced: int | None = None
    """When, as `after`, somebody said the price last, where not everybody who added some did; None: they all did."""


class Removal(msgspec.Struct, array_like=True, gc=False):
    """Something that was taken out of a cart: what is reported late, and is older, does not know of it."""

    after: int
    """When, in milliseconds after the cart was opened."""
    names: list[str]
    """What it was called, see `cart_products.names_of`; empty where it did not say: the only line was meant."""
    quantity: float
    taken: list[Item] = []
    """What it took out, line by line, as far as it was there."""
    unsure: bool = False
    """Nobody knows which of several lines it meant, so it took out none."""


class Waiting(msgspec.Struct, array_like=True, gc=False):
    """A removal that found no cart, or names none and found nothing to take out: what it is about may be told late."""

    at: int
    names: str | list[str]
    """What the product is called, empty where it did not say; in older states one text."""
    quantity: float
    cart: bytes = b""
    """Fingerprint of the name of the cart, or of its id; empty where it did not say, and any may be meant."""


class Cart(msgspec.Struct, array_like=True, gc=False):
    """An open cart. `last` is its latest cart event, from which silence is measured."""

    id: str
    """It never changes: the name by which the cart was first known, or, of one that had none, a name made here."""
    opened: int
    last: int
    currency: str | None
    """In which its prices are, where one says so."""
    items: list[Item]
    doubtful: bool = False
    """Something about it could not be read, or nobody knows what a removal took out: so its value is unknown."""
    name: str | None = None
    """What it is called since somebody has named it; None: by its id, or by nothing."""
    ended: int = 0
    """The latest order or clearing that it has outlived; what was reported to be in it before is not."""
    listed: int = 0
    """The latest full list of its products: what was added or removed before is part of that list."""
    doubted: int = 0
    """When the latest of what could not be read was said; 0: nothing is in doubt for that."""
    removed: list[Removal] = []
    """Since its latest full list, the newest last."""


class Closing(msgspec.Struct, array_like=True, gc=False):
    """An order or a clearing, as long as something may be told of what it was about."""

    at: int
    carts: bytes
    """Fingerprints of the names of the carts that it was about, one after the other."""
    products: bytes = b""
    """Fingerprints of what it lists; empty: it was about everything in them."""
    is_about_all: bool = False
    """It named no cart that was known."""
    told_by: bytes = b""
    """Fingerprint of who told it; empty: not known."""
