"""Fetch a published file from its URI, verify its hash on the way, and map the copy into memory.

The copy is this process's own and has no name, so that nobody can change it under the map, and it goes with the process.
"""

import hashlib
import mmap
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from udfs.core.items.published import Layer
from udfs.core.values.errors import Unavailable

PIECE = 4 * 1024 * 1024


def copied(layer: Layer, refused: type[Unavailable]) -> mmap.mmap:
    """The file, complete and verified, from `file:` or any URI that pyarrow reads (`s3:`, `gs:`). Raises `refused`."""
    digest, size = hashlib.sha256(), 0
    try:
        with tempfile.TemporaryFile(prefix="kairos-published-") as copy:
            for piece in _pieces(layer.uri, refused):
                size += len(piece)
                if size > layer.size:
                    break
                digest.update(piece)
                copy.write(piece)
            copy.flush()
            if size != layer.size:
                more = "more" if size > layer.size else "fewer"
                message = f"{layer.uri} has {more} bytes than the {layer.size:,} that were published: it was changed or cut off"
                raise refused(message)
            if digest.hexdigest() != layer.sha256:
                message = f"{layer.uri} has the hash {digest.hexdigest()[:12]}…, published was {layer.sha256[:12]}…: it was changed"
                raise refused(message)
            return mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ)
    except refused:
        raise
    except Exception as error:  # each store has its own error classes, and the disk for the copy may be full
        message = f"{layer.uri} could not be read from this TaskManager, or not copied to {tempfile.gettempdir()}: {type(error).__name__}: {error}"
        raise refused(message) from error


def _pieces(uri: str, refused: type[Unavailable]) -> Iterator[bytes]:
    if urlsplit(uri).scheme in {"", "file"}:
        path = Path(unquote(urlsplit(uri).path) if uri.startswith("file:") else uri)
        if not path.is_file():
            message = f"there is no file {path} on this TaskManager: use a store that every TaskManager can read"
            raise refused(message)
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
        return
    from pyarrow import fs

    system, path_in_store = fs.FileSystem.from_uri(uri)
    with system.open_input_stream(path_in_store) as stream:
        while piece := stream.read(PIECE):
            yield piece
