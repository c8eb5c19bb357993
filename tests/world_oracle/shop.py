"""What an event says about orders and carts."""

from dataclasses import replace
from decimal import Decimal

from tests.world_oracle import amounts, names, reading
from tests.world_oracle.amounts import Unreadable, is_absent
from tests.world_oracle.carts import Cart
from tests.world_oracle.instants import SECOND
from tests.world_oracle.people import Person
from tests.world_oracle.policy import Policy
from tests.world_oracle.reading import Happened
from tests.world_oracle.told import Exit, Said, listed


def hear(person: Person, event: Happened, policy: Policy) -> tuple[int, bool, list[Cart], Cart | None]:
    """Orders and carts. Returns the time of the fact (of an order that was reported before: when it was first reported), whether it was,
    the carts that the event ended, and the one that it touched."""
    order_id = amounts.folded(str(event.properties["order_id"])) if "order_id" in event.properties else None
    name = amounts.folded(str(event.properties["cart_id"])) if "cart_id" in event.properties else None
    if event.name == "order_completed":
        order, retold = person.ledger.tell(order_id or f"message {event.message_id}", event.time, in_base(event, policy))
        products = listed(event.lines) if event.lines is not None else None
        closed: list[Cart] = []
        exit_ = Exit(number=person.number, time=order.time, name=name, known=False, products=products, source=event.source, new=not retold)
        known = person.carts.named(name) if name else None
        since = person.carts.bought_since(exit_, event.time) if retold and not (known and not known.closed) else []
        if not retold or (known and not known.is_awaited):
            closed = person.carts.close(exit_)
        elif name:  # what will be told of the cart that it names was bought, too; no other cart is meant
            person.carts.exits.append(replace(exit_, known=True))
        closed += since
        return order.time, retold, closed, None
    if event.name == "cart_cleared":
        exit_ = Exit(number=person.number, time=event.time, name=name, known=False, products=None, source=event.source, clears=True)
        return event.time, False, person.carts.close(exit_), None
    if event.name == "order_cancelled" and (about := person.ledger.the_one(order_id)):
        person.ledger.cancelled.add(about)
    if event.name == "order_refunded" and (about := person.ledger.the_one(order_id)):
        back = in_base(event, policy)
        if back is None and says_how_much(event):
            person.ledger.unclear.add(about)  # unknown, not wrong: the order stands, its sum is unknown
        else:
            person.ledger.refunds.setdefault(about, []).append(None if back is None else abs(back))
    if event.name in names.CART:
        return event.time, False, [], touch(person, event, name)
    return event.time, False, [], None


def says_how_much(event: Happened) -> bool:
    """Whether a refund says what it comes to, even if that cannot be read or has no rate."""
    told = any(name in event.properties or f"properties.{name}" in event.set_aside for name in ("total", "revenue", "value"))
    return told or bool(event.lines) or event.lines_unreadable


def in_base(event: Happened, policy: Policy) -> Decimal | None:
    """What an order or refund comes to, in the shop's currency."""
    told = reading.total(event)
    stated = event.properties.get("currency")
    if told is None or is_absent(stated) or policy.rates is None:
        return told
    try:
        currency = amounts.currency(stated)
    except Unreadable:
        return None
    rate = Decimal(1) if currency == policy.base else policy.rates.get(currency)
    return None if rate is None else told * rate


def touch(person: Person, event: Happened, name: str | None) -> Cart | None:
    """What a cart event says, to the cart that it is about. None: that cart was bought before this arrived."""
    says_nothing = event.name in names.LISTS and event.lines is None and not event.lines_unreadable
    cart = person.carts.about(name, event.time, empty=says_nothing)
    if cart is None:
        return None
    begins = cart.is_awaited or cart.closed
    kind, lines = "", event.lines or ()
    if event.name in names.LISTS:
        kind = "all" if event.lines is not None else "blur" if event.lines_unreadable else ""
    else:
        kind = "add" if event.name in names.ADDS else "remove"
        own = event.line
        if own is not None and (any(own.called) or not lines):
            lines = (own,)
    if kind:
        said = Said(
            number=person.number,
            time=event.time,
            kind=kind,
            lines=lines,
            source=event.source,
            ahead=event.time - person.clock > 10 * SECOND,
            near=person.carts.near(cart, event.time, name),
        )
        if not person.carts.hear(cart, said, name):
            return None
        if event.lines_unreadable and kind == "all":
            cart.said.append(replace(said, kind="blur", lines=()))
    if any(event.time <= exit_.time for exit_ in cart.exits) or (cart.closed and not kind):
        return None
    if begins and not (cart.is_awaited or cart.closed):  # a cart begins with what is put into it, also after one that was bought
        cart.born = cart.touched = event.time
    cart.touched = max(cart.touched, event.time)
    return cart
