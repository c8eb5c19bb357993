"""Properties of events, of the things in a list, and of organisations whose names look misspelt: nothing would fill them."""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from services.documents.files import CampaignFile
from services.documents.findings import BadFile, Finding
from services.documents.kinds import ITEM
from services.documents.unknown_names import messages
from services.documents.written import conditions_of, placed, texts, values_of
from services.documents.yaml12 import read_all
from udfs.codecs.catalogue import catalogue
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.notes import dotted
from udfs.core.values.problems import Path, did_you_mean

PRODUCT = (
    *("product_id", "sku", "name", "title", "category", "categories", "brand", "variant", "price", "quantity", "coupon", "position", "url"),
    *("image_url", "currency", "value", "description", "color", "size", "tags", "discount"),
)
"""Usual names of what is said of a product: Segment's, and those that shops add."""
EVENT = (
    *PRODUCT,
    *("list_id", "cart_id", "order_id", "checkout_id", "promotion_id", "creative", "filters", "sorts", "affiliation", "revenue", "subtotal"),
    *("total", "tax", "shipping", "products", "step", "shipping_method", "payment_method", "coupon_id", "coupon_name", "reason", "wishlist_id"),
    *("review_id", "review_body", "rating", "share_via", "share_message", "recipient", "query", "channel", "channels", "decision_id", "link_url"),
    *("path", "referrer", "search", "purpose", "amount", "invoice_id", "subscription_id", "plan", "method", "status", "type", "id", "email"),
    *("product_name", "product_url", "product_image"),
)
_NOT_TOLD = "only the properties of an event are read: send it as one of them"
ENVELOPE = {
    **dict.fromkeys(
        ("timestamp", "original_timestamp", "originalTimestamp", "received_at", "receivedAt", "sent_at", "sentAt"),
        "write now in a condition; for a message, send the time as a property",
    ),
    **dict.fromkeys(("user_id", "userId", "anonymous_id", "anonymousId"), "write user.id"),
    **dict.fromkeys(("message_id", "messageId"), "send an id of your own as a property, such as event.order_id"),
    **dict.fromkeys(("event", "event_name"), "the trigger names the event: trigger: {event: product_viewed}"),
    "properties": "write event.price: the properties stand right behind event",
    "traits": "write user.country: traits stand behind user",
    "context": f"write user.timezone or user.locale; {_NOT_TOLD}",
    "integrations": _NOT_TOLD,
}
"""What an event has next to its properties, and not among them -> what to write instead."""
GROUP = (
    "id",
    "name",
    "industry",
    "employees",
    "plan",
    "website",
    "email",
    "phone",
    "address",
    "avatar",
    "created_at",
    "description",
    "city",
    "country",
)
NEAR = 0.8
_MEANT = {"product_name": "name", "product_url": "url", "product_image": "image_url"}
"""What shops call a thing -> what it is called in Segment's spec."""
_NAME = re.compile(r"\b(event|group)\.([A-Za-z_]\w*)")
_ANY_ELSE = {
    "line": f"a line of the cart has {', '.join(ITEM)}",
    "same": "if your trackers send it, write it into an event of the campaign's scenarios",
}
"""Where a name that is like no other is reported, too: what to do about it."""
_LISTED = {"any", "all", "count", "sum", "min", "max"}
_LINES = {"cart.items", "cart.products"}


class _Read(NamedTuple):
    """A name that is read: of what, which, where, and how far into the text."""

    of: str
    name: str
    path: Path
    offset: int | None


def doubtful_properties(file: CampaignFile, campaign: Campaign) -> list[Finding]:
    """Names that look misspelt; each is reported once. What the campaign's own scenarios send is accepted."""
    found: dict[tuple[str, str], tuple[_Read, str]] = {}
    for read in (*_in_texts(file), *_compared(file), *_in_lists(file, campaign), *_in_loops(file, campaign)):
        known = {"event": EVENT, "same": EVENT, "group": GROUP, "item": PRODUCT, "line": tuple(ITEM)}[read.of]
        spelt = {*known, *(catalogue().kinds if read.of in {"event", "item", "same"} else ())}
        near = did_you_mean(read.name, spelt, cutoff=NEAR) or _swapped(read.name, spelt)
        if read.of in {"event", "same"}:
            near = ENVELOPE.get(read.name, near)
        if read.name in spelt or (near is None and read.of not in _ANY_ELSE):
            continue
        found.setdefault((read.of, read.name), (read, near or _ANY_ELSE[read.of]))
    sent = _sent(file) if found else set()
    return [_finding(file, read, near) for (of, name), (read, near) in found.items() if of == "line" or name not in sent]


def _swapped(name: str, spelt: set[str]) -> str | None:
    """A short word with two letters swapped is not near by any measure."""
    return next((f"did you mean {each!r}?" for each in sorted(spelt) if sorted(each) == sorted(name)), None)


def _finding(file: CampaignFile, read: _Read, near: str) -> Finding:
    dotted_name = f"{read.of}.{read.name}" if read.of in {"event", "group"} else read.name
    word = near.partition("'")[2].partition("'")[0]
    hint = f"write {dotted_name.removesuffix(read.name)}{_MEANT[word]}" if word in _MEANT else near
    message = f"no event of the catalogue has a property '{read.name}'" if read.of != "group" else f"'{dotted_name}' is not a usual name"
    if read.of in {"event", "same"} and read.name in ENVELOPE:
        message = f"'{read.name}' is no property of an event, but something that comes with it"
    elif read.of == "same":
        message += f" and no scenario sends one: an exit that does not say its {read.name} ends everything"
    if read.of == "line":
        message = f"nothing fills '{read.name}': it is no field of a line of the cart"
    inside = read.path[:1] == ("templates",) and read.path[1] in file.templates
    source, place = (file.templates[str(read.path[1])], read.path[2:]) if inside else (file.source, read.path)
    return source.finding(place, message, suggestion=hint, offset=read.offset)


def _in_texts(file: CampaignFile) -> Iterator[_Read]:
    for path, text in texts((), {key: value for key, value in file.document.items() if key != "description"}):
        for match in _NAME.finditer(text):
            yield _Read(match[1], match[2], path, match.start(2))


def _compared(file: CampaignFile) -> Iterator[_Read]:
    """The properties that exits compare: `same: order_id`."""
    yield from _same((), {key: file.document.get(key) for key in ("trigger", "steps")})


def _same(path: Path, value: object) -> Iterator[_Read]:
    for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ():
        if key == "same":
            words = inner if isinstance(inner, list) else [inner]
            yield from (_Read("same", word.removeprefix("event."), (*path, key), None) for word in words if isinstance(word, str))
        else:
            yield from _same((*path, key), inner)


def _in_lists(file: CampaignFile, campaign: Campaign) -> Iterator[_Read]:
    """Fields of items in list functions."""
    for path, expression in placed(file.document, [*conditions_of(campaign), *values_of(campaign)]):
        text = expression.source.replace("\n", " ")
        shift = len(text) - len(text.lstrip())
        for call in ast.walk(ast.parse(text.strip(), mode="eval")):
            match call:
                case ast.Call(func=ast.Name(id=name), args=[listed, asked]) if name in _LISTED and expression.fields:
                    whole = dotted(listed)
                    of = "line" if whole in _LINES else "item" if whole == "event.products" else None
                    for inner in ast.walk(asked) if of else ():
                        if isinstance(inner, ast.Name) and inner.id in expression.fields:
                            yield _Read(str(of), inner.id, path, inner.col_offset + shift)


def _in_loops(file: CampaignFile, campaign: Campaign) -> Iterator[_Read]:
    """Fields of things in `event.products`, in messages. Those of the cart are refused elsewhere."""
    for _, path, text, template in messages(file, campaign):
        for name in sorted(template.names):
            holder, _, word = name.rpartition(".")
            if holder == "event.products[]" and not word.endswith("[]"):
                place = re.search(rf"\.{re.escape(word)}\b", text)
                yield _Read("item", word, path, place.start() + 1 if place else None)


def _sent(file: CampaignFile) -> set[str]:
    """Every property that the campaign's scenarios send, of products too."""
    try:
        stories = [document.value for document in read_all(file.scenarios)] if file.scenarios.exists() else []
    except BadFile:  # reported with the scenarios
        return set()
    return set(_keys(stories))


def _keys(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from map(str, value)
    for inner in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _keys(inner)
