"""The content-addressed store of model files: a file is named by its hash, so it never changes and can be cached anywhere.

A folder, or anything with an S3 interface: `s3://bucket/prefix?endpoint_override=HOST:PORT&scheme=http&region=…`. Credentials come from the
environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), never from the URI, because the URI is published.
"""

import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pyarrow import ArrowException, ArrowInvalid
from pyarrow.fs import FileSystem, FileType

from training.errors import StoreError
from udfs.core.values.addresses import carries_credentials


class Store:
    """A store of model files."""

    def __init__(self, place: str) -> None:
        """`place` is a folder or a URI. Raises StoreError if it is neither."""
        try:
            scheme, secret = urlsplit(place).scheme, carries_credentials(place)
        except ValueError as error:
            problem = "the store's URI cannot be read: name a folder, or s3://bucket/prefix"
            raise StoreError(problem) from error
        if secret:
            problem = f"credentials in the URI of the store ({scheme}://…): the URI is published with the model, so leave them to the environment"
            raise StoreError(problem)
        self._uri = place if scheme else Path(place).expanduser().resolve().as_uri()
        try:
            self._files, self._root = FileSystem.from_uri(self._uri)
        except (ArrowException, ArrowInvalid, OSError, ValueError) as error:
            problem = f"the store {place} cannot be used ({error}): name a folder, or s3://bucket/prefix"
            raise StoreError(problem) from error

    def put(self, content: bytes) -> tuple[str, str]:
        """Store a file and return its URI and sha256. A file that is already there stays. Raises StoreError if it cannot be written."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = f"{self._root.rstrip('/')}/{sha256}.onnx"
        try:
            if self._holds(path, sha256):
                return self._named(sha256), sha256
            if self._uri.startswith("file:"):
                self._files.create_dir(self._root, recursive=True)
            self._write(path, content)
        except (ArrowException, OSError) as error:
            problem = f"cannot write to the store {self._uri} ({error}): name one that can be written to with --store, a folder or s3://bucket/prefix"
            raise StoreError(problem) from error
        return self._named(sha256), sha256

    def get(self, sha256: str) -> bytes:
        """Read a file by its hash. Raises StoreError if it is missing, or does not match its hash."""
        path = f"{self._root.rstrip('/')}/{sha256}.onnx"
        try:
            with self._files.open_input_stream(path) as file:
                content: bytes = file.read()
        except (ArrowException, OSError) as error:
            problem = f"the store {self._uri} has no readable {sha256}: {error}"
            raise StoreError(problem) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            problem = f"{self._named(sha256)} does not match its hash: it was changed or truncated; store the model again"
            raise StoreError(problem)
        return content

    def _holds(self, path: str, sha256: str) -> bool:
        info: Any = self._files.get_file_info(path)
        if info.type != FileType.File:
            return False
        try:
            return bool(self.get(sha256))
        except StoreError:
            return False  # overwritten with the right content

    def _write(self, path: str, content: bytes) -> None:
        """Write atomically: a reader sees the whole file or none. A put to S3 is atomic anyway."""
        if not self._uri.startswith("file:"):
            with self._files.open_output_stream(path) as file:
                file.write(content)
            return
        fresh = f"{path}.{id(content):x}.tmp"
        with self._files.open_output_stream(fresh) as file:
            file.write(content)
        self._files.move(fresh, path)

    def _named(self, sha256: str) -> str:
        head, mark, query = self._uri.partition("?")
        return f"{head.rstrip('/')}/{sha256}.onnx{mark}{query}"
