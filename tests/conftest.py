"""What tests of the whole share: one real stack, started when the first of them asks for it, on ports and in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from jobs.options import Options
from services.devstack import lifecycle, ports
from services.devstack.settings import Settings
from services.devstack.topics import topics
from services.kafka.client import ensure_topics

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # how fast something is belongs to bench/: a busy machine must not fail a test


def settings_in(home: Path) -> Settings:
    """Settings of a stack that disturbs no other."""
    names = (
        "broker_port",
        "controller_port",
        "rest_port",
        "rpc_port",
        "metrics_port",
        "heartbeat_metrics_port",
        "zookeeper_port",
        "second_rest_port",
    )
    return Settings(home=home).change(**dict(zip(names, ports.free(len(names)), strict=True)))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A running broker and cluster. One job runs on it at a time: a test submits its own and leaves it to the next to replace."""
    settings = settings_in(tmp_path_factory.mktemp("kairos"))
    lifecycle.up(settings)
    yield settings
    lifecycle.down(settings, savepoint=False)


@pytest.fixture
def brokers(stack: Settings) -> str:
    """The address of the real broker."""
    return stack.brokers


@pytest.fixture
def control(brokers: str, request: pytest.FixtureRequest) -> str:
    """A control topic of this test's own."""
    name = f"control-{request.node.name}"
    options = Options(brokers=brokers, control_topic=name)
    ensure_topics(brokers, [topic for topic in topics(options) if topic.name == name])
    return name
