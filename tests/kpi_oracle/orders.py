"""Orders by the words of docs/kpis.md: everything about one is gathered first, then it is said what stands."""

from typing import Any

Row = dict[str, Any]


def orders_of(events: list[Row], base: str | None, rates: dict[str, float]) -> list[Row]:
    """The orders of one person that were placed, in the order of their first reports. `events` are in the order of their records."""
    worth = {} if base is None else {base: 1.0, **rates}
    orders: dict[str, Row] = {}
    for event in events:
        if event["name"] != "order_completed":
            continue
        key = plain(event["properties"].get("order_id")) or f"message {event['message']}"
        order = orders.setdefault(
            key,
            {
                "at": event["at"],
                "place": event["place"],
                "amount": None,
                "unit": None,
                "backs": [],
                "marks": set(),
                "message": event["message"],
                "cancelled": False,
                "unclear": False,
                "touched": False,
                "extra": [],
            },
        )
        if order["message"] != event["message"]:
            order["extra"].append(event["message"])
        amount = amount_of(event["properties"])
        if order["amount"] is None and amount is not None:
            order["amount"], order["unit"] = amount, event["properties"].get("currency")
    for order in orders.values():
        order["unit"] = order["unit"] or base
    for event in events:
        if event["name"] in ("order_refunded", "order_cancelled"):
            undo(event, orders, worth)
    return [finished(order, base, worth) for order in orders.values()]


def undo(event: Row, orders: dict[str, Row], worth: dict[str, float]) -> None:
    told = event["properties"]
    key = plain(told.get("order_id"))
    if key is None:
        before = [key for key, order in orders.items() if order["place"] < event["place"]]
        key = before[0] if len(before) == 1 else None
    order = orders.get(key) if key is not None else None
    if order is None:
        return
    mark = plain(told.get("refund_id"))
    if event["name"] == "order_refunded" and mark is not None:
        if mark in order["marks"]:
            return
        order["marks"].add(mark)
    order["touched"] = True
    amount, unit = amount_of(told), told.get("currency")
    says = any(told.get(name) is not None for name in ("total", "revenue", "value")) or bool(told.get("products"))
    if event["name"] == "order_cancelled" or not says:
        order["cancelled"] = True
    elif amount is None:
        order["unclear"] = True
    elif unit is None or unit == order["unit"]:
        order["backs"].append(abs(amount) * worth.get(order["unit"], 1.0))
    elif unit in worth and order["unit"] in worth:
        order["backs"].append(abs(amount) * worth[unit])
    else:
        order["unclear"] = True


def finished(order: Row, base: str | None, worth: dict[str, float]) -> Row:
    unit = order["unit"]
    total = None if order["amount"] is None else order["amount"] * worth.get(unit, 1.0)
    back = sum(order["backs"])
    gone = order["cancelled"] or (total is not None and bool(order["backs"]) and back > total - 0.005)
    return {
        "at": order["at"],
        "place": order["place"],
        "extra": order["extra"],
        "currency": (base if unit in worth else unit) or "",
        "total": total,
        "net": None if total is None or order["unclear"] else max(0.0, total - back),
        "undone": gone,
        "refunded": order["touched"],
    }


def plain(value: Any) -> str | None:
    text = str(value).strip().lower() if value is not None else ""
    return text or None


def amount_of(told: Row) -> float | None:
    for name in ("total", "revenue", "value"):
        if told.get(name) is not None:
            return float(told[name])
    lines = told.get("products")
    if not lines or any("price" not in line for line in lines):
        return None
    return float(sum(line["price"] * line.get("quantity", 1) for line in lines))
