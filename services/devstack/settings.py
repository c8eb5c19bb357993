"""The folder and the ports of the local stack, in one small file that every process and command reads."""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from udfs.codecs.refusals import RejectionLimit
from udfs.core.values.errors import InvalidInput

Clock = Literal["none", "live", "replay"]


def home() -> Path:
    """The folder of all state: KAIROS_HOME, or `.kairos` next to the project's pyproject.toml, or `.kairos` in the current folder."""
    told = os.environ.get("KAIROS_HOME")
    return Path(told).expanduser().resolve() if told else project_home()


def project_home() -> Path:
    """The state folder of this checkout, which also holds what all homes share."""
    project = Path(__file__).resolve().parents[2]
    return (project if (project / "pyproject.toml").exists() else Path.cwd()) / ".kairos"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The stack's settings at the last start. What it starts listens on 127.0.0.1 only."""

    home: Path
    broker_port: int = 9092
    controller_port: int = 9093
    rest_port: int = 8081
    rpc_port: int = 6123
    metrics_port: int = 9250
    """Of the monitor: where Flink pushes its metrics, and Prometheus and `kairos top` read all of them."""
    heartbeat_metrics_port: int = 9251
    job_managers: int = 1
    """Two: high availability. If the one that leads fails, the other goes on with the jobs; ZooKeeper chooses."""
    zookeeper_port: int = 2181
    second_rest_port: int = 8082
    """Of the second JobManager."""
    spares: int = 0
    """TaskManagers that wait until another one fails."""
    state: str = ""
    """The URI of the folder of checkpoints, changelog, savepoints and high availability; empty: `home`."""
    flink_settings: dict[str, str] = field(default_factory=dict)
    """More settings of Flink, such as the address of an object store. No secrets."""
    task_heap_mb: int = 1024
    """Heap for profiles of one TaskManager: about 500,000 users of 1 KB each. The rest of its memory is in docker/flink/config.yaml."""
    task_managers: int = 1
    """Without spares."""
    clock: Clock = "none"
    """Of the last submitted job."""
    events_topic: str = "events"
    """Of the last submitted job."""
    reads: dict[str, str] = field(default_factory=dict)
    """Job -> the topic that it reads, for submitted jobs that were not seen to end."""
    other_brokers: str = ""
    """A Kafka that runs elsewhere, as host:port, comma-separated; empty: the stack starts its own."""
    kafka_properties: str = ""
    """The file of Kafka client properties for it; empty: it is not secured."""
    submitted: dict[str, dict[str, str]] = field(default_factory=dict)
    """Job -> the topics that it was last submitted with: events, control, and outputs, comma-separated; also identity, where it links ids."""

    guarded: dict[str, dict[str, int]] = field(default_factory=dict)
    """Job -> the percent and minutes of refused events that stop it, for jobs that were submitted with --on-rejected stop."""

    @property
    def brokers(self) -> str:
        """Kafka's address."""
        return self.other_brokers or f"127.0.0.1:{self.broker_port}"

    @property
    def rest(self) -> str:
        """The address of Flink's REST interface and web page."""
        return f"http://127.0.0.1:{self.rest_port}"

    @property
    def job_manager_addresses(self) -> str:
        """Of all JobManagers, comma-separated."""
        return ",".join([self.rest, f"http://127.0.0.1:{self.second_rest_port}"][: self.job_managers])

    @property
    def live_topics(self) -> list[str]:
        """The topics for heartbeats: those of live jobs. In a replay of last year they would move time to today."""
        return sorted({topic for job, topic in self.reads.items() if job.endswith("-live")})

    @property
    def limits(self) -> dict[str, RejectionLimit]:
        """The limits of `guarded`."""
        return {job: RejectionLimit(**limit) for job, limit in self.guarded.items()}

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.home / "logs"

    @property
    def pids(self) -> Path:
        """The folder with one file per running process."""
        return self.home / "pids"

    @property
    def savepoints(self) -> Path:
        """The folder for savepoints of `down` and `submit`. Each clock has its own: live and replay never restore each other's."""
        return self.home / "savepoints"

    def change(self, **changes: Any) -> "Settings":
        """A copy of these settings with some changed."""
        return replace(self, **changes)

    def save(self) -> None:
        """Write them to stack.json atomically, because the heartbeat may read it at any time."""
        self.home.mkdir(parents=True, exist_ok=True)
        values = {name: value for name, value in asdict(self).items() if name != "home"}
        fresh = path(self.home).with_suffix(f".{os.getpid()}.tmp")
        fresh.write_text(json.dumps(values, indent=2) + "\n")
        fresh.replace(path(self.home))


def path(root: Path) -> Path:
    """The file of the settings."""
    return root / "stack.json"


def load(root: Path | None = None) -> Settings:
    """The saved settings, or the defaults if nothing was ever started."""
    root = root or home()
    try:
        values = json.loads(path(root).read_text())
    except FileNotFoundError:
        return Settings(home=root)
    except json.JSONDecodeError as problem:
        message = f"{path(root)} is not readable ({problem}): delete it, then `kairos up`"
        raise InvalidInput(message) from problem
    known = {name: value for name, value in values.items() if name in Settings.__dataclass_fields__ and name != "home"}
    if "reads" not in values and values.get("clock", "none") != "none":  # written by a version that allowed only one job
        known["reads"] = {f"kairos-{values['clock']}": values.get("events_topic", "events")}
    return Settings(home=root, **known)
