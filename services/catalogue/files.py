"""The store of published files, of the catalogue and of recommenders: named by their hash, as models are.

It is a folder, or anything that pyarrow writes to (`s3://bucket/prefix`).
"""

import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urlsplit

from services.items.store import Store
from udfs.core.items.published import Layer
from udfs.core.values.addresses import carries_credentials
from udfs.core.values.errors import InvalidInput, Unavailable

SUFFIX = ".kcat"
KEEP_S = 3_600.0
"""Seconds for which a file stays that is no longer published: a TaskManager may just be reading it."""


class CatalogueFiles:
    """Where snapshots and layers are kept."""

    def __init__(self, place: str, *, suffix: str = SUFFIX) -> None:
        """A folder or a URI; `suffix` is that of the files' names. Raises InvalidInput for one with a login in it, since it is published."""
        scheme = urlsplit(place).scheme
        if carries_credentials(place):
            message = f"credentials in the URI of the store ({scheme}://…): the URI is published, so leave them to the environment"
            raise InvalidInput(message)
        self._suffix = suffix
        self._uri = place if scheme else Path(place).expanduser().resolve().as_uri()

    def put(self, store: Store, *, since: int | None = None) -> Layer:
        """Write everything that is in the store, or (since) a layer of what has changed. Raises Unavailable."""
        try:
            with tempfile.TemporaryFile(prefix="kairos-catalogue-") as file:
                written = store.write(file, since=since)
                file.seek(0)
                return Layer(self._kept(file, written.sha256), written.sha256, written.size, written.items)
        except OSError as error:
            message = f"the catalogue cannot be written to {self._uri}: {error}"
            raise Unavailable(message, "name a folder or s3://bucket/prefix that can be written to, with --store") from error

    def keep(self, file: IO[bytes], sha256: str) -> str:
        """Keep a file that is complete, under its hash. Returns where it is. Raises Unavailable."""
        try:
            return self._kept(file, sha256)
        except OSError as error:
            message = f"the file cannot be written to {self._uri}: {error}"
            raise Unavailable(message, "name a folder or s3://bucket/prefix that can be written to, with --store") from error

    def _kept(self, file: IO[bytes], sha256: str) -> str:
        head, mark, query = self._uri.partition("?")
        name = f"{sha256}{self._suffix}"
        if (folder := self._folder) is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / name
            if not path.exists():
                fresh = path.with_name(f".{name}.{time.time_ns():x}")
                with fresh.open("wb") as copy:
                    shutil.copyfileobj(file, copy, 4 * 1024 * 1024)
                fresh.replace(path)  # a reader sees the whole file or none
        else:
            from pyarrow import fs

            system, root = fs.FileSystem.from_uri(self._uri)
            with system.open_output_stream(f"{root.rstrip('/')}/{name}") as stream:
                shutil.copyfileobj(file, stream, 4 * 1024 * 1024)
        return f"{head.rstrip('/')}/{name}{mark}{query}"

    @property
    def _folder(self) -> Path | None:
        return Path(unquote(urlsplit(self._uri).path)) if self._uri.startswith("file:") else None

    def tidy(self, kept: Iterable[Layer], *, now: float) -> int:
        """Remove files of a folder that are not published and older than KEEP_S. Of an object store a lifecycle rule does that."""
        folder, names = self._folder, {f"{layer.sha256}{SUFFIX}" for layer in kept}
        if folder is None or not folder.is_dir():
            return 0
        old = [path for path in folder.glob(f"*{SUFFIX}") if path.name not in names and path.stat().st_mtime < now - KEEP_S]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)
