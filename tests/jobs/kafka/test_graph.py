import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from services.devstack import java

SECRET = "hunter2-is-no-secret"
LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"
PROVIDER = "config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"


@pytest.mark.slow
def test_the_serialized_job_graph_holds_references_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / "secrets.properties").write_text(f"password={SECRET}\n")
    reference = f"${{file:{tmp_path}/secrets.properties:password}}"
    login = f'sasl.jaas.config={LOGIN} required username="a" password="{reference}";'
    (tmp_path / "client.properties").write_text(f"security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n{PROVIDER}{login}\n")
    script = Path(str(resources.files("tests.kafka_security"))) / "graph.py"
    environment = {**os.environ, "JAVA_HOME": str(java.java_home()), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, str(script), str(tmp_path / "client.properties"), str(tmp_path / "graph")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    graph = (tmp_path / "graph").read_bytes()
    assert reference.encode() in graph
    assert b"org.apache.flink.kafka.shaded.org.apache.kafka.common.security.scram.ScramLoginModule" in graph
    assert SECRET.encode() not in graph
