"""The bytes of a feed: from a file, unpacked if it is gzip, in pieces, and never more than the limit."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from services.items.problems import MAX_BYTES, FeedError

PIECE = 256 * 1024
GZIP = b"\x1f\x8b"
_OTHERS = {
    b"PK\x03\x04": "a zip archive (Excel's .xlsx is one, too)",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel file",
    b"BZh": "a bzip2 file",
}


@contextmanager
def opened(path: Path, *, most: int = MAX_BYTES) -> Iterator[Iterator[bytes]]:
    """The pieces of a file. Raises FeedError for a file that is missing, too large, broken or of another kind."""
    try:
        file = path.open("rb")
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise FeedError(message) from error
    with file:
        yield pieces(file, str(path), most=most)


def pieces(file: IO[bytes], name: str, *, most: int = MAX_BYTES) -> Iterator[bytes]:
    """The same of an open file."""
    head = file.read(len(GZIP))
    file.seek(0)
    source: Any = gzip.GzipFile(fileobj=file) if head == GZIP else file
    taken = 0
    while True:
        try:
            piece = source.read(PIECE)
        except (OSError, EOFError, zlib.error) as error:
            message = f"{name} is cut off or broken: {error}. Nothing after the first {taken:,} bytes can be read: fetch it again"
            raise FeedError(message) from error
        if not piece:
            return
        if not taken:
            for magic, what in _OTHERS.items():
                if piece.startswith(magic):
                    message = f"{name} is {what}: save it as CSV, JSON or XML"
                    raise FeedError(message)
        taken += len(piece)
        if taken > most:
            message = f"{name} has more than {most:,} bytes unpacked: a feed of 5 million items has less. Leave descriptions out, or split it"
            raise FeedError(message)
        yield piece


def lines(pieces_: Iterator[bytes], name: str, *, longest: int) -> Iterator[bytes]:
    """The lines of it, with their ends; \\r alone ends a line, too. A line that is too long comes in parts of that length."""
    rest = b""
    for piece in pieces_:
        rest += piece
        if rest.endswith(b"\r"):
            held, rest = b"\r", rest[:-1]
        else:
            held = b""
        parts = rest.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        rest = parts.pop() + held
        yield from (part + b"\n" for part in parts)
        while len(rest) > longest:
            yield rest[:longest]
            rest = rest[longest:]
    if rest:
        yield rest.rstrip(b"\r")
