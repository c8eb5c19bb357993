"""Flink's own client gives the job to an API server that only keeps what it gets: the objects that Flink makes of our settings and template."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from docker.steps import flink_home
from jobs.options import parse
from services.devstack import jars, java
from tests.images.files import DOCKER
from tests.kubernetes.api import serving
from tests.kubernetes.kustomize import documents
from tests.kubernetes.manifests import built, data, flink_settings, options, selects, settings, template

PLACE = "/etc/kairos/flink"
OVERLAY = "overlays/s3"

pytestmark = pytest.mark.slow


@dataclass(frozen=True, kw_only=True)
class Made:
    """What the client left with the API server."""

    objects: dict[tuple[str, str], dict[str, Any]]
    asked: list[str]

    @property
    def pod(self) -> dict[str, Any]:
        """The pod of a JobManager."""
        found: dict[str, Any] = self.objects["Deployment", "kairos"]["spec"]["template"]
        return found

    @property
    def configuration(self) -> dict[str, Any]:
        """That of JobManager and TaskManagers."""
        text = self.objects["ConfigMap", "flink-config-kairos"]["data"]["config.yaml"]
        return dict(_flat(YAML(typ="safe").load(text)))


def _flat(told: dict[str, Any], start: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in told.items():
        yield from _flat(value, f"{start}{key}.") if isinstance(value, dict) else [(f"{start}{key}", value)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("deployed")
    package = find_spec("pyflink")
    assert package is not None
    flink_home.make(Path(str(package.origin)).parent, jars.folder() / "flink", DOCKER / "flink", folder / "flink")
    (folder / "tmp").mkdir()
    for name, text in data(OVERLAY, "kairos-flink").items():
        (folder / name).write_text(text.replace(PLACE, str(folder)))
    (folder / "kafka.properties").write_text(data(OVERLAY, "kairos-kafka")["kafka.properties"])
    with serving() as api:
        environment = {
            **{name: value for name, value in os.environ.items() if name != "FLINK_CONF_DIR"}, **settings(OVERLAY),
            "KAIROS_RESTORE": "s3://example-kairos/kept/savepoint-1", "KAIROS_NAMESPACE": "kairos",
            "KAIROS_KAFKA_PROPERTIES": str(folder / "kafka.properties"), "KUBECONFIG": str(api.config(folder / "kubeconfig")),
            "FLINK_HOME": str(folder / "flink"), "FLINK_LOG_DIR": str(folder / "tmp"), "TMPDIR": str(folder / "tmp"),
            "JAVA_HOME": str(java.java_home()), "PATH": f"{folder}/flink/bin:{os.environ['PATH']}",
        }  # fmt: skip
        ran = subprocess.run(["sh", str(folder / "deploy.sh")], env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return Made(objects=dict(api.objects), asked=list(api.asked))


def test_the_objects_are_ones_that_kubernetes_would_accept(made: Made) -> None:
    assert {kind for kind, _ in made.objects} == {"Deployment", "Service", "ConfigMap"}
    for each in made.objects.values():
        kubernetes_validate.validate(each, "1.36", strict=True)


def test_a_jobmanager_is_as_locked_as_every_other_container(made: Made) -> None:
    (container,) = made.pod["spec"]["containers"]
    ours = template(OVERLAY)["spec"]
    assert container["securityContext"] == ours["containers"][0]["securityContext"]
    assert made.pod["spec"]["securityContext"] == ours["securityContext"]
    assert container["livenessProbe"] == ours["containers"][0]["livenessProbe"]
    assert container["image"] == settings(OVERLAY)["KAIROS_JOB_IMAGE"]
    assert container["resources"]["limits"] == {"memory": "1280Mi", "cpu": "2.0"}
    assert made.pod["spec"]["serviceAccountName"] == "kairos-jobmanager"
    assert made.objects["Deployment", "kairos"]["spec"]["replicas"] == 2


def test_budgets_and_network_policies_find_it(made: Made) -> None:
    labels = made.pod["metadata"]["labels"]
    named = {each["metadata"]["name"]: each["spec"] for each in built(OVERLAY) if each["kind"] in ("PodDisruptionBudget", "NetworkPolicy")}
    assert selects(named["kairos-jobmanager"]["selector"], labels)
    assert not selects(named["kairos-taskmanager"]["selector"], labels)
    for name in ("kairos-flink", "kairos-kafka", "kairos-api", "kairos-objects", "kairos-prometheus"):
        assert selects(named[name]["podSelector"], labels), name


def test_the_job_gets_its_options(made: Made) -> None:
    words = made.configuration["$internal.application.program-args"]
    assert words[:2] == ["--pyModule", "jobs.claiming"]
    told = parse(words[2:])
    assert (told.parallelism, told.checkpoint_ms) == (options(OVERLAY).parallelism, 1_000), "Flink took none of them for itself"
    assert told.brokers.startswith("kafka-1.example.com")
    assert made.configuration["python.files"] == "/opt/kairos/kairos.zip"


def test_a_savepoint_is_restored_and_claimed_and_state_goes_to_the_store(made: Made) -> None:
    found = made.configuration
    assert found["execution.state-recovery.path"] == "s3://example-kairos/kept/savepoint-1"
    assert found["execution.state-recovery.claim-mode"] == "CLAIM"
    assert found["high-availability.storageDir"] == "s3://example-kairos/state/ha"
    assert found["state.changelog.dstl.dfs.base-path"] == "s3://example-kairos/state/changelog"
    assert {key: found.get(key) for key in flink_settings(OVERLAY) if "pod-template" not in key} == {
        key: value for key, value in flink_settings(OVERLAY).items() if "pod-template" not in key
    }


def test_no_address_of_one_machine_is_left(made: Made) -> None:
    assert not [key for key, value in made.configuration.items() if value == "127.0.0.1"]


def test_taskmanagers_are_made_from_the_same_template(made: Made) -> None:
    (found,) = documents(made.objects["ConfigMap", "pod-template-kairos"]["data"]["taskmanager-pod-template.yaml"])
    assert found == template(OVERLAY)


def test_the_client_does_no_more_than_its_role_allows(made: Made) -> None:
    role = next(each for each in built("base", "Role") if each["metadata"]["name"] == "kairos-deploy")
    allowed = {(resource, verb) for rule in role["rules"] for resource in rule["resources"] for verb in rule["verbs"]}
    verbs = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch"}
    for line in made.asked:
        method, path = line.split()
        parts = path.partition("?")[0].split("/namespaces/kairos/")[1].split("/")
        assert (parts[0], verbs[method]) in allowed, line
