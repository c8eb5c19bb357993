"""The story of every golden savepoint: its first half lies in the savepoint, the job that restores it gets the second half. Never change it."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.devstack.settings import Settings
from tests.cluster.deployment import MINUTE, Deployment, acted, shoppers

FOLDER = Path(__file__).resolve().parents[1] / "golden_savepoints"
NAME = "golden"
USERS = 60
MAX_BYTES = 200_000


@dataclass(frozen=True, kw_only=True)
class Golden:
    """What was known when the savepoint was made."""

    version: str
    decided: list[tuple[str, int]]
    """Who had been reminded of a cart, and for when."""

    @property
    def savepoint(self) -> Path:
        """The folder with `_metadata`."""
        return FOLDER / self.version / "savepoint"

    @staticmethod
    def read(version: str) -> "Golden":
        """Of a version."""
        told = json.loads((FOLDER / version / "golden.json").read_text())
        return Golden(version=told["version"], decided=[(user, at) for user, at in told["decided"]])

    def write(self, savepoint: Path) -> None:
        """Keep it for good. Refuses a savepoint that is too large for the repository."""
        size = sum(file.stat().st_size for file in savepoint.rglob("*") if file.is_file())
        if size > MAX_BYTES:
            message = f"{savepoint} has {size:,} bytes, more than {MAX_BYTES:,}"
            raise ValueError(message)
        shutil.copytree(savepoint, self.savepoint)
        (FOLDER / self.version / "golden.json").write_text(json.dumps(asdict(self), indent=2) + "\n")


def versions() -> list[str]:
    """All versions that have one."""
    return sorted(file.parent.name for file in FOLDER.glob("*/golden.json"))


def deployment(settings: Settings, folder: Path) -> Deployment:
    """With fixed names: topics and the consumer group are in the savepoint."""
    topics = {f"{kind}_topic": f"{NAME}-{kind}" for kind in ("events", "control", "arms", "decisions", "rejected", "segments")}
    return Deployment.new(settings, folder, deployment=NAME, actions_prefix=f"{NAME}-actions.", **topics)


def halves() -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, int]]:
    """The events before the savepoint, those after it, and who is owed a reminder in the end, and for when."""
    events, owed = shoppers(USERS, spread_ms=60_000)
    half = len(events) // 2
    return events[:half], events[half:], owed


def ended(told: Deployment, *, count: int) -> list[tuple[str, int]]:
    """What was decided once time has gone on after the last event."""
    _, after, _ = halves()
    told.beat(after[-1]["at"] + 40 * MINUTE)
    return acted(told.decisions(count=count, extra_s=2))
