"""How far an upgrade has come, in a file that survives the process: whoever finds it unfinished can go back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from services.devstack.release import Release, write_json
from services.devstack.settings import Settings
from services.devstack.state import folder_of
from udfs.core.values.errors import InvalidInput

Stage = Literal["planned", "stopping", "starting", "watching", "going back", "done"]
Runs = Literal["", "new", "old", "nothing"]


@dataclass(frozen=True, kw_only=True)
class Journal:
    """One upgrade of one job."""

    identity: str
    old: Release
    new: Release
    old_job: str
    stack: Mapping[str, Any]
    """The stack's settings before it."""
    watch_s: float
    began: float
    """Epoch seconds."""
    stage: Stage = "planned"
    savepoint: str = ""
    new_job: str = ""
    bytes_before: int = 0
    refused_before: float = 0.0
    """The share of events that the old job refused, 0 to 1."""
    runs: Runs = ""
    """What runs in the end."""
    lines: tuple[str, ...] = field(default=())
    """Everything that was said."""

    def change(self, **changes: Any) -> "Journal":
        """A copy with some fields changed."""
        return replace(self, **changes)

    def save(self, settings: Settings) -> "Journal":
        """Write it down, and return it."""
        write_json(place(settings, self.identity), {**asdict(self), "old": self.old.as_json(), "new": self.new.as_json()})
        return self


def place(settings: Settings, identity: str) -> Path:
    """The file."""
    return settings.home / "upgrades" / f"{folder_of(identity)}.json"


def stop_file(settings: Settings, identity: str) -> Path:
    """A file that asks the process to go back, however early it looks."""
    return place(settings, identity).with_suffix(".stop")


def load(settings: Settings, identity: str) -> Journal | None:
    """The last upgrade of this job, or None."""
    return _read(place(settings, identity))


def unfinished(settings: Settings) -> Journal | None:
    """An upgrade that was begun and did not end; None if there is none. Raises InvalidInput for a journal that cannot be read."""
    found = (_read(file) for file in sorted((settings.home / "upgrades").glob("*.json")))
    return next((journal for journal in found if journal and journal.stage != "done"), None)


def _read(file: Path) -> Journal | None:
    try:
        told = json.loads(file.read_text())
        return Journal(**{**told, "old": Release.of_json(told["old"]), "new": Release.of_json(told["new"]), "lines": tuple(told["lines"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as problem:  # cut off, or of another version
        message = f"{file} is not the journal of an upgrade that this version can read ({type(problem).__name__}): if none is under way, delete it"
        raise InvalidInput(message) from problem
