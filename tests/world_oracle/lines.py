"""What is put into a cart and taken out of it, line by line."""

from dataclasses import replace
from decimal import Decimal

from tests.world_oracle.products import Line, meant


def put_in(lines: dict[str, Line], key: str, line: Line) -> None:
    """One if no quantity was given. The same product at another price is a line of its own: each piece counts at the price at which it was put in,
    and what is taken out is what was put in last. A price that cannot be read makes its line unknown."""
    quantity = line.quantity if line.quantity_told else Decimal(1)
    if quantity == 0:
        return
    same = [held for held, told in lines.items() if held.partition("\x1f")[0] == key and told.product]
    alike = [
        held
        for held in same
        if not line.price_told or not lines[held].price_told or (lines[held].price, lines[held].currency) == (line.price, line.currency)
    ]
    if alike:
        key = alike[0]
    elif same:
        key = f"{key}\x1f{line.price} {line.currency} {len(lines)}"
    before = lines.get(key)
    price, currency = line.price, line.currency
    if before is not None:
        quantity = None if quantity is None or before.quantity is None else quantity + before.quantity
        if not line.price_told:
            price, currency = before.price, before.currency
    told = line.price_told or (before is not None and before.price_told)
    called = line.called if before is None else before.called
    lines[key] = Line(product=line.product, called=called, quantity=quantity, quantity_told=True, price=price, price_told=told, currency=currency)


def taken_out(lines: dict[str, Line], line: Line) -> bool:
    """One if no quantity was reported, the whole line where none can be read. Returns whether it is doubtful what was taken out."""
    if not any(line.called):
        if len(lines) != 1:
            return bool(lines)
        found = list(lines.values())
    elif (about := meant(list(lines.values()), line)) is None:
        return True
    else:
        found = about
    taken = line.quantity if line.quantity_told else Decimal(1)
    for key in [key for key, held in reversed(lines.items()) if any(held is one for one in found)]:
        before = lines[key]
        if taken is None or (before.quantity is not None and before.quantity <= taken):
            del lines[key]
            taken = None if taken is None or before.quantity is None else taken - before.quantity
        else:
            left = None if before.quantity is None else before.quantity - taken
            lines[key] = replace(before, quantity=left, quantity_told=True)
            break
        if taken == 0:
            break
    return False
