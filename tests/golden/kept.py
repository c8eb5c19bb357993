"""A golden savepoint as it lies in the repository: `tests/golden_savepoints/<version>/`.

* `savepoint.tar.xz`: the savepoint, as the job of that version wrote it.
* `story.json.xz`: the records of the topics that it has read, those that follow, and what that version wrote then.
* `states.json.xz`: of each key the bytes of its state, and what they meant to that version.
* `*.onnx`: models that are asked.
"""

import base64
import io
import lzma
import shutil
import tarfile
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).resolve().parents[1] / "golden_savepoints"
HERE = b"{here}"
"""In records of `control`, for the URI of the folder in which the files of models are."""
MAX_BYTES = 600_000
"""Of one of them, all files together."""


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """A record as it stands in a topic."""

    partition: int
    offset: int
    at: int
    """Its timestamp, epoch milliseconds."""
    key: bytes | None
    value: bytes | None


class Topic(msgspec.Struct, frozen=True):
    """What a topic held when the savepoint was made."""

    ends: dict[int, int]
    """The offset after the last record, by partition."""
    records: list[Sent] = []
    """Empty where nothing of it is read again."""


class Story(msgspec.Struct, frozen=True):
    """All that is needed to go on from a savepoint."""

    version: str
    options: dict[str, str | int]
    """Of the job."""
    topics: dict[str, Topic]
    """By the name of the route, or of the option without `_topic`."""
    after: list[tuple[int, bytes, bytes]]
    """Time, key and value of the events that follow."""
    ends: int
    """How far time moves on behind them, epoch milliseconds."""
    said: dict[str, list[dict[str, Any]]]
    """What the job of that version wrote then, by topic."""


class State(msgspec.Struct, frozen=True):
    """What is stored of one key."""

    key: str
    kind: str
    """user, ties or kept-ids: the name of the state."""
    stored: str
    """Its bytes, in base64."""
    means: Any
    """What these bytes meant to the version that wrote them, see `tests.golden.parts.told`."""

    @property
    def value(self) -> bytes:
        """The bytes."""
        return base64.b64decode(self.stored)


def versions() -> list[str]:
    """All versions of which one is kept."""
    return sorted(file.parent.name for file in FOLDER.glob("*/savepoint.tar.xz"))


def story(version: str) -> Story:
    """What belongs to the savepoint of a version."""
    return msgspec.json.decode(lzma.decompress((FOLDER / version / "story.json.xz").read_bytes()), type=Story)


def states(version: str) -> list[State]:
    """What is stored of each key."""
    return msgspec.json.decode(lzma.decompress((FOLDER / version / "states.json.xz").read_bytes()), type=list[State])


def unpack(version: str, into: Path) -> Path:
    """The folder with `_metadata`: a copy, since the job that restores it deletes it."""
    with tarfile.open(FOLDER / version / "savepoint.tar.xz") as packed:
        packed.extractall(into, filter="data")
    return into / "savepoint"


def keep(told: Story, states: list[State], savepoint: Path, *, models: Path, folder: Path = FOLDER) -> int:
    """Write all of it, in place of what was there; returns its size. Raises ValueError where it is too large for the repository."""
    files = {
        "savepoint.tar.xz": _packed(savepoint),
        "story.json.xz": lzma.compress(msgspec.json.encode(told), preset=9),
        "states.json.xz": lzma.compress(msgspec.json.encode(states), preset=9),
        **{file.name: file.read_bytes() for file in models.glob("*.onnx")},
    }
    size = sum(map(len, files.values()))
    if size > MAX_BYTES:
        sizes = ", ".join(f"{name} {len(each):,}" for name, each in files.items())
        message = f"{told.version} would have {size:,} bytes, and {MAX_BYTES:,} are allowed: {sizes}"
        raise ValueError(message)
    if (folder / told.version).exists():
        shutil.rmtree(folder / told.version)
    (folder / told.version).mkdir(parents=True)
    for name, content in files.items():
        (folder / told.version / name).write_bytes(content)
    return size


def _packed(savepoint: Path) -> bytes:
    """In an archive that is the same for the same files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=9) as archive:
        for file in sorted(each for each in savepoint.rglob("*") if each.is_file()):
            entry = tarfile.TarInfo(f"savepoint/{file.relative_to(savepoint)}")
            content = file.read_bytes()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
