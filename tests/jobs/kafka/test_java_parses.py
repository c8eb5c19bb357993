"""Kafka's own client, from the broker's jars, on the files of the documentation and of docker/kubernetes. It connects to nothing."""

import os
import subprocess
from pathlib import Path

import pytest

from services.devstack import jars, java
from tests.kafka_security.certificates import Authority
from tests.kafka_security.files import EXAMPLES, KEYS, documented

PAGES = [file for file in EXAMPLES if file.stem in ("confluent-cloud", "msk-scram", "aiven", "self-run")]
MANIFESTS = Path(__file__).parents[3] / "docker" / "kubernetes" / "base" / "kafka.properties"
NOBODY = "127.0.0.1:9"


def asked(file: Path) -> str:
    """What Kafka's client says when it is made from a file and finds no broker."""
    quick = file.read_text() + "\nrequest.timeout.ms=500\ndefault.api.timeout.ms=1000\n"
    file.write_text(quick)
    words = ["--bootstrap-server", NOBODY, "--command-config", str(file), "--entity-type", "topics", "--entity-name", "events", "--describe"]
    command = [str(java.java_home() / "bin" / "java"), *java.QUICK, "-cp", f"{jars.folder()}/kafka/*", "kafka.admin.ConfigCommand", *words]
    ran = subprocess.run(command, env={**os.environ, **KEYS}, capture_output=True, text=True, check=False, timeout=120)
    return ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("file", [*PAGES, MANIFESTS], ids=lambda file: "manifests" if file == MANIFESTS else file.stem)
def test_kafkas_own_client_takes_the_file_and_fails_only_for_want_of_a_broker(file: Path, tmp_path: Path) -> None:
    says = asked(documented(file, Authority(tmp_path / "authority"), tmp_path))
    assert "ConfigException" not in says
    assert "Failed create" not in says
    assert "TimeoutException" in says


@pytest.mark.slow
def test_a_typo_would_be_noticed(tmp_path: Path) -> None:
    file = documented(MANIFESTS, Authority(tmp_path / "authority"), tmp_path)
    file.write_text(file.read_text().replace("ScramLoginModule", "ScramLoginModul"))
    assert "TimeoutException" not in asked(file)
