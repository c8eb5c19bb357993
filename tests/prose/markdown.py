"""The prose of a Markdown page: paragraphs, lists, headings and table cells, without code, addresses and markup."""

from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.prose.words import Fault, Rule, faults

MAX_COLUMNS = 110
"""Of a line of prose. Tables, code and lines that hold a long address may be longer."""
_PARSER = MarkdownIt("commonmark").enable("table")


def check(file: Path, text: str, refused: list[Rule]) -> Iterator[Fault]:
    """Everything on a page that is refused."""
    lines = text.splitlines()
    for token, in_table in _inline(_PARSER.parse(text)):
        first, last = token.map or (0, 0)
        prose = plain(token)
        for offset, message in faults(prose, refused):
            yield Fault(file=file, line=min(first + prose[:offset].count("\n"), last - 1) + 1, message=message)
        for number in range(first, last):
            if not in_table and len(lines[number]) > MAX_COLUMNS and "://" not in lines[number]:
                yield Fault(file=file, line=number + 1, message=f"a line of {len(lines[number])} columns, {MAX_COLUMNS} at most")


def plain(token: Token) -> str:
    """What is read aloud: code counts as one word, an address as none."""
    words = {"softbreak": "\n", "hardbreak": "\n", "code_inline": "CODE"}
    return "".join(words.get(child.type, child.content if child.type == "text" else "") for child in token.children or ())


def _inline(tokens: list[Token]) -> Iterator[tuple[Token, bool]]:
    in_table = False
    for token in tokens:
        if token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        elif token.type == "inline":
            yield token, in_table
