"""Folders of state: on this machine, as Path, or in an object store, with as much of Path's interface as state needs."""

import os
import shutil
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.devstack.settings import Settings
from udfs.core.values.errors import Unavailable


class StoreUnavailable(Unavailable):
    """The object store does not answer, or refuses."""


@dataclass(frozen=True)
class S3Path:
    """`s3://<key>` in the store that the settings name. Credentials come from the environment, as for every AWS client."""

    key: str
    """Bucket and folder."""
    store: Any

    def __str__(self) -> str:
        return f"s3://{self.key}"

    def __truediv__(self, name: str) -> "S3Path":
        return S3Path(f"{self.key}/{name}", self.store)

    @property
    def name(self) -> str:
        """The last part."""
        return self.key.rpartition("/")[2]

    @property
    def parent(self) -> "S3Path":
        """Without the last part."""
        return S3Path(self.key.rpartition("/")[0], self.store)

    def exists(self) -> bool:
        """Whether there is such an object, or something below it."""
        return bool(self._info(self.key).type)  # NotFound is 0

    def read_bytes(self) -> bytes:
        """The whole object."""
        with _asked(), self.store.open_input_stream(self.key) as stream:
            return bytes(stream.read())

    def modified_ns(self) -> int:
        """When it was written, epoch nanoseconds."""
        return int(self._info(self.key).mtime_ns or 0)

    def is_relative_to(self, other: "Place") -> bool:
        """Whether it is that folder, or below it."""
        return isinstance(other, S3Path) and f"{self.key}/".startswith(f"{other.key}/")

    def below(self) -> Iterator["S3Path"]:
        """All objects below."""
        from pyarrow.fs import FileSelector, FileType

        with _asked():
            found = self.store.get_file_info(FileSelector(self.key, recursive=True, allow_not_found=True))
        yield from (S3Path(each.path, self.store) for each in found if each.type == FileType.File)

    def delete(self) -> None:
        """The folder and all below."""
        with _asked():
            self.store.delete_dir(self.key)

    def copy_to(self, target: "S3Path") -> None:
        """Copy all objects below, within the store."""
        for each in self.below():
            with _asked():
                self.store.copy_file(each.key, target.key + each.key.removeprefix(self.key))

    def _info(self, key: str) -> Any:
        with _asked():
            return self.store.get_file_info(key)


Place = Path | S3Path


class _asked:
    """Turns what the store's client raises into one kind of error."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, problem: BaseException | None, trace: Any) -> None:
        if isinstance(problem, OSError):
            message = f"the object store could not be asked ({problem}): are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY set, and s3.endpoint right?"
            raise StoreUnavailable(message) from problem


def root(settings: Settings) -> Place:
    """The folder of all state of this stack."""
    return of(settings.state, settings) if settings.state else settings.home


def of(text: str, settings: Settings) -> Place:
    """A path or URI that somebody wrote."""
    scheme, found, key = text.partition("://")
    if found and scheme in ("s3", "s3a"):
        return S3Path(key.strip("/"), _store(settings))
    return Path("/" + text.removeprefix("file:").lstrip("/")) if text.startswith("file:") else Path(text).resolve()


def uri_of(place: Place) -> str:
    """As Flink reads it."""
    return f"file://{place}" if isinstance(place, Path) else str(place)


def points(folder: Place, levels: int) -> list[Place]:
    """The folders with a `_metadata` in them, so many levels below: complete savepoints, or checkpoints."""
    if isinstance(folder, Path):
        return [file.parent for file in folder.glob("*/" * levels + "_metadata")]
    depth = folder.key.count("/") + levels + 1
    return [each.parent for each in folder.below() if each.name == "_metadata" and each.key.count("/") == depth]


def modified_ns(point: Place) -> int:
    """When a savepoint or checkpoint was completed."""
    metadata = point / "_metadata"
    return metadata.stat().st_mtime_ns if isinstance(metadata, Path) else metadata.modified_ns()


def size(folder: Place) -> int:
    """Bytes of all files below."""
    if isinstance(folder, Path):
        return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return sum(int(each._info(each.key).size or 0) for each in folder.below())


def delete(folder: Place) -> None:
    """The folder and all below."""
    shutil.rmtree(folder) if isinstance(folder, Path) else folder.delete()


def copy(folder: Place, target: Place) -> None:
    """All files below. Both are on this machine, or in the same store."""
    if isinstance(folder, Path) and isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder, target)
    elif isinstance(folder, S3Path) and isinstance(target, S3Path):
        folder.copy_to(target)
    else:
        message = f"{folder} and {target} are not in one store: copy it yourself, and name the copy with --restore"
        raise StoreUnavailable(message)


def quiet_aws(environment: MutableMapping[str, str]) -> None:
    """Let no AWS client ask the machine's metadata service, which it does for credentials and region while it starts.

    The stack's credentials come from the environment or a file that it names. Whoever wants the service sets the variable to false.
    """
    environment.setdefault("AWS_EC2_METADATA_DISABLED", "true")


def _store(settings: Settings) -> Any:
    quiet_aws(os.environ)  # before the library reads it
    from pyarrow.fs import S3FileSystem

    told = settings.flink_settings
    scheme, _, address = told.get("s3.endpoint", "").rpartition("://")
    region = told.get("s3.endpoint.region") or told.get("s3.region")
    return S3FileSystem(endpoint_override=address or None, scheme=scheme or "https", region=region, connect_timeout=10, request_timeout=60)
