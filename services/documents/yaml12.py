"""Read YAML 1.2 into plain JSON values, with the position of each.

In YAML 1.2, `no`, `on` and `22:00` are texts. A date stays a text, because JSON has no dates. What two readers might understand differently
(a duplicate key, merge keys, tags) is refused.
"""

import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.documents.findings import BadFile, Finding

Where = tuple[str | int, ...]
MAX_NODES = 50_000
"""The maximum number of values in a file; an alias counts each time it is used."""
MAX_DEPTH = 30
MAX_DIGITS = 100
"""The maximum number of digits of a whole number."""
MAX_KEPT = 20_000
"""Characters of a text beyond which it is read again each time."""
_PLAIN = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


@dataclass(frozen=True)
class YamlDocument:
    """One document of a file: its text, its value, and the position of each part of the value."""

    file: Path
    text: str
    value: Any = None
    nodes: dict[Where, Node] = field(default_factory=dict, repr=False)
    keys: dict[Where, Node] = field(default_factory=dict, repr=False)

    def finding(self, path: Where, message: str, *, suggestion: str | None = None, offset: int | None = None, key: bool = False) -> Finding:
        """Describe a mistake at a value (or `offset` characters into it), or at its key. If the path does not exist, at its parent."""
        held = path
        while held and held not in self.nodes:
            held = held[:-1]
        node = self.keys.get(held) if (key or held != path) and held in self.keys else self.nodes.get(held)
        if node is None:
            return self.at(0, 0, message, suggestion)
        if offset is not None and held == path and isinstance(node, ScalarNode):
            return self.at(*self._inside(node, offset), message, suggestion)
        return self.at(node.start_mark.line, node.start_mark.column, message, suggestion)

    def at(self, line: int, column: int, message: str, suggestion: str | None = None) -> Finding:
        """Describe a mistake at a line and column that count from 0."""
        lines = self.text.split("\n")
        return Finding(
            file=self.file,
            line=line + 1,
            column=column + 1,
            message=message,
            suggestion=suggestion,
            text=lines[line].rstrip("\r") if line < len(lines) else "",
        )

    def _inside(self, node: ScalarNode, offset: int) -> tuple[int, int]:
        """Find a character of a text in the file. A folded text has the same characters, except for white space."""
        place = node.start_mark.index + (1 if node.style in {"'", '"'} else 0)
        if node.style in {"|", ">"}:
            place = self.text.find("\n", place) + 1
        wanted = sum(not c.isspace() for c in str(node.value)[:offset])
        while place < len(self.text) and (wanted > 0 or self.text[place].isspace()):
            wanted -= not self.text[place].isspace()
            place += 1
        line_start = self.text.rfind("\n", 0, place) + 1
        return self.text.count("\n", 0, place), place - line_start


def read(file: Path) -> YamlDocument:
    """Read a file that holds one document. Raises BadFile."""
    return parse(_text(file), file=file)


def read_all(file: Path) -> list[YamlDocument]:
    """Read a file of several documents, separated by `---`; empty ones are left out. Raises BadFile."""
    whole = YamlDocument(file, _text(file))
    return [source for source in (_built(whole, node) for node in _composed(whole)) if source.value is not None]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as e:
        message = f"is not UTF-8 text (byte {e.start:,})"
    except OSError as e:
        message = f"cannot be read: {e.strerror}"
    raise BadFile([Finding(file=file, line=1, column=1, message=message)])


def parse(text: str, *, file: Path) -> YamlDocument:
    """Parse one document. Raises BadFile."""
    source = YamlDocument(file, text)
    documents = list(_composed(source))
    if len(documents) > 1:
        mark = documents[1].start_mark
        raise BadFile([source.at(mark.line, mark.column, "a second document: one file holds one", "remove the line `---`")])
    return _built(source, documents[0] if documents else None)


def _composed(source: YamlDocument) -> Iterator[Node]:
    directive = _DIRECTIVE.search(source.text)
    if directive is not None:  # %YAML 1.1 would make `no` a boolean again
        raise BadFile(
            [source.at(source.text.count("\n", 0, directive.start()), 0, "directives (%) are not supported: files are YAML 1.2", "remove the line")]
        )
    try:
        yield from _nodes(source.text) if len(source.text) <= MAX_KEPT else _read(source.text)
    except MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        raise BadFile([source.at(mark.line if mark else 0, mark.column if mark else 0, *_in_words(e))]) from e
    except (YAMLError, RecursionError) as e:
        raise BadFile([source.at(0, 0, f"is not YAML: {str(e).splitlines()[0] if str(e) else 'nested too deeply'}")]) from e


def _read(text: str) -> Iterator[Node]:
    yaml = YAML(typ="safe", pure=True)  # the round-trip scanner leaves its own marks in folded texts
    return iter(yaml.compose_all(io.StringIO(text)))


@lru_cache(maxsize=16)  # each campaign is checked against the features: the shipped ones take 15 ms to read. Nobody changes a node
def _nodes(text: str) -> tuple[Node, ...]:
    return tuple(_read(text))


def _in_words(error: MarkedYAMLError) -> tuple[str, str | None]:
    problem = str(error.problem or error.context or "is not YAML")
    if "'\\t'" in problem:
        return "a tab: YAML is indented with spaces", None
    if "mapping values are not allowed" in problem:
        return "a second colon in one line", 'put the text in quotes: "a: b"'
    if "found unexpected end of stream" in problem:
        return "a quoted text that does not end", None
    if error.context and "flow" in str(error.context):
        opened = error.context_mark
        if problem.endswith("got ':'"):
            return "a second colon in one line", 'put the text in quotes: "a: b"'
        if problem.endswith("got '<scalar>'"):
            return "a word that belongs to no text", 'a text with an apostrophe or a quote in it stands in the other quotes: "it\'s"'
        return problem.replace("<stream end>", "the end of the file"), f"opened in line {opened.line + 1}" if opened else None
    if "undefined alias" in problem or "alias" in problem:
        return problem, "a text that begins with * or & needs quotes"
    if "<block end>" in problem:
        return "this does not belong here", "is it indented like the lines around it, and does every quote end?"
    if "cannot start any token" in problem:
        return problem, "a text that begins with %, @ or ` needs quotes"
    return problem, str(error.context) if error.context else None


def _built(source: YamlDocument, root: Node | None) -> YamlDocument:
    builder = _Builder(source)
    value = builder.build(root, (), 0) if root is not None else None
    if builder.findings:
        raise BadFile(builder.findings)
    return YamlDocument(source.file, source.text, value, builder.nodes, builder.keys)


class _Builder:
    def __init__(self, source: YamlDocument) -> None:
        self.source = source
        self.nodes: dict[Where, Node] = {}
        self.keys: dict[Where, Node] = {}
        self.findings: list[Finding] = []

    def refuse(self, node: Node, message: str, suggestion: str | None = None) -> None:
        self.findings.append(self.source.at(node.start_mark.line, node.start_mark.column, message, suggestion))

    def build(self, node: Node, path: Where, depth: int) -> Any:
        if len(self.nodes) >= MAX_NODES or depth > MAX_DEPTH:
            self.refuse(node, "more values than a file may hold" if depth <= MAX_DEPTH else "nested too deeply")
            raise BadFile(self.findings)
        self.nodes[path] = node
        if not isinstance(node, ScalarNode) and str(node.tag) not in _PLAIN:
            self._refuse_tag(node)
        if isinstance(node, MappingNode):
            return self._mapping(node, path, depth)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, index), depth + 1) for index, item in enumerate(node.value)]
        return self._scalar(node) if isinstance(node, ScalarNode) else None

    def _mapping(self, node: MappingNode, path: Where, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or str(key.tag).endswith(":merge"):
                words = self._in_braces(key)
                if words is not None:
                    self.refuse(key, "a text that begins with {{ needs quotes", f'write "{{{{ {words} }}}}", in quotes')
                else:
                    self.refuse(key, "a key is a plain word")
                continue
            name = str(key.value)
            inner = (*path, name)
            if name in built:
                first = self.keys[inner].start_mark.line + 1
                self.refuse(key, f"duplicate key '{name}', first used in line {first}", "remove one of the two")
                continue
            self.keys[inner] = key
            built[name] = self.build(value, inner, depth + 1)
        return built

    def _scalar(self, node: ScalarNode) -> Any:
        kind, written = str(node.tag).rsplit(":", 1)[-1], str(node.value)
        if kind in {"str", "timestamp", "value"}:
            return written
        if kind == "null":
            return None
        if kind == "bool":
            return written.lower() == "true"
        if kind == "int" and len(written) > MAX_DIGITS:
            self.refuse(node, f"'{written[:40]}…' is too large a number", "put it in quotes if it is a text")
            return None
        try:
            if kind == "int":
                return int(written.replace("_", ""), 0 if written.lstrip("+-")[:2].lower() in {"0x", "0o", "0b"} else 10)
            if kind == "float":
                number = float(written.replace("_", ""))
                if math.isfinite(number):
                    return number
        except ValueError:
            return written
        if kind == "float":
            self.refuse(node, f"'{written[:40]}' is not a number")
        else:
            self._refuse_tag(node)
        return None

    def _refuse_tag(self, node: Node) -> None:
        tag = str(node.tag)
        if node.value or not re.fullmatch(r"![\w.]+", tag):
            self.refuse(node, f"the tag {tag} is not supported")
        else:  # what is meant for a text or a condition, and is nothing to YAML
            self.refuse(node, "a text that begins with ! needs quotes", f"write not {tag[1:]} for a condition, else put it in quotes")

    def _in_braces(self, key: Node) -> str | None:
        """What stands in {{ }} where YAML reads a mapping whose key is a mapping."""
        start, end = key.start_mark.index, key.end_mark.index
        if self.source.text[start - 1 : start + 1] != "{{":
            return None
        return self.source.text[start + 1 : end - 1].strip().replace('"', "'")
