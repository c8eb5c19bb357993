"""Google's product feed in XML: RSS 2.0 or Atom 1.0, with or without the prefix `g:`.

Each item is cut out and parsed alone. So a feed of any length needs the memory of one item, and a broken item is set aside while the others are
accepted. A feed is hostile input: one that declares a document type is refused, so there are no entities, and nothing is ever fetched.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.parsers import expat

from services.items.columns import fields_of
from services.items.problems import MAX_ROW, FeedError
from services.items.reading import Fault, Row

Tell = Callable[[int, Fault], object]
_BEGINS = re.compile(rb"<(item|entry)(?=[\s>])")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}encoding=["']([A-Za-z0-9._-]{1,40})["']""")
_HEAD = 64 * 1024
_OVERLAP = 16
"""Bytes that are looked at again with the next piece: the beginning of an item may be cut in two."""
MAX_DEPTH = 20
_GROUPED = 3
"""Values of one name that are kept: labels and additional images come several times."""
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)


def rows(pieces: Iterator[bytes], name: str, tell: Tell, *, chosen: Mapping[str, str] | None = None) -> Iterator[Row]:
    """The items of a feed. Raises FeedError for one that is no feed of items, or is hostile."""
    found = 0
    encoding = "utf-8"
    for line, block, told in _blocks(pieces, name):
        if not found:
            encoding = told
        found += 1
        if block is None:
            tell(line, Fault(None, f"is an item of more than {MAX_ROW:,} bytes, or one that nothing closes", "close it with </item>", whole=True))
            continue
        if _FORBIDDEN.search(_CDATA.sub(b"", block)):
            message = f"{name}, line {line}: it declares entities or a document type, which a feed does not need and which could read files: refused"
            raise FeedError(message, "take the <!DOCTYPE …> and <!ENTITY …> out")
        try:
            fields = _parsed(block, encoding)
        except (expat.ExpatError, LookupError, _TooDeep) as error:
            tell(line, Fault(None, f"is no XML: {_said(error)}", "write &amp; for &, and close every element", _shown(block), whole=True))
            continue
        named = fields_of(fields, chosen=chosen)
        yield Row(line, {field: fields[column] for column, field in named.items()})
    if not found:
        message = f"{name} is XML without an <item> or <entry>: Google's product feed has one for each product"
        raise FeedError(message)


def _blocks(pieces: Iterator[bytes], name: str) -> Iterator[tuple[int, bytes | None, str]]:
    """Each item with its line, whole; None for one that is too long. And the encoding that the feed declares."""
    rest, line, head, encoding = b"", 1, True, "utf-8"
    for piece in pieces:
        rest += piece
        if head and (len(rest) >= _HEAD or _BEGINS.search(rest)):
            head, (rest, encoding) = False, _begun(rest, name)
        place = 0
        while not head:
            begins = _BEGINS.search(rest, place)
            if begins is None:
                if _FORBIDDEN.search(rest, place):
                    _refuse(name, line)
                stop = max(place, len(rest) - _OVERLAP)
                line, place = line + rest.count(b"\n", place, stop), stop
                break
            line, place = line + rest.count(b"\n", place, begins.start()), begins.start()
            closing = b"</" + begins[1] + b">"
            end = rest.find(closing, begins.end())
            if end < 0 and len(rest) - place <= MAX_ROW:
                break
            if end < 0 or end - place > MAX_ROW:
                stop = end + len(closing) if end >= 0 else len(rest) - _OVERLAP
                yield line, None, encoding
            else:
                stop = end + len(closing)
                yield line, rest[place:stop], encoding
            line, place = line + rest.count(b"\n", place, stop), stop
        rest = rest[place:]
    if head:
        rest, encoding = _begun(rest, name)
    if (begins := _BEGINS.search(rest)) is not None:
        yield line + rest.count(b"\n", 0, begins.start()), None, encoding


def _begun(rest: bytes, name: str) -> tuple[bytes, str]:
    """What a feed begins with, in an encoding in which < is a byte, and that encoding."""
    if rest.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = f"{name} is UTF-16: save it as UTF-8"
        raise FeedError(message)
    if _FORBIDDEN.search(rest):
        _refuse(name, 1)
    declared = _ENCODING.search(rest[:_HEAD])
    return rest, declared[1].decode().lower() if declared else "utf-8"


def _refuse(name: str, line: int) -> None:
    message = f"{name}, line {line}: it declares entities or a document type, which a feed does not need and which could read files: refused"
    raise FeedError(message, "take the <!DOCTYPE …> and <!ENTITY …> out")


class _TooDeep(Exception):
    """Elements nested without end."""


def _parsed(block: bytes, encoding: str) -> dict[str, Any]:
    """The elements directly below an item: name -> text, or a list of texts where a name comes several times."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    fields: dict[str, Any] = {}
    path: list[str] = []
    texts: list[str] = []

    def begin(element: str, attributes: dict[str, str]) -> None:
        path.append(element)
        if len(path) > MAX_DEPTH:
            raise _TooDeep
        if len(path) == 2:
            texts.clear()
            if "href" in attributes and attributes.get("rel", "alternate") == "alternate":  # of Atom
                texts.append(attributes["href"])
        elif len(path) == 3:
            texts.append(" ")

    def end(element: str) -> None:
        path.pop()
        if len(path) != 1:
            return
        value = "".join(texts).strip()
        if not value:
            return
        before = fields.get(element)
        if before is None:
            fields[element] = value
        elif isinstance(before, list):
            before.extend([value] if len(before) < _GROUPED else [])
        else:
            fields[element] = [before, value]

    def write(piece: str) -> None:
        if len(path) == 2:  # what is deeper is about shipping and taxes, and no price of the item
            texts.append(piece)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin, end, write
    if encoding not in {"utf-8", "utf8"}:
        block = block.decode(encoding, "replace").encode()
    parser.Parse(block, True)
    return {name: _one(name, value) for name, value in fields.items()}


def _one(name: str, value: Any) -> Any:
    """The first of several values, except of names that mean several."""
    if not isinstance(value, list) or name.removeprefix("g:") in {"tags", "keywords", "labels", "additional_image_link"}:
        return value
    return value[0]


def _said(error: Exception) -> str:
    if isinstance(error, expat.ExpatError):
        return f"{expat.ErrorString(error.code)}, in its line {error.lineno}"
    return "it is nested too deeply" if isinstance(error, _TooDeep) else f"the encoding is unknown ({error})"


def _shown(block: bytes) -> str:
    return " ".join(block[:60].decode("utf-8", "replace").split())[:40]
