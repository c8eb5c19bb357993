"""Where the local stack lives and on which ports: one small file that every process and command reads."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from udfs.core.values.errors import InvalidInput

Clock = Literal["none", "live", "replay"]


def home() -> Path:
    """The folder of all state: KAIROS_HOME, else `.kairos` beside the project's pyproject.toml, else in the current folder."""
    told = os.environ.get("KAIROS_HOME")
    return Path(told).expanduser().resolve() if told else project_home()


def project_home() -> Path:
    """The state folder of this checkout, which is also where what all homes share is kept."""
    project = Path(__file__).resolve().parents[2]
    return (project if (project / "pyproject.toml").exists() else Path.cwd()) / ".kairos"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The stack as it was last started. Everything listens on 127.0.0.1 only."""

    home: Path
    broker_port: int = 9092
    controller_port: int = 9093
    rest_port: int = 8081
    rpc_port: int = 6123
    task_managers: int = 1
    clock: Clock = "none"
    """Of the job last submitted."""
    events_topic: str = "events"
    """Of the job last submitted."""
    reads: dict[str, str] = field(default_factory=dict)
    """Job -> the topic that it reads, of those that were submitted and not seen to end."""

    @property
    def brokers(self) -> str:
        """Kafka's address."""
        return f"127.0.0.1:{self.broker_port}"

    @property
    def rest(self) -> str:
        """The address of Flink's REST interface and web page."""
        return f"http://127.0.0.1:{self.rest_port}"

    @property
    def live_topics(self) -> list[str]:
        """Where heartbeats go: what live jobs read. In a replay of last year they would move time to today."""
        return sorted({topic for job, topic in self.reads.items() if job.endswith("-live")})

    @property
    def logs(self) -> Path:
        """Every log of every process."""
        return self.home / "logs"

    @property
    def pids(self) -> Path:
        """One file a running process."""
        return self.home / "pids"

    @property
    def savepoints(self) -> Path:
        """Where `down` and `submit` leave the job's state; one folder a clock, for live and replay never restore each other's."""
        return self.home / "savepoints"

    def change(self, **changes: Any) -> "Settings":
        """These settings with some changed."""
        return replace(self, **changes)

    def save(self) -> None:
        """Write them to stack.json, in one step: the heartbeat reads it at any moment."""
        self.home.mkdir(parents=True, exist_ok=True)
        values = {name: value for name, value in asdict(self).items() if name != "home"}
        fresh = path(self.home).with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(json.dumps(values, indent=2) + "\n")
        fresh.replace(path(self.home))


def path(root: Path) -> Path:
    """The file the settings live in."""
    return root / "stack.json"


def load(root: Path | None = None) -> Settings:
    """The saved settings, or the defaults when nothing was ever started."""
    root = root or home()
    try:
        values = json.loads(path(root).read_text())
    except FileNotFoundError:
        return Settings(home=root)
    except json.JSONDecodeError as problem:
        message = f"{path(root)} is not readable ({problem}): delete it, then `kairos up`"
        raise InvalidInput(message) from problem
    known = {name: value for name, value in values.items() if name in Settings.__dataclass_fields__ and name != "home"}
    if "reads" not in values and values.get("clock", "none") != "none":  # written when there was one job, and no other could run beside it
        known["reads"] = {f"kairos-{values['clock']}": values.get("events_topic", "events")}
    return Settings(home=root, **known)
