"""The job with a real registry: a company's own Avro is decided on; a registry that went away costs no event, and stops nothing."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from jobs.registry.address import address
from jobs.registry.client import PATIENT_S, Client
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.kafka.client import producer
from tests.cluster.deployment import MINUTE, START, Deployment, until
from tests.codecs.registered import ADDED, RECORD, framed
from tests.jobs.registry.apicurio import apicurio, place
from udfs.core.values.instants import utc

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def deployment(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A job whose registry knows one schema when it starts."""
    jar, folder = place(), tmp_path_factory.mktemp("registry")
    running = Deployment.new(stack, folder)
    with apicurio(jar, folder / "log") as url:
        running.create_topics()
        yield running


def avro(schema: Any, user: str, at: int, *, number: int) -> bytes:
    return framed(schema, {**RECORD, "userId": user, "timestamp": utc(at)}, number=number)
