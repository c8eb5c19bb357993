"""A file that says what to learn, read: its keys, their defaults, and paths relative to the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar


@dataclass(frozen=True)
class Written:
    """The file. `document` holds its keys as they are written."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}
    """Of its keys."""
    file: Path
    document: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        """The value of a key, its default, or None."""
        return self.document.get(key, self.DEFAULTS.get(key))

    def path(self, key: str) -> Path | None:
        """A path, if the file has the key."""
        return None if self[key] is None else self.beside(self[key])

    def paths(self, key: str) -> list[Path]:
        """One path or several."""
        found = self[key] or []
        return [self.beside(each) for each in ([found] if isinstance(found, str) else found)]

    def place(self, key: str, *, otherwise: Path) -> str:
        """A folder or an address."""
        found = self[key]
        return str(otherwise) if found is None else found if "://" in found else str(self.beside(found))

    def beside(self, path: str) -> Path:
        """A path as the file means it: relative to its folder."""
        return self.file.parent / Path(path).expanduser()


def defaults_of(shape: Mapping[str, Any]) -> Mapping[str, Any]:
    """The defaults of a shape's keys."""
    return {key: each["default"] for key, each in shape["properties"].items() if "default" in each}
