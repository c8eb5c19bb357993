"""Fetch a model's file from a URI in a content-addressed store, and verify its hash."""

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

from udfs.core.features.models import MAX_MODEL_BYTES, Model
from udfs.core.values.errors import Unavailable


class ModelRefused(Unavailable):
    """A model that will not be asked; the message says why and how to fix it."""


def fetch(model: Model) -> bytes:
    """The complete, verified file of a model, from `file:` or any URI that pyarrow reads (`s3:`, `gs:`). Raises ModelRefused."""
    try:
        data = _local(model.uri) if urlsplit(model.uri).scheme in {"", "file"} else _remote(model.uri)
    except ModelRefused:
        raise
    except Exception as error:  # each store has its own error classes
        message = f"{model.uri} could not be read from this TaskManager: {type(error).__name__}: {error}"
        raise ModelRefused(message) from error
    if len(data) != model.size:
        message = f"{model.uri} has {len(data):,} bytes, its manifest says {model.size:,}: publish it again"
        raise ModelRefused(message)
    found = hashlib.sha256(data).hexdigest()
    if found != model.sha256:
        message = f"{model.uri} has the hash {found[:12]}…, its manifest says {model.sha256[:12]}…: it was changed after it was published"
        raise ModelRefused(message)
    return data


def _local(uri: str) -> bytes:
    path = Path(unquote(urlsplit(uri).path) if uri.startswith("file:") else uri)
    if not path.is_file():
        message = f"there is no file {path} on this TaskManager: use a store that every TaskManager can read"
        raise ModelRefused(message)
    if path.stat().st_size > MAX_MODEL_BYTES:
        message = f"{path} has {path.stat().st_size:,} bytes: a model has {MAX_MODEL_BYTES:,} at most"
        raise ModelRefused(message)
    return path.read_bytes()


def _remote(uri: str) -> bytes:
    from pyarrow import fs

    system, path = fs.FileSystem.from_uri(uri)
    with system.open_input_stream(path) as stream:
        data: bytes = stream.read(MAX_MODEL_BYTES + 1)
    return data
