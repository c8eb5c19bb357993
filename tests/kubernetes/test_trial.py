"""overlays/trial: the base with a broker, on one small node. What differs from production differs on purpose, and nothing else does."""

import shutil
import subprocess
from pathlib import Path

import kubernetes_validate
import pytest

from bench.evidence import cluster_kubernetes as evidence
from jobs.kafka.properties import parse as properties
from jobs.options import parse
from tests.images.files import compose
from tests.kubernetes.kustomize import Document, containers, documents, pod_of
from tests.kubernetes.manifests import FOLDER, built, data, everyone, flink_settings, options, pods, settings
from tests.kubernetes.test_flink import deployed
from tests.kubernetes.test_schemas import VERSIONS

TRIAL = "overlays/trial"
OWN = {("Deployment", "kafka"), ("Service", "kafka"), ("NetworkPolicy", "kafka"), ("NetworkPolicy", "to-kafka")}
CHANGED = {
    ("ConfigMap", "kairos-settings"), ("ConfigMap", "kairos-kafka"), ("ConfigMap", "kairos-flink"), ("PersistentVolumeClaim", "kairos-state"),
    ("PodDisruptionBudget", "kairos-taskmanager"), ("NetworkPolicy", "kairos-api"),
}  # fmt: skip
CORES = 2.0
"""A small node."""


def by_name(overlay: str) -> dict[tuple[str, str], Document]:
    return {(each["kind"], each["metadata"]["name"]): each for each in built(overlay)}


def without_namespace(document: Document) -> Document:
    metadata = {key: value for key, value in document["metadata"].items() if key != "namespace"}
    subjects = [{**each, "namespace": ""} for each in document.get("subjects", ())]
    return {**document, "metadata": metadata, **({"subjects": subjects} if subjects else {})}


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_that_kubernetes_would_accept(version: str) -> None:
    for each in built(TRIAL):
        kubernetes_validate.validate(each, version, strict=True)


def test_it_is_the_base_but_for_the_broker_and_what_a_small_node_needs() -> None:
    base, trial = by_name("base"), by_name(TRIAL)
    assert trial.pop(("Namespace", evidence.NAMESPACE))
    assert base.pop(("Namespace", "kairos"))
    assert set(trial) - set(base) == OWN
    assert set(base) - set(trial) == set()
    assert {name for name in base if without_namespace(base[name]) != without_namespace(trial[name])} == CHANGED


def test_the_broker_is_set_up_as_that_of_compose() -> None:
    kafka = compose()["services"]["kafka"]
    told = everyone(TRIAL)["kafka/kafka"]
    assert told["image"] == kafka["image"]
    ours = {each["name"]: each["value"] for each in told["env"]}
    assert ours == {key: str(value) for key, value in kafka["environment"].items()}
    assert f"HOST://localhost:{evidence.BROKER_PORT}" in ours["KAFKA_ADVERTISED_LISTENERS"], "where the evidence looks for it"
    assert pods(TRIAL)["Deployment kafka"]["spec"]["enableServiceLinks"] is False, "KAFKA_PORT would be a setting of the broker"


def test_the_broker_fulfils_what_the_namespace_enforces() -> None:
    assert built(TRIAL, "Namespace")[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    spec = pods(TRIAL)["Deployment kafka"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    security = everyone(TRIAL)["kafka/kafka"]["securityContext"]
    assert (security["allowPrivilegeEscalation"], security["capabilities"]) == (False, {"drop": ["ALL"]})


def test_the_job_starts_with_its_own_settings_which_come_last(tmp_path: Path) -> None:
    ran = deployed(TRIAL, tmp_path, KAIROS_RESTORE=settings(TRIAL)["KAIROS_RESTORE"])
    assert ran.returncode == 0, ran.stderr
    words = ran.stdout.splitlines()
    told = parse(words[words.index("-pym") + 2 :])
    assert (told.brokers, told.parallelism) == ("kafka:9092", options(TRIAL).parallelism)
    cores = [word for word in words if word.startswith("-Dtaskmanager.cpu.cores=")]
    assert cores == ["-Dtaskmanager.cpu.cores=1.0", "-Dtaskmanager.cpu.cores=0.3"], "the last one counts"
    assert f"-Dkubernetes.jobmanager.replicas={evidence.PODS['jobmanager']}" in words
    assert f"-Dslotmanager.redundant-taskmanager-num={evidence.PODS['taskmanager'] - told.parallelism}" in words


def test_all_of_it_fits_on_two_processors() -> None:
    flink = flink_settings(TRIAL)
    asked = evidence.PODS["jobmanager"] * float(flink["kubernetes.jobmanager.cpu.amount"])
    asked += evidence.PODS["taskmanager"] * float(flink["taskmanager.cpu.cores"])
    for each in built(TRIAL):
        copies = each["spec"].get("replicas", 1) if pod_of(each) else 0
        asked += copies * sum(cores(one["resources"]["requests"]["cpu"]) for one in containers(each))
    assert asked < CORES


def cores(told: str) -> float:
    """Processors, as Kubernetes writes them."""
    return float(told[:-1]) / 1000 if told.endswith("m") else float(told)


def test_the_file_of_properties_names_the_broker_that_is_deployed() -> None:
    told = properties(data(TRIAL, "kairos-kafka")["kafka.properties"], name="kafka.properties")
    assert told["bootstrap.servers"] == "kafka:9092"
    [service] = built(TRIAL, "Service")
    assert (service["metadata"]["name"], service["spec"]["ports"][0]["port"]) == ("kafka", 9092)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on this machine")
def test_kustomize_makes_of_it_what_these_tests_read() -> None:
    made = subprocess.run(["kubectl", "kustomize", str(FOLDER / TRIAL)], check=True, capture_output=True, text=True).stdout
    assert {(each["kind"], each["metadata"]["name"]): each for each in documents(made)} == by_name(TRIAL)
