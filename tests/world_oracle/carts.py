"""The carts of one person, folded again from all that was said about them whenever somebody asks.

Which cart an event is about is settled when it arrives; what is in a cart follows from event time.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.world_oracle.instants import DAY
from tests.world_oracle.lines import put_in, taken_out
from tests.world_oracle.products import Line, meant
from tests.world_oracle.told import TOLERANCE, Exit, Said, is_over, speaks_of


@dataclass
class Cart:
    """One cart. Its number is its identity, whatever it comes to be called."""

    number: int
    name: str | None
    born: int
    touched: int
    said: list[Said] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    heard: int = 0  # how much had arrived when an order or clearing of it did, and nothing was left in it

    @property
    def empty(self) -> bool:
        return not self.content()[0]

    @property
    def begun(self) -> int:
        """When it was first touched, by event time, of what no order or clearing was about yet. Nothing begins with what is taken out."""
        over = max((exit_.time for exit_ in self.exits), default=None)
        told = [said.time for said in self.said if said.kind != "remove" and (over is None or said.time > over)]
        return min([self.born] * (over is None) + told, default=self.born)

    @property
    def holds_since(self) -> int:
        """The same of what is in it: what a later list replaced, or was taken out, does not make it older, unless that was reported first."""
        listed = max((said.time for said in self.said if said.kind == "all"), default=self.begun)
        left = self.content()[0].keys()
        told = [said.time for said in self.said if said.kind != "remove" and said.time >= listed and any(key in left for key, _ in said.keyed())]
        return max(self.begun, min([self.born, *told]))

    @property
    def gone(self) -> bool:
        """Nothing is in it, and nothing that could not be read may be."""
        return self.content() == ({}, False)

    @property
    def is_awaited(self) -> bool:
        """Nothing was reported of it but what is not in it any more."""
        return all(said.kind == "remove" for said in self.said)

    @property
    def closed(self) -> bool:
        """Ended by an order or a clearing, and nothing was put into it since, not even what somebody took out again. Nor is that which had been
        taken out when they arrived: by whatever clock, it was over then."""
        later = [said for said in self.said if said.kind != "remove" and said.number > self.heard]
        return bool(self.exits) and self.gone and not any(self.is_left_of(said) for said in later)

    def is_left_of(self, said: Said) -> bool:
        """Whether something of what was said has outlived all orders and clearings. That nothing is in it needs no clock."""
        if said.kind == "all" and not said.lines:
            return not any(said.time <= exit_.time for exit_ in self.exits_of(said))
        return any(not any(is_over(said, part, exit_) for exit_ in self.exits_of(said)) for part in said.lines or (None,))

    def exits_of(self, said: Said) -> list[Exit]:
        """What may have ended something of it. What takes out is not bought."""
        return self.exits if said.kind == "remove" else [*self.exits, *said.near]

    def without(self, said: Said) -> "Cart":
        """As if that had not been said."""
        return replace(self, said=[one for one in self.said if one is not said])

    def content(self) -> tuple[dict[str, Line], bool]:
        """Lines by product, and whether something unreadable makes them doubtful."""
        lines: dict[str, Line] = {}
        doubtful = False
        for said in sorted(self.said, key=lambda one: (one.time, one.number)):
            if not self.is_left_of(said):
                continue
            told = [(key, line) for key, line in said.keyed() if not any(is_over(said, line, exit_) for exit_ in self.exits_of(said))]
            if said.kind == "all":
                lines, doubtful = {}, False
            for key, line in told:
                if said.kind == "remove":
                    doubtful = taken_out(lines, line) or doubtful
                else:
                    put_in(lines, key, line)
            doubtful = doubtful or said.kind == "blur"
        return lines, doubtful

    def items(self) -> Decimal | None:
        """How many things."""
        lines, doubtful = self.content()
        counts = [line.quantity for line in lines.values()]
        return None if doubtful or None in counts else sum((count for count in counts if count is not None), Decimal(0))

    def value(self, rates: dict[str, Decimal] | None, base: str | None) -> Decimal | None:
        """In the shop's currency by its table; without a table only what is all in one currency has a value (a line that names none joins in)."""
        lines, doubtful = self.content()
        if doubtful or (rates is None and len({line.currency for line in lines.values() if line.currency}) > 1):
            return None
        whole = Decimal(0)
        for line in lines.values():
            rate = Decimal(1) if rates is None or line.currency in (None, base) else rates.get(line.currency or "")
            if line.price is None or line.quantity is None or rate is None:
                return None
            whole += line.price * line.quantity * rate
        return whole


@dataclass
class Carts:
    """All carts of a person, and what ended some."""

    all: list[Cart] = field(default_factory=list)
    exits: list[Exit] = field(default_factory=list)
    strays: list[Said] = field(default_factory=list)  # removals that found nothing in the cart in which they were heard

    def named(self, name: str) -> Cart | None:
        """The open one of that name, else the one that was."""
        carts = [cart for cart in self.all if cart.name == name]
        return next((cart for cart in carts if not cart.closed), carts[0] if carts else None)

    def current(self, time: int, *, now: bool = False) -> Cart | None:
        """The open cart that was touched last, of those that existed then, or of those that there are now. One of which only removals are known is
        there for what is reported late; if they name it, for what they may have taken out."""
        carts = [cart for cart in self.all if not cart.closed and (now or cart.born <= time)]
        carts = [cart for cart in carts if not cart.is_awaited or (now and (cart.name is None or any(said.time > time for said in cart.said)))]
        return max(carts, key=lambda cart: (cart.touched, cart.number), default=None)

    def shown(self) -> Cart | None:
        """The cart that was touched last of those in which something is, or may be: what conditions refer to."""
        return max((cart for cart in self.all if not cart.gone), key=lambda cart: (cart.touched, cart.number), default=None)

    def about(self, name: str | None, time: int, *, empty: bool = False) -> Cart | None:
        """The cart that an event is about, maybe a new one. None: it belongs to a cart that was closed before the event arrived."""
        known = self.named(name) if name is not None else None
        over = any(exit_.time >= time and speaks_of(exit_, name) for exit_ in self.exits)
        unnamed = [cart for cart in self.all if cart.name is None and not cart.closed and not self.is_left(cart, time)]
        if known and known.is_awaited and (begun := [cart for cart in unnamed if not cart.is_awaited and not (over and cart.begun > time)]):
            cart = max(begun, key=lambda one: (one.touched, one.number))
            self.all.remove(known)  # only removals told of it: this is the cart that they were about
            cart.name, cart.said = name, [*known.said, *cart.said]
            return cart
        if known and not known.closed:
            return None if over and time < known.begun else known  # what was bought is not in a cart that began later
        if over:
            unnamed = [cart for cart in unnamed if cart.begun <= time and not cart.is_awaited]
        if empty:
            unnamed = [cart for cart in unnamed if not cart.is_awaited]
        if name is not None and unnamed:
            cart = max(unnamed, key=lambda one: (one.touched, one.number))
            cart.name = name  # even that of one that was bought: an order that names it must find this one
            return cart
        if name is None:
            cart_then = self.current(time)
            if cart_then and not self.is_left(cart_then, time):
                return cart_then
        if over:
            return None
        if known:
            return known
        if name is None:  # it is reported late: of what was emptied since, or else of what there is now
            emptied = next((cart for cart in self.all if cart.name is None and cart.gone and not cart.closed and not self.is_left(cart, time)), None)
            if (now := emptied or self.current(time, now=True)) and not self.is_left(now, time):
                return now
        if empty:
            return None  # nothing is known of it but its name
        born = Cart(number=len(self.all) + 1, name=name, born=time, touched=time)
        self.all.append(born)
        return born

    def near(self, cart: Cart, time: int, name: str | None) -> tuple[Exit, ...]:
        """The orders and clearings a little before it that may be about it by other clocks: those of that name, and of another cart if it began later
        and nothing tells that it was not meant."""
        near = [one for one in self.exits if one.time < time < one.time + TOLERANCE]
        begins = cart.closed or cart.is_awaited
        return tuple(one for one in near if one.name in {cart.name} - {None} or ((begins or cart.begun > one.time) and speaks_of(one, name)))

    def hear(self, cart: Cart, said: Said, name: str | None) -> bool:
        """What was said of a cart. Not heard, if it is part of what was bought before that cart began, or a little earlier by other clocks."""
        heard = said.kind == "remove" or cart.is_left_of(said)
        if heard or any(said.time <= exit_.time for exit_ in cart.exits):
            before = cart.content()
            cart.said.append(said)
            if said.kind != "remove":
                self.take_up_strays(cart, said)
            elif name is None and any(any(line.called) for line in said.lines) and cart.content() == before:
                self.strays.append(said)
        elif not cart.said:
            self.all.remove(cart)
        return heard

    def take_up_strays(self, cart: Cart, said: Said) -> None:
        """A removal that names no cart, and took nothing out of the one in which it was heard, is of the cart into which that product was put before
        it, as soon as somebody tells; and of no other then."""
        self.strays = [one for one in self.strays if one not in cart.said or cart.content() == cart.without(one).content()]
        for stray in [one for one in self.strays if one.time > said.time and one not in cart.said]:
            if any(any(line.called) and meant(list(cart.content()[0].values()), line) for line in stray.lines):
                for other in self.all:
                    other.said = [replace(one, lines=()) if one is stray else one for one in other.said]
                cart.said.append(stray)
                self.strays.remove(stray)

    def is_left(self, cart: Cart, time: int) -> bool:
        """A cart without a name is over once it has been emptied: what happens after all that was said of it begins another. One of which the list
        could not be read was not, nor one of which only removals were reported: what they took out is still to come."""
        return cart.name is None and cart.gone and not cart.is_awaited and time > max(said.time for said in cart.said)

    def close(self, exit_: Exit) -> list[Cart]:
        """The carts that an order or a cleared cart is about: the one it names; else the one that is open; of several the one whose items
        it holds; else all that were touched before it. Carts that had been emptied are over with it too. A new order, by the
        name of a cart that was bought before, is about those that nobody has named: the shop calls all carts alike.

        One that names a cart which began long after it has a clock that is behind, and ends it (a clearing: if none of that name has ended)."""
        known = self.named(exit_.name) if exit_.name is not None else None
        if known and known.is_awaited:
            known = None  # nobody knows such a cart
        begun = [cart for cart in self.all if cart.begun < exit_.time + TOLERANCE]
        reused = known is not None and known.closed and exit_.new
        if known and not reused and known.holds_since >= exit_.time + TOLERANCE and (exit_.new or (exit_.clears and not known.exits)):
            exit_ = replace(exit_, time=max(exit_.time, known.touched))  # the sender's clock is behind
        if reused:
            begun = [cart for cart in begun if cart.name is None and not cart.closed]
        if known and not reused:
            carts = [known]
        else:
            carts = [cart for cart in begun if not cart.gone]
            if len(carts) > 1:
                held = [cart for cart in carts if exit_.products and any(exit_.products & {*line.called[:3]} for line in cart.content()[0].values())]
                carts = held if len(held) == 1 else carts
            none_is_older = all(cart.holds_since >= exit_.time + TOLERANCE for cart in carts)
            if none_is_older and not known and exit_.new and exit_.products and (slow := self.bought_by_a_slow_clock(exit_)):
                carts, exit_ = slow, replace(exit_, time=max(cart.touched for cart in slow))
                begun = [cart for cart in self.all if cart.begun < exit_.time + TOLERANCE]
            if len(carts) == 1 and carts[0].name is None:
                carts[0].name = exit_.name
            carts += [cart for cart in begun if cart.gone and not cart.closed]
            for cart in carts if known else ():
                cart.name = exit_.name
            carts += [known] if known else []
        final = replace(exit_, known=known is not None)
        self.exits.append(final)
        for cart in carts:
            cart.exits.append(final)
            cart.heard = final.number if cart.gone else cart.heard
        if known and not reused:  # a message about what was emptied before anybody named it is overtaken by it, too
            emptied = [cart for cart in self.all if cart.name is None and cart.gone and not (cart.closed or cart.is_awaited)]
            return carts + [cart for cart in emptied if cart.begun < final.time + TOLERANCE]
        return carts

    def bought_by_a_slow_clock(self, exit_: Exit) -> list[Cart]:
        """Carts of which an order lists everything, though by its clock they began after it: within a day it is the clock that is wrong."""
        carts = [cart for cart in self.all if not cart.gone and exit_.time + TOLERANCE <= cart.holds_since < exit_.time + DAY]
        lines = {cart.number: list(cart.content()[0].values()) for cart in carts}
        bought = exit_.products or frozenset[str]()
        return [cart for cart in carts if lines[cart.number] and all(bought & {*line.called[:3]} for line in lines[cart.number])]

    def bought_since(self, first: Exit, time: int) -> list[Cart]:
        """An order is reported again, at another time. If that is less than five minutes later, it is the order's time by another clock: whatever
        began in between was bought, unless it has another name than that of a cart that is known."""
        if not first.time < time < first.time + TOLERANCE:
            return []
        known = self.named(first.name) if first.name is not None else None
        is_named = known is not None and not known.is_awaited
        carts = [cart for cart in self.all if not cart.gone and first.time < cart.begun <= time and not (is_named and cart.name is not None)]
        again = replace(first, time=time, known=first.name is not None, products=frozenset())  # of what lies after it, nothing
        for cart in carts:
            cart.exits.append(again)
        self.exits += [again] if carts else []
        return carts
