"""Feeds in JSON: a list of objects, an object that holds the list somewhere, or an object a line. Read in pieces, however long the list is.

An object that is an event says what it knows of products (`from_events.py`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.items.columns import ALIASES, Shapes, plain_name
from services.items.faults import Fault, Row
from services.items.from_events import Learned, Tell, is_event
from services.items.json_lists import MAX_DEPTH, IsItem, Lists, holds_items
from services.items.json_text import BETWEEN, Text, next_value, resume
from services.items.problems import MAX_ROW, FeedError

_HEAD = re.compile(r"\{([^\[{]*:\s*)[\[{]")
_KEY = re.compile(r'"([^"\\]{1,60})"\s*:')


def rows(pieces: Iterator[bytes], name: str, tell: Tell, *, chosen: Mapping[str, str] | None = None) -> Iterator[Row]:
    """The objects of a feed. One that is broken is reported with its line, and left out. Raises FeedError."""
    shapes = Shapes(chosen)
    learned = Learned(name)
    paths = {column: field for field, column in (chosen or {}).items() if "." in column}
    for line, told in _objects(Text(pieces, name), tell, lambda found: _is_item(found, shapes, paths)):
        found = told
        if not isinstance(found, dict):
            tell(line, Fault(None, "is no object", 'each item is an object, such as {"id": "tent", "price": 19.9}', str(found)[:40], whole=True))
            continue
        if is_event(found):
            learned.take(line, found)
            continue
        if "@type" in found:
            found = _thing(found)
            if not _is_product(found):
                kind = str(found["@type"])[:40]
                tell(line, Fault(None, "is no product, by its @type", "write a Product of schema.org for each item", kind, whole=True))
                continue
        yield Row(line, shapes.read(_with_paths(found, paths) if paths else found))
    yield from learned.rows()


def _is_item(found: Any, shapes: Shapes, paths: Mapping[str, str]) -> bool:
    """Whether an object is an item or an event, by what it says."""
    if not isinstance(found, dict) or "@graph" in found:
        return False
    if "id" in found or is_event(found):
        return True
    if "@type" in found and not _is_product(found := _thing(found)):
        return False
    return "id" in shapes.read(_with_paths(found, paths) if paths else found)


def _thing(found: dict[str, Any]) -> dict[str, Any]:
    """The product of an entry of schema.org's lists."""
    inner = found.get("item")
    return inner if found["@type"] == "ListItem" and isinstance(inner, dict) and "@type" in inner else found


def _is_product(found: Mapping[str, Any]) -> bool:
    return "Product" in str(found["@type"]) or not {"sku", "productID", "offers"}.isdisjoint(found)


def _with_paths(found: dict[str, Any], paths: Mapping[str, str]) -> dict[str, Any]:
    """An object with what was chosen inside of it, such as `name.de`, as a key of its own. `paths`: path -> field."""
    dug = {path: value for path in paths if path not in found and (value := _dug(found, path)) is not None}
    told = {path.partition(".")[0] for path in dug if plain_name(path.partition(".")[0]) in ALIASES[paths[path]]}
    return {**{key: value for key, value in found.items() if key not in told}, **dug}


def _dug(found: Any, path: str) -> Any:
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _objects(text: Text, tell: Tell, is_item: IsItem) -> Iterator[tuple[int, Any]]:
    """The objects of the feed, each with its line."""
    text.more()
    text.skip(BETWEEN)
    while len(text.text) - text.place < 200 and text.more():
        pass
    if text.text.startswith("[", text.place):
        yield from _list(text, tell)
        return
    if not text.text.startswith("{", text.place):
        message = f"{text.name} is not JSON of items: it begins with {text.text[text.place : text.place + 20]!r}"
        raise FeedError(message)
    lists = Lists(text.name, is_item)
    while (begins := text.next) and begins != "]":
        line, found = text.here, next_value(text)
        if isinstance(found, Fault):
            if len(text.text) - text.place > MAX_ROW or _holds_more(text):
                yield from _walk(text, (), tell, lists)
                continue
            tell(line, found)
            if not resume(text):
                break
        elif isinstance(found, dict) and not is_item(found) and holds_items(found, is_item):
            text.place = text.begun
            yield from _walk(text, (), tell, lists)
        else:
            yield line, found
    yield from lists.end(tell)


def _holds_more(text: Text) -> bool:
    """Whether a broken object seems to hold the items, and not to be one: it says no id before the first thing inside of it begins."""
    head = _HEAD.match(text.text, text.place)
    return head is not None and "}" not in head[1] and not any(plain_name(key) in ALIASES["id"] for key in _KEY.findall(head[1]))


def _list(text: Text, tell: Tell) -> Iterator[tuple[int, Any]]:
    """The values of the list that begins here. The place is behind it afterwards."""
    text.place += 1
    while begins := text.next:
        if begins == "]":
            text.place += 1
            return
        line, found = text.here, next_value(text)
        if not isinstance(found, Fault):
            yield line, found
            continue
        tell(line, found)
        if not resume(text):
            return


def _walk(text: Text, path: tuple[str, ...], tell: Tell, lists: Lists) -> Iterator[tuple[int, Any]]:
    """Go through the object that begins here, and hand its lists and its objects of items to `lists`. The place is behind it afterwards."""
    text.place += 1
    while begins := text.next:
        if begins == "}":
            text.place += 1
            return
        line, key = text.here, next_value(text)
        if not isinstance(key, str) or text.next != ":":
            fix = "let a program write the JSON, or check it with `python -m json.tool`"
            tell(line, Fault(None, "is not JSON: a name and a colon are missing here", fix, str(key)[:40], whole=True))
            resume(text)
            return
        text.place += 1
        begins = text.next
        if begins == "[":
            here, at_once = (*path, key), 0
            for place, found in _list(text, tell):
                if lists.taken == here:
                    at_once += 1
                    yield place, found
                else:
                    yield from lists.take(here, place, found)
            lists.met(here, at_once)
            continue
        line, found = text.here, next_value(text)
        if isinstance(found, dict) and lists.is_member(key, found):
            yield from lists.take(path, line, found, key=key)
        elif begins == "{" and len(path) < MAX_DEPTH and (isinstance(found, dict) or len(text.text) - text.place > MAX_ROW or _holds_more(text)):
            text.place = text.begun
            yield from _walk(text, (*path, key), tell, lists)
        elif isinstance(found, Fault):
            tell(line, found)
            if not resume(text):
                return
