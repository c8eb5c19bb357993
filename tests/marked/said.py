"""What people with marks do in a shop, and what is sent of it: good records, odd ones, and some that nobody can read."""

import json
from collections.abc import Iterator
from typing import Any

from services.replay.records import Record
from tests.marked.marks import Mark, mark

MINUTE = 60_000
SPREAD_MS = 500


def records(people: int, start: int) -> list[Record]:
    """In order of time. Each person browses as a guest, logs in, fills a cart and leaves it; some buy, write, complain, or send what is broken."""
    return sorted((record for number in range(people) for record in _of(number, start + number * SPREAD_MS)), key=lambda record: record.at)


def _of(number: int, start: int) -> Iterator[Record]:
    def me(kind: Mark) -> str:
        return mark(kind, number)

    address = {"street": f"{me(Mark.STREET)} Street 1", "city": "London", "postalCode": "N1"}
    traits = {
        "email": me(Mark.EMAIL),
        "phone": me(Mark.PHONE),
        "push_token": me(Mark.TOKEN),
        "firstName": me(Mark.FIRST),
        "lastName": me(Mark.LAST),
        "name": f"{me(Mark.FIRST)} {me(Mark.LAST)}",
        "address": address,
        "iban": me(Mark.ACCOUNT),
        "country": "GB",
    }
    context = {
        "ip": me(Mark.IP),
        "userAgent": f"Mozilla/5.0 ({me(Mark.AGENT)})",
        "device": {"type": "ios", "id": me(Mark.GUEST), "token": me(Mark.TOKEN), "advertisingId": me(Mark.QUERY)},
        "page": {
            "path": "/tents",
            "url": f"https://shop.example/tents?q={me(Mark.QUERY)}&u={me(Mark.EMAIL)}",
            "referrer": f"https://mail.example/?to={me(Mark.EMAIL).replace('@', '%40')}&s={me(Mark.QUERY)}",
        },
        "timezone": "Europe/London",
    }
    product = {"product_id": "tent", "name": "Tent", "price": 120, "quantity": 1}
    story: list[tuple[str, dict[str, Any], bool]] = [
        ("Product Viewed", {**product, "seen_by": me(Mark.GUEST)}, False),
        ("identify", traits, True),
        ("Subscribed", {}, True),
        ("Signed Up", {"plan": "pro", "email": me(Mark.EMAIL)}, True),
        ("Product Viewed", {**product, "comment": f"{me(Mark.TEXT)} for {me(Mark.EMAIL)}", "email": me(Mark.EMAIL)}, True),
        ("Products Searched", {"query": f"tents for {me(Mark.TEXT)}"}, True),
        ("Review Written", {"body": f"{me(Mark.TEXT)}, call {me(Mark.PHONE)}. {me(Mark.LAST)}"}, True),
        ("Product Added", {**product, "engraving": me(Mark.TEXT), "email": me(Mark.EMAIL)}, True),
        ("Email Bounced" if number % 7 == 0 else "Email Delivered", {"to": me(Mark.EMAIL), "error": f"no {me(Mark.EMAIL)}"}, True),
        ("alias", {}, True),
        ("group", {"email": me(Mark.EMAIL)}, True),
    ]
    if number % 3 == 0:
        delivered = {"order_id": f"o-{number}", "total": 120, "shipping_address": address, "customer": traits, "note": me(Mark.TEXT)}
        story.append(("Order Completed", delivered, True))
    if number % 4 == 0:
        story += [("Product Added", {**product, "price": me(Mark.TEXT), "quantity": me(Mark.EMAIL), "currency": me(Mark.TEXT)}, True)]
        story += [("Consent Given", {"purpose": me(Mark.TEXT), "channel": me(Mark.EMAIL)}, True), (f"Wrote to {me(Mark.EMAIL)}", {}, True)]
        story += [("Order Refunded", {"order_id": f"o-{number}", "total": me(Mark.PHONE), "amount": [me(Mark.TEXT)]}, True)]
    for step, (name, told, is_known) in enumerate(story):
        at = start + step * MINUTE
        payload: dict[str, Any] = {"messageId": f"{me(Mark.MESSAGE)}-{step}", "timestamp": at, "context": context, "anonymousId": me(Mark.GUEST)}
        payload |= {"userId": me(Mark.USER)} if is_known else {}
        payload |= _shaped(name, told, me(Mark.GUEST))
        yield Record(at, me(Mark.USER if is_known else Mark.GUEST).encode(), json.dumps(payload).encode())
        if number % 5 == 0:
            yield from _broken(payload, at, me)


def _shaped(name: str, told: dict[str, Any], guest: str) -> dict[str, Any]:
    if name in ("identify", "group"):
        return {"type": name, "traits": told, **({"groupId": guest} if name == "group" else {})}
    return {"type": "alias", "previousId": guest} if name == "alias" else {"type": "track", "event": name, "properties": told}


def _broken(payload: dict[str, Any], at: int, me: Any) -> Iterator[Record]:
    """What nobody can read, with everything in it."""
    whole = json.dumps(payload).encode()
    ways = (
        whole[:-9],
        whole.replace(b"{", b"[", 1),
        json.dumps({**payload, "type": me(Mark.TEXT)}).encode(),
        json.dumps({**payload, "timestamp": me(Mark.TEXT), "messageId": {"it": me(Mark.MESSAGE)}}).encode(),
        json.dumps({**payload, "userId": [me(Mark.USER)], "anonymousId": {"id": me(Mark.GUEST)}}).encode(),
        json.dumps({**payload, "properties": me(Mark.TEXT), "traits": me(Mark.EMAIL), "context": me(Mark.IP)}).encode(),
        b"\x00" + whole,
    )
    for value in ways:
        yield Record(at, me(Mark.USER).encode(), value)
    yield Record(at, me(Mark.EMAIL).encode(), whole)
    yield Record(at, b"", whole)
