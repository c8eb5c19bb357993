"""Google's product feed in XML: RSS 2.0 or Atom 1.0, with or without the prefix `g:`.

Each item is cut out and parsed alone. So a feed of any length needs the memory of one item, and a broken item is set aside while the others are
accepted. A feed is hostile input: one that declares a document type is refused, so there are no entities, and nothing is ever fetched.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from services.items.columns import Shapes
from services.items.faults import Fault, Row
from services.items.problems import MAX_ROW, FeedError

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
    encoding, shapes = "utf-8", Shapes(chosen)
    for line, block, told in _blocks(pieces, name):
        if not found:
            encoding = told
        found += 1
        if block is None:
            tell(line, Fault(None, f"is an item of more than {MAX_ROW:,} bytes, or one that nothing closes", "close it with </item>", whole=True))
            continue
        if b"<!" in block and _FORBIDDEN.search(_CDATA.sub(b"", block)):
            message = f"{name}, line {line}: it declares entities or a document type, which a feed does not need and which could read files: refused"
            raise FeedError(message, "take the <!DOCTYPE …> and <!ENTITY …> out")
        try:
            fields = _parsed(block, encoding)
        except (expat.ExpatError, LookupError, _TooDeep) as error:
            tell(line, Fault(None, f"is no XML: {_said(error)}", "write &amp; for &, and close every element", _shown(block), whole=True))
            continue
        yield Row(line, shapes.read(fields))
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
    if encoding not in {"utf-8", "utf8"}:
        block = block.decode(encoding, "replace").encode()
    # expat without namespaces, since prefixes are declared far above, calls what builds the tree without any Python in between
    parser, builder = expat.ParserCreate("utf-8"), TreeBuilder()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = builder.start, builder.end, builder.data
    parser.Parse(block, True)
    fields: dict[str, Any] = {}
    for element in builder.close():
        value = _text(element).strip()
        if not value:
            continue
        before = fields.get(element.tag)
        if before is None:
            fields[element.tag] = value
        elif isinstance(before, list):
            before.extend([value] if len(before) < _GROUPED else [])
        else:
            fields[element.tag] = [before, value]
    return {name: _one(name, value) if isinstance(value, list) else value for name, value in fields.items()}


def _text(element: Element) -> str:
    """What an element says itself: what is deeper is about shipping and taxes, and no price of the item. A link of Atom says it in an attribute."""
    said = element.text or ""
    if element.attrib and "href" in element.attrib and element.attrib.get("rel", "alternate") == "alternate":
        said = element.attrib["href"] + said
    if len(element):
        if _is_too_deep(element):
            raise _TooDeep
        said = " ".join([said, *(within.tail or "" for within in element)])
    return said


def _is_too_deep(element: Element) -> bool:
    level: list[Element] = [element]
    for _ in range(MAX_DEPTH - 1):
        level = [within for each in level for within in each]
    return bool(level)


def _one(name: str, value: list[str]) -> list[str] | str:
    """The first of several values, except of names that mean several."""
    if name.removeprefix("g:") in {"tags", "keywords", "labels", "additional_image_link"}:
        return value
    return value[0]


def _said(error: Exception) -> str:
    if isinstance(error, expat.ExpatError):
        return f"{expat.ErrorString(error.code)}, in its line {error.lineno}"
    return "it is nested too deeply" if isinstance(error, _TooDeep) else f"the encoding is unknown ({error})"


def _shown(block: bytes) -> str:
    return " ".join(block[:60].decode("utf-8", "replace").split())[:40]
