"""The files of a lake, in a folder or in an S3-compatible store: which are finished, and how one takes the place of others.

`TABLE/dt=2026-03-02/part-…` is a finished file. Names that begin with a dot are none: files that Flink is writing (`.part-…`), files that are
being made here (`.making-…`), and swaps (`.swap-…`). A swap is the decision that a made file takes the place of some others. It is one small
file, so it is there or not; whoever finds one finishes it, and whoever reads takes it for done.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import uuid4

from pyarrow import ArrowException
from pyarrow.fs import FileSelector, FileSystem, FileType

from services.locked import locked
from udfs.core.values.addresses import carries_credentials
from udfs.core.values.errors import InvalidInput, Unavailable
from udfs.lake.tables import BY_NAME

PART, MAKING, SWAP = "part-", ".making-", ".swap-"
SETTLED_S = 600.0
"""In an object store a file is left alone for this long: a job that is restored looks at what it finished last, and insists on its length."""
ENDPOINT = "AWS_ENDPOINT_URL"
"""The variable that names an S3-compatible store that is not Amazon's, as for other tools."""


class LakeError(Unavailable):
    """The lake could not be read or written; the message says what is wrong, and what to do."""


class BadLake(InvalidInput):
    """What was named is no lake."""


@dataclass(frozen=True, order=True, kw_only=True)
class File:
    """One finished file."""

    table: str
    date: str
    """The day of its records, as 2026-03-02."""
    path: str
    size: int
    at: float
    """When it was written, epoch seconds."""


@dataclass(frozen=True, kw_only=True)
class Swap:
    """A made file that takes the place of others, all in one folder."""

    path: str
    making: str
    made: str
    instead_of: tuple[str, ...]


class Lake:
    """A lake, by its place."""

    def __init__(self, place: str | Path) -> None:
        """`place`: a folder, or s3://bucket/lake?region=…; credentials come from the environment. Raises BadLake."""
        told = str(place)
        if carries_credentials(told):
            message = "credentials in the URI of the lake: leave them to the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
            raise BadLake(message)
        self.is_local = "://" not in told or told.startswith("file:")
        self.place = told
        try:
            self.files, root = FileSystem.from_uri(Path(told).expanduser().absolute().as_uri() if "://" not in told else _with_endpoint(told))
        except (ArrowException, OSError, ValueError) as problem:
            message = f"{told} is no place of a lake ({problem}): name a folder, or s3://bucket/lake"
            raise BadLake(message) from problem
        self.root = root.rstrip("/")

    def finished(self, tables: Iterable[str] = (*BY_NAME,)) -> list[File]:
        """Every finished file of these tables, swaps taken for done. Raises LakeError."""
        found: list[File] = []
        for table in tables:
            listed = self._listed(table)
            gone: set[str] = set()
            moved: dict[str, str] = {}
            for swap in self._swaps(listed):
                gone.update(swap.instead_of)
                moved[swap.making] = swap.made
            for info in listed:
                folder, name = info.path.rsplit("/", 1)
                is_made = info.path in moved
                if (name.startswith(PART) and info.path not in gone) or is_made:
                    date = folder.rsplit("dt=", 1)[-1]
                    found.append(File(table=table, date=date, path=info.path, size=info.size, at=info.mtime.timestamp()))
        return sorted(found)

    def settled(self, files: Iterable[File], *, now: float) -> list[File]:
        """Those that may be rewritten. `now`: epoch seconds."""
        return [file for file in files if self.is_local or file.at < now - SETTLED_S]

    def unfinished(self, tables: Iterable[str] = (*BY_NAME,)) -> int:
        """How many files are being written, by a running job or by one that was killed."""
        return sum(info.path.rsplit("/", 1)[1].startswith("." + PART) for table in tables for info in self._listed(table))

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Alone among those who change a local lake; what they left unfinished is finished first. Raises LakeError."""
        with self._lock():
            for table in BY_NAME:
                listed = self._listed(table)
                for swap in self._swaps(listed):
                    self._finish(swap)
                for info in listed:
                    if info.path.rsplit("/", 1)[1].startswith(MAKING) and self._is_there(info.path):
                        self.files.delete_file(info.path)
            yield

    def making(self, file: File) -> str:
        """A path next to a file, for one that is to take its place."""
        return f"{file.path.rsplit('/', 1)[0]}/{MAKING}{uuid4().hex}"

    def replace(self, file: File, making: str | None) -> None:
        """Put what was made in the place of one file, at once; None: the file goes."""
        if making is None:
            self.files.delete_file(file.path)
        else:
            self.files.move(making, file.path)

    def merge(self, files: Sequence[File], making: str) -> None:
        """Put what was made in the place of several files of one folder: wholly, or not at all."""
        folder = making.rsplit("/", 1)[0]
        number = making.rsplit(MAKING, 1)[1]
        swap = Swap(path=f"{folder}/{SWAP}{number}", making=making, made=f"{folder}/{PART}{number}", instead_of=tuple(file.path for file in files))
        self.write(swap.path, json.dumps({"instead_of": [path.rsplit("/", 1)[1] for path in swap.instead_of]}).encode())
        self._finish(swap)

    def read(self, path: str) -> bytes | None:
        """The content of a small file; None if there is none."""
        if not self._is_there(path):
            return None
        with self.files.open_input_stream(path) as file:
            content: bytes = file.read()
        return content

    def write(self, path: str, content: bytes) -> None:
        """Write a small file: a reader sees all of it or what was there before."""
        if not self.is_local:
            with self.files.open_output_stream(path) as file:
                file.write(content)
            return
        fresh = Path(f"{path}.{os.getpid()}.tmp")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)

    def _finish(self, swap: Swap) -> None:
        if self._is_there(swap.making):
            self.files.move(swap.making, swap.made)
        for path in swap.instead_of:
            if self._is_there(path):
                self.files.delete_file(path)
        self.files.delete_file(swap.path)

    def _swaps(self, listed: Sequence[Any]) -> list[Swap]:
        found = []
        for info in listed:
            folder, name = info.path.rsplit("/", 1)
            if name.startswith(SWAP) and "." not in name[1:] and (content := self.read(info.path)) is not None:
                number = name.removeprefix(SWAP)
                names = json.loads(content)["instead_of"]
                swap = Swap(
                    path=info.path,
                    making=f"{folder}/{MAKING}{number}",
                    made=f"{folder}/{PART}{number}",
                    instead_of=tuple(f"{folder}/{each}" for each in names),
                )
                found.append(swap)
        return found

    def _listed(self, table: str) -> list[Any]:
        try:
            infos = self.files.get_file_info(FileSelector(f"{self.root}/{table}", recursive=True, allow_not_found=True))
        except (ArrowException, OSError) as problem:
            message = f"the lake at {self.place} cannot be read: {problem}"
            raise LakeError(message) from problem
        return [info for info in infos if info.type == FileType.File and "/dt=" in info.path]

    def _is_there(self, path: str) -> bool:
        return bool(self.files.get_file_info(path).type == FileType.File)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        if not self.is_local:
            yield  # nothing there locks: docs/lake.md says to run one command at a time
            return

        def busy() -> None:
            message = f"another command is changing the lake at {self.place}: try again when it is done"
            raise LakeError(message)

        with ExitStack() as held:
            try:
                held.enter_context(locked(Path(self.root, ".lock"), busy=busy))
            except OSError as problem:
                message = f"the lake at {self.place} cannot be changed: {problem}"
                raise LakeError(message) from problem
            yield


def by_date(files: Iterable[File]) -> dict[tuple[str, str], list[File]]:
    """The files of each table and day, the oldest first."""
    found: dict[tuple[str, str], list[File]] = defaultdict(list)
    for file in sorted(files, key=lambda file: (file.table, file.date, file.at, file.path)):
        found[file.table, file.date].append(file)
    return found


def _with_endpoint(uri: str) -> str:
    """An S3 URI with the endpoint that the environment names."""
    endpoint = os.environ.get(ENDPOINT)
    parts = urlsplit(uri)
    told = dict(parse_qsl(parts.query))
    if parts.scheme != "s3" or not endpoint or "endpoint_override" in told:
        return uri
    where = urlsplit(endpoint)
    told |= {"endpoint_override": where.netloc, "scheme": where.scheme, "allow_bucket_creation": "false"}
    return f"s3://{parts.netloc}{quote(parts.path)}?{urlencode(told)}"
