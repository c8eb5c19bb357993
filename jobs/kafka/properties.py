r"""Kafka's client properties files, read as Java reads them: comments, `=`, `:` or blanks after a key, lines that go on after `\`, escapes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from udfs.core.values.errors import InvalidInput

_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_KEY = re.compile(r"((?:[^\\=:\s]|\\.)*)[ \t\f]*[=:]?[ \t\f]*", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(u)|(.)|$)", re.DOTALL)


class BadProperties(InvalidInput):
    """A file of Kafka properties cannot be read, or says something that cannot be done. The message never repeats a value."""


def read(file: Path) -> dict[str, str]:
    """The entries of a properties file, in its order; the last one of a key counts. Raises BadProperties."""
    try:
        data = file.read_bytes()
    except OSError as problem:
        message = f"{file}: the file of properties cannot be read ({problem.strerror})"
        raise BadProperties(message) from problem
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        kind = "a keystore, not a file of properties: name the file that holds ssl.keystore.location" if _is_keystore(data) else "not UTF-8"
        message = f"{file} is {kind}"
        raise BadProperties(message) from problem
    return parse(text, name=str(file))


@contextmanager
def of_file(file: Path) -> Iterator[None]:
    """Have what is raised meanwhile say which file it is about."""
    try:
        yield
    except BadProperties as problem:
        if problem.message.startswith(str(file)):
            raise
        message = f"{file}: {problem.message}"
        raise BadProperties(message) from problem


def parse(text: str, *, name: str) -> dict[str, str]:
    """The entries of a text. `name` says where it is from, for messages."""
    found: dict[str, str] = {}
    for number, line in _logical_lines(text):
        matched = _KEY.match(line)
        key, value = (matched[1], line[matched.end() :]) if matched else (line, "")
        try:
            found[_plain(key)] = _plain(value)
        except ValueError as problem:
            message = f"{name}, line {number}: {problem}"
            raise BadProperties(message) from problem
    return found


def _logical_lines(text: str) -> list[tuple[int, str]]:
    r"""Lines with their numbers, joined where one ends in an odd number of backslashes; without comments and empty ones."""
    found: list[tuple[int, str]] = []
    began, parts = 0, list[str]()
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        line = raw.lstrip(" \t\f")
        if not parts and (not line or line[0] in "#!"):
            continue
        began = began if parts else number
        goes_on = (len(line) - len(line.rstrip("\\"))) % 2 == 1
        parts.append(line[:-1] if goes_on else line)
        if not goes_on:
            found.append((began, "".join(parts)))
            parts = []
    return [*found, (began, "".join(parts))] if parts else found


def _plain(text: str) -> str:
    def one(matched: re.Match[str]) -> str:
        if matched[2]:
            message = r"\u needs four hexadecimal digits; a backslash is written \\"
            raise ValueError(message)
        return chr(int(matched[1], 16)) if matched[1] else _ESCAPES.get(matched[3] or "", matched[3] or "")

    return _ESCAPE.sub(one, text)


def _is_keystore(data: bytes) -> bool:
    return data[:4] == b"\xfe\xed\xfe\xed" or data[:2] in (b"\x30\x82", b"\x30\x80")
