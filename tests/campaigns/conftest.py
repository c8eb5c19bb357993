"""A folder of campaigns to break, and a control topic of one's own on the real broker."""

from pathlib import Path

import pytest

from jobs.options import Options
from services.kafka import ensure_topics
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
