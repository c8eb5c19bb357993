"""A registry in a folder, the default.

    <registry>/<model>/<version>/manifest.json, model.onnx, card.md and so on
    <registry>/<model>/aliases.json     champion, challenger, shadow: the version now, and those before it

Changes are made under a lock, so that two processes cannot lose each other's.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from services.model_versions.versions import LINEAGE, MANIFEST, NAME, VERSION, Aliases, RegistryError, Version, Versions, require_names, written

STATE, LOCK = "aliases.json", ".lock"


class Registry(Versions):
    """The folder. It is made when the first version is added."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.where = folder, str(folder)

    def models(self) -> list[str]:
        """The names of all models."""
        if not self.folder.is_dir():
            return []
        return sorted(each.name for each in self.folder.iterdir() if each.is_dir() and NAME.fullmatch(each.name))

    def aliases(self, model: str) -> Aliases:
        """The aliases of a model."""
        path = self.folder / model / STATE
        return _read(path, Aliases) if path.is_file() else Aliases()

    def add(self, model: str, manifest: Mapping[str, Any], files: Mapping[str, bytes], lineage: Mapping[str, Any]) -> Version:
        """Add a version; one that is there already stays as it is. Raises RegistryError if the folder cannot be written to."""
        version = str(manifest["version"])
        require_names(model, version)
        folder = self.folder / model / version
        with self._locked(model):
            if not (folder / MANIFEST).is_file():
                folder.mkdir(parents=True, exist_ok=True)
                for name, content in {**files, LINEAGE: written(lineage)}.items():
                    (folder / name).write_bytes(content)
                _replace(folder / MANIFEST, written(manifest))  # last: a version without it was not added whole
        return self.version(model, version)

    def _all(self, model: str) -> list[Version]:
        aliases = self.aliases(model)
        found = (each for each in (self.folder / model).iterdir() if VERSION.fullmatch(each.name) and (each / MANIFEST).is_file())
        return [self._version(each, aliases) for each in found]

    def _version(self, folder: Path, aliases: Aliases) -> Version:
        def read(name: str) -> bytes | None:
            return (folder / name).read_bytes() if (folder / name).is_file() else None

        lineage = folder / LINEAGE
        return Version(
            model=folder.parent.name,
            version=folder.name,
            place=str(folder),
            read=read,
            manifest=_read(folder / MANIFEST, dict[str, Any]),
            lineage=_read(lineage, dict[str, Any]) if lineage.is_file() else {},
            aliases=tuple(aliases.of(folder.name)),
            retired=folder.name in aliases.retired,
        )

    @contextmanager
    def _changing(self, model: str) -> Iterator[Aliases]:
        with self._locked(model):
            aliases = self.aliases(model)
            yield aliases
            _replace(self.folder / model / STATE, written(msgspec.to_builtins(aliases)))

    @contextmanager
    def _locked(self, model: str) -> Iterator[None]:
        folder = self.folder / model
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / LOCK).open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            message = f"cannot write to the registry {self.folder} ({error.strerror or error}): name a folder that can be written to"
            raise RegistryError(message) from error


def _read(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        what = path if path.name == STATE else path.parent
        message = f"{path} cannot be read ({error}): restore it, or move {what} away; the job goes on with the model that is published"
        raise RegistryError(message) from error


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)
