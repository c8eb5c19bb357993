"""The prose of a Python file: docstrings, comments, and texts that a person may read."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.prose.words import Fault, Rule, faults

_CODE = re.compile(r"`[^`]*`|\{[^{}]*\}")
_SENTENCE = re.compile(r"[^\W\d_]+(?:[\s,;:.'\u2019-]+[^\W\d_]+){2}")
"""Three words in a row: shorter texts are names or keys."""


def check(file: Path, text: str, refused: list[Rule]) -> Iterator[Fault]:
    """Everything in a file that is refused. Names in code and text between backticks are not checked."""
    # Paragraphs end at a blank line, a list item, a branch of a tree, and a line such as `key: value` of a document.
    for line, prose in [*_texts(ast.parse(text)), *_comments(text)]:
        for paragraph in re.finditer(r"(?:[^\n]|\n(?!\s*\n|\s*[*-] |\s*[├│└]|\s*[\w-]+:(?:\s|$)))+", prose):
            words = _CODE.sub(lambda match: "CODE" + "\n" * match[0].count("\n"), paragraph[0])
            before = line + prose[: paragraph.start()].count("\n")
            for offset, message in faults(words, refused):
                yield Fault(file=file, line=before + words[:offset].count("\n"), message=message)


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "CODE" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if _SENTENCE.search(text):
            yield node.lineno, text


def _comments(text: str) -> Iterator[tuple[int, str]]:
    """Comments, those on lines of their own that follow each other joined."""
    block: list[str] = []
    first, joins = 0, False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            alone = token.line.lstrip().startswith("#")
            if block and not (alone and joins and token.start[0] == first + len(block)):
                yield first, "\n".join(block)
                block = []
            joins = alone
            first = first if block else token.start[0]
            block.append(token.string.lstrip("# "))
    if block:
        yield first, "\n".join(block)
