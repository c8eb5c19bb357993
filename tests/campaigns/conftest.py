"""A folder of campaigns to break, and a real broker of its own for what is published."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs.options import Options
from services.kafka import ensure_topics
from services.stack import broker, jars, processes
from services.stack.lifecycle import port_is_free
from services.stack.settings import Settings
from services.stack.topics import topics
from tests.campaigns.writing import CAMPAIGN, FEATURES, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good campaign, its template and its features."""
    write(tmp_path / "features.yaml", FEATURES)
    write(tmp_path / "comeback.yaml", CAMPAIGN)
    write(tmp_path / "templates" / "cart.yaml", 'email:\n  subject: Your cart\n  body: "Hi {{ user.first_name }}"\n')
    return tmp_path


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def broker_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real broker with nothing beside it."""
    settings = Settings(home=tmp_path_factory.mktemp("broker"), broker_port=_free_port(), controller_port=_free_port())
    jars.fetch()
    processes.start(broker.program(settings), pids=settings.pids)
    try:
        _wait(settings)
        yield settings.brokers
    finally:
        processes.stop(["broker"], pids=settings.pids)


def _wait(settings: Settings) -> None:
    """Wait until something listens: a Kafka client that finds nobody leaves its sockets open."""
    for _ in range(600):
        if not port_is_free(settings.broker_port):
            return
        time.sleep(0.1)
    pytest.fail("\n".join(processes.tail(settings.logs / "broker.log")))


@pytest.fixture
def control(broker_alone: str, request: pytest.FixtureRequest) -> str:
    """A control topic of this test's own."""
    name = f"control-{request.node.name}"[:200].replace("[", "-").replace("]", "")
    options = Options(brokers=broker_alone, control_topic=name)
    ensure_topics(broker_alone, [topic for topic in topics(options) if topic.name == name])
    return name
