"""A line of a cart or an order."""

from dataclasses import dataclass
from decimal import Decimal

from tests.world_oracle import amounts, names
from tests.world_oracle.amounts import Unreadable, is_absent


@dataclass(frozen=True, kw_only=True)
class Line:
    """`None` where it was not given or cannot be read; `…_told` distinguishes the two."""

    product: str | None  # its id, else its sku, else its name
    called: tuple[str, str, str, str]  # id, sku, name, variant as ids are compared; empty where it does not say
    quantity: Decimal | None
    quantity_told: bool
    price: Decimal | None
    price_told: bool
    currency: str | None  # None: the shop's own


def read_line(item: dict[str, object], outer_currency: object) -> tuple[Line, list[str]]:
    """A line, and the names of its fields that cannot be read. A price in a currency that cannot be read is unknown."""
    broken: list[str] = []
    product = None
    called = tuple(identity(item.get(name)) for name in ("product_id", "sku", "name", "variant"))
    for name in ("product_id", "sku", "name"):
        if product is None and not is_absent(item.get(name)):
            try:
                product = amounts.identifier(item[name])
            except Unreadable:
                broken.append(name)
    price, currency = None, None
    if not is_absent(item.get("price")):
        try:
            price, currency = amounts.amount(item["price"])
        except Unreadable:
            broken.append("price")
    stated = item.get("currency") if not is_absent(item.get("currency")) else outer_currency
    if not is_absent(stated):
        try:
            named = amounts.currency(stated)
            if currency not in (None, named):
                price = None
            currency = named
        except Unreadable:
            broken.append("currency")
            price = None
    quantity = None
    if not is_absent(item.get("quantity")):
        try:
            quantity = amounts.quantity(item["quantity"])
        except Unreadable:
            broken.append("quantity")
    line = Line(
        product=product,
        called=(called[0], called[1], called[2], called[3]),
        quantity=quantity,
        quantity_told=not is_absent(item.get("quantity")),
        price=price,
        price_told=not is_absent(item.get("price")),
        currency=currency,
    )
    return line, broken


def identity(told: object) -> str:
    """What something is called, as it is compared; empty where it does not say."""
    try:
        return "" if is_absent(told) else amounts.folded(amounts.identifier(told))
    except Unreadable:
        return ""


def meant(lines: list[Line], removal: Line) -> list[Line] | None:
    """The lines that a removal refers to by any of the names under which they were put in, the surest first. None: which, nobody knows.

    A sku or a name is no proof where both have an id and it is not the same. Of several lines those are meant that have the other names, too.
    """
    told_id = removal.called[0]
    for place, name in enumerate(removal.called):
        alike = [line for line in lines if name and name in (line.called[:3] if place < 3 else line.called[3:])]
        if place and told_id:
            alike = [line for line in alike if not line.called[0]]
        if alike:
            for rank, other in enumerate(removal.called):
                closer = [line for line in alike if other and other in (line.called[:3] if rank < 3 else line.called[3:])]
                alike = closer or alike
            return alike if len({line.product for line in alike}) == 1 else None
    return []


def read_lines(items: list[object], outer_currency: object) -> tuple[tuple[Line, ...], list[str]]:
    """Lines of a product list, and what of it cannot be read: `[1].price`, or `[2]` for an entry that is no object."""
    lines: list[Line] = []
    broken: list[str] = []
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            broken.append(f"[{place}]")
            continue
        line, fields = read_line({names.snake(str(key)): value for key, value in item.items()}, outer_currency)
        lines.append(line)
        broken += [f"[{place}].{name}" for name in fields]
    return tuple(lines), broken
