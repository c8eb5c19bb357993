"""How the evidence finds Docker and Kubernetes, and what it says where they are missing."""

import json
import sys
from pathlib import Path

import click
import pytest

from bench import containers, kubectl
from bench.evidence import cluster_images, cluster_kubernetes
from bench.evidence.cluster_images import DECISION
from bench.lab import CheckFailed
from bench.report import ROOT
from cli.wording import decision_line
from tests.kubernetes.kustomize import build
from tests.kubernetes.kustomize import containers as containers_of
from udfs.core.records import Outcome

DECIDED = {"at": 1_764_391_445_000, "user_id": "greta-398", "campaign": "welcome", "variant": "hello", "channel": "email", "detail": None}


def program(folder: Path, name: str, text: str) -> None:
    """An executable in Python."""
    place = folder / name
    place.write_text(f"#!{sys.executable}\nimport sys\n{text}\n")
    place.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(kubectl.VARIABLE, raising=False)
    return tmp_path


def test_a_command_that_fails_says_what_it_printed_last() -> None:
    with pytest.raises(CheckFailed, match=r"(?s)failed \(3\).*the disk is full"):
        containers.said(sys.executable, "-c", "import sys; print('the disk is full'); sys.exit(3)")


def test_a_command_that_hangs_is_ended() -> None:
    with pytest.raises(CheckFailed, match=r"did not end within 0 s"):
        containers.said(sys.executable, "-c", "import time; time.sleep(60)", seconds=0.2)


def test_a_command_gets_its_input() -> None:
    assert containers.said("cat", given="told") == "told"


def test_without_docker_nothing_is_run_and_nothing_is_claimed(path: Path) -> None:
    [claim] = cluster_images.check()
    assert (claim.figure, claim.holds) == ("not run: no Docker engine", False)


def test_a_client_without_an_engine_is_none(path: Path) -> None:
    program(path, "docker", "print('Cannot connect to the Docker daemon', file=sys.stderr); sys.exit(1)")
    assert containers.no_engine() == "no Docker engine"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "why"),
    [("2.40.3", ""), ("v2.20.0-rc1", ""), ("2.19.1", "no Docker Compose 2.20 or newer"), ("1.29.2", "no Docker Compose 2.20 or newer")],
)
def test_the_version_of_compose_counts(path: Path, version: str, why: str) -> None:
    program(path, "docker", f"print({version!r} if 'compose' in sys.argv else '20.10.24')")
    assert containers.no_engine() == why


@pytest.mark.parametrize("outcome", Outcome)
def test_a_decision_is_known_in_the_log(outcome: str) -> None:
    assert DECISION.match(click.unstyle(decision_line({**DECIDED, "outcome": outcome, "reason": "ELIGIBLE"})))


def test_what_the_docs_show_is_known_and_other_lines_are_not() -> None:
    shown = [line.partition("| ")[2] for line in (ROOT / "docs" / "docker.md").read_text().splitlines() if line.startswith("decisions-1")]
    assert shown
    assert all(DECISION.match(line) for line in shown)
    assert not DECISION.match("2026-11-29 04:54:05 WARNING Kafka does not answer")


def test_without_a_cluster_the_evidence_says_which_variable_names_one(path: Path) -> None:
    [claim] = cluster_kubernetes.check()
    assert (claim.figure, claim.holds) == ("not run: KAIROS_KUBECONFIG names no cluster", False)


def test_a_cluster_that_does_not_answer_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path, "kubectl", "print('The connection to the server was refused', file=sys.stderr); sys.exit(1)")
    monkeypatch.setenv(kubectl.VARIABLE, "/nowhere")
    assert kubectl.no_cluster() == "The connection to the server was refused"


def test_the_leader_is_the_pod_with_the_address_that_flink_names(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pods = [
        pod("kairos-1", "10.0.0.4"),
        pod("kairos-2", "10.0.0.5"),
        {**pod("kairos-0", "10.0.0.5"), "metadata": {"name": "kairos-0", "labels": {"component": "jobmanager"}, "deletionTimestamp": "now"}},
    ]
    found = {"pods": {"items": pods}, "configmap": {"data": {"org.apache.flink.k8s.leader.restserver": "3f2b,http://10.0.0.5:8081"}}}
    program(path, "kubectl", f"import json\nprint(json.dumps({found!r}[sys.argv[6]]))")
    monkeypatch.setenv(kubectl.VARIABLE, "/somewhere")
    cluster = kubectl.Cluster(namespace="n")
    assert cluster.leader() == "kairos-2"
    assert cluster.ready(component="jobmanager") == 2


def pod(name: str, address: str) -> dict[str, object]:
    """A JobManager that is ready."""
    conditions = [{"type": "Ready", "status": "True"}]
    return {"metadata": {"name": name, "labels": {"component": "jobmanager"}}, "status": {"podIP": address, "conditions": conditions}}


def test_images_of_a_registry_are_named_in_every_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAIROS_IMAGES", "registry.example.com/")
    made = build(cluster_kubernetes.overlay_in(tmp_path))
    images = {container["image"] for each in made for container in containers_of(each)}
    assert images
    assert all(image.startswith("registry.example.com/") for image in images)
    (settings,) = (each["data"] for each in made if each["metadata"]["name"] == "kairos-settings")
    assert settings["KAIROS_JOB_IMAGE"] in images, json.dumps(sorted(images))
