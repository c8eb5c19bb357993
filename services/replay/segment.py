"""Any file of Segment-spec events, one JSON object per line, as history: each line's bytes unchanged, in order of time.

A line that is not an event is sent too, in its place, because the job's rejection of it is part of the history.
Three kinds of line are rewritten. A batch becomes one line per message. An event that says when it was sent is given the time of its receipt,
because nothing else in a file has it: its time is corrected here, and the job accepts it unchanged. An event whose properties are next to it has
them in `properties` (`flat.py`).
"""

import gzip
import json
import re
import shutil
import sys
import tempfile
import time
import weakref
from array import array
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, NamedTuple

import msgspec

from services.replay.clocks import UNKNOWN, time_of, told
from services.replay.flat import note_of as note_of_flat
from services.replay.flat import unflattened
from services.replay.records import History, Record, ReplayError
from services.replay.untimed import is_event, note_of
from udfs.codecs.batch import opened
from udfs.codecs.decode import read_payload
from udfs.codecs.kinds import from_json
from udfs.codecs.loose import BOM, spelled
from udfs.codecs.payload import CAMEL, Payload
from udfs.codecs.people import id_of
from udfs.codecs.reasons import Refused
from udfs.codecs.segment_spec import read_json

_GZIP = b"\x1f\x8b"
UNREADABLE = b"unreadable"
"""The key of a line without an id: an empty key would make it a heartbeat."""
_ID = re.compile(rb'"(?:user_?id|anonymous_?id)"\s*:\s*"([^"\\]+)"', re.IGNORECASE)


class _Ids(msgspec.Struct, rename="camel", gc=False):
    user_id: str | int | None = None
    anonymous_id: str | int | None = None
    other_user: None = msgspec.field(default=None, name="user_id")
    third_user: None = msgspec.field(default=None, name="userID")
    other_anonymous: None = msgspec.field(default=None, name="anonymous_id")
    third_anonymous: None = msgspec.field(default=None, name="anonymousID")


class _Index(NamedTuple):
    """Of every line that is not blank: its time, its offset in bytes and its number in the file, counted from 1."""

    times: "array[int]"
    offsets: "array[int]"
    numbers: "array[int]"
    disorder: int
    """How many lines are older than one before them."""
    borrowed: "array[int]"
    """Places of the lines, counted from 0, that have no time of their own, or none that can be read."""
    flat: "array[int]"
    """Numbers of the lines that have their properties next to the event, or name it elsewhere."""


_ids = msgspec.json.Decoder(_Ids)


def segment_spec(path: Path) -> History:
    """The events of a file, .gz too, or of standard input when `path` is "-".

    An unsorted file is sorted first; events with the same time keep their order. Memory holds only an index of times, offsets and line numbers.
    A line whose time cannot be read gets that of the line before. Raises ReplayError if the file is missing or of another kind.
    """
    with ExitStack() as on_failure:
        file = on_failure.enter_context(_seekable(path))
        file, origins = _unpacked(file)
        on_failure.enter_context(file)
        index = _index(file, path, origins)
        on_failure.pop_all()
    times, disorder = index.times, index.disorder
    records = _sorted(file, index) if disorder else _in_place(file, index)
    weakref.finalize(records, file.close)  # closed whether the records are read to the end or not at all
    notes = [f"{disorder:,} of {len(times):,} lines not in order of time: sorted first (`kairos sort` stores the result)"] if disorder else []
    notes += [note_of([(index.numbers[n], times[n]) for n in index.borrowed])] if index.borrowed else []
    notes += [note_of_flat(index.flat)] if index.flat else []
    return History(events=len(times), records=records, note="\n".join(f"{path}: {each}" for each in notes) or None)


def key_of(line: bytes) -> bytes:
    """The key of an event: its user id, or else its anonymous id, or `UNREADABLE`. A batch has the key of its first event."""
    return _id_of(line) or UNREADABLE


def names_nobody(key: bytes | str | None, line: bytes) -> bool:
    """Whether the key of a line only stands in for the id that it does not have. A customer may be called so, too."""
    return key in {UNREADABLE, UNREADABLE.decode()} and _id_of(line) is None


def _id_of(line: bytes) -> bytes | None:
    line = line.removeprefix(BOM)
    try:
        ids: _Ids | Payload = _ids.decode(line)
        if ids.user_id is None and ids.anonymous_id is None:
            ids = read_payload(line)  # slower, but knows other spellings
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Refused):
        try:
            ids = read_payload(line)
        except Refused:  # for whatever decode will refuse it for
            found = _ID.search(line)
            return found[1] if found else None
    for value, field in ((ids.user_id, "user_id"), (ids.anonymous_id, "anonymous_id")):
        if (text := id_of(value, field, [])) is not None:
            return text.encode()
    if isinstance(ids, Payload) and ids.batch is not None:
        try:
            return _id_of(bytes(opened(line).batch[0]))
        except Refused:
            return None
    return None


def _seekable(path: Path) -> IO[bytes]:
    """The file itself, or a temporary copy of compressed or piped input, so that it can be read twice and in any order. Whatever a file is called,
    it is compressed if it begins as gzip does."""
    try:
        if str(path) != "-" and not _is_packed(path):
            return path.open("rb")
        with ExitStack() as on_failure:
            spool = on_failure.enter_context(tempfile.TemporaryFile())
            with sys.stdin.buffer if str(path) == "-" else gzip.open(path) as packed:
                shutil.copyfileobj(packed, spool, 1 << 20)
            on_failure.pop_all()
    except (OSError, EOFError) as error:
        problem = f"{path} cannot be read: {error}"
        raise ReplayError(problem) from error
    spool.seek(0)
    return spool


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_GZIP)) == _GZIP


def _unpacked(file: IO[bytes]) -> tuple[IO[bytes], "array[int] | None"]:
    """The file, with a line for each message of its batches, and the number that each had before; the file itself where it has none, as nearly
    always."""
    has_batches = any(b'"batch"' in line for line in file)
    file.seek(0)
    if not has_batches:
        return file, None
    spool, origins = tempfile.TemporaryFile(), array("q")  # noqa: SIM115 - the caller closes it
    with file:
        for number, line in enumerate(file, start=1):
            for message in _messages(line.strip()):
                spool.write(message + b"\n")
                origins.append(number)
    spool.seek(0)
    return spool, origins


def _messages(line: bytes) -> Iterator[bytes]:
    """The messages of a batch, each with what its envelope says; any other line as it is."""
    try:
        envelope = opened(line) if line[:1] == b"{" and read_json(line, [])[0].batch is not None else None
    except Refused:
        envelope = None
    if envelope is None:
        yield line
        return
    told = {"sent_at": envelope.sent_at, "received_at": envelope.received_at, "write_key": envelope.write_key}
    for raw in envelope.batch:
        message = json.loads(bytes(raw))
        if isinstance(message, dict):
            said = spelled(message, CAMEL)
            message = {**{CAMEL[name]: value for name, value in told.items() if value is not None and name not in said}, **message}
            if isinstance(envelope.context, dict) and envelope.context:
                own = said.get("context")
                own = from_json(own) if isinstance(own, str) else own
                message["context"] = {**envelope.context, **own} if isinstance(own, dict) else own or envelope.context
        yield json.dumps(message, ensure_ascii=False).encode()


def _index(file: IO[bytes], path: Path, origins: "array[int] | None") -> _Index:
    """Look through the file once. `origins`: see `_unpacked`."""
    times, offsets, numbers, borrowed, flat = array("q"), array("q"), array("q"), array("q"), array("q")
    offset = disorder = unplaced = 0
    latest = UNKNOWN
    for place, line in enumerate(file):
        if not line.isspace():
            if not offsets and line.lstrip().startswith(b"["):
                problem = f"{path} begins with a JSON array: one event per line is needed (`jq -c '.[]'` converts it)"
                raise ReplayError(problem)
            if (moved := unflattened(line)) is not None:
                flat.append(place + 1 if origins is None else origins[place])
            at = time_of(line if moved is None else moved)
            if at == UNKNOWN:
                if is_event(key_of(line.strip()), line):
                    borrowed.append(len(times))
                at = times[-1] if times else UNKNOWN
            if at == UNKNOWN:
                unplaced += 1
            elif at < latest:
                disorder += 1
            else:
                latest = at
            times.append(at)
            offsets.append(offset)
            numbers.append(place + 1 if origins is None else origins[place])
        offset += len(line)
    first = times[unplaced] if unplaced < len(times) else int(time.time() * 1000)
    for n in range(unplaced):  # no line before these has a time: use the first time of the file, or now if there is none
        times[n] = first
    file.seek(0)
    return _Index(times, offsets, numbers, disorder, borrowed, flat)


def _whole(line: bytes) -> bytes:
    """A line without blanks around it, and with its properties where they belong."""
    return unflattened(line) or line.strip()


def _in_place(file: IO[bytes], index: _Index) -> Iterator[Record]:
    lines = (line for line in file if not line.isspace())
    for at, number, line in zip(index.times, index.numbers, lines, strict=True):
        found = told(_whole(line), at)
        yield Record(at, key_of(found), found, number)


def _sorted(file: IO[bytes], index: _Index) -> Iterator[Record]:
    times = index.times
    for n in sorted(range(len(times)), key=times.__getitem__):
        file.seek(index.offsets[n])
        found = told(_whole(file.readline()), times[n])
        yield Record(times[n], key_of(found), found, index.numbers[n])


segment = segment_spec
"""The earlier name, which scripts import."""
