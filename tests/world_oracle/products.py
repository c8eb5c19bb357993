"""A line of a cart or an order."""

from dataclasses import dataclass
from decimal import Decimal

from tests.world_oracle import amounts, names
from tests.world_oracle.amounts import Unreadable, is_absent


@dataclass(frozen=True, kw_only=True)
class Line:
    """`None` where it was not given or cannot be read; `…_told` distinguishes the two."""

    product: str | None
    quantity: Decimal | None
    quantity_told: bool
    price: Decimal | None
    price_told: bool
    currency: str | None  # None: the shop's own


def read_line(item: dict[str, object], outer_currency: object) -> tuple[Line, list[str]]:
    """A line, and the names of its fields that cannot be read. A price in a currency that cannot be read is unknown."""
    broken: list[str] = []
    product = None
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
        quantity=quantity,
        quantity_told=not is_absent(item.get("quantity")),
        price=price,
        price_told=not is_absent(item.get("price")),
        currency=currency,
    )
    return line, broken


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
