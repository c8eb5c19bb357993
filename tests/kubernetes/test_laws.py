"""What no manifest of ours may do, whatever Kubernetes would accept."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from jobs.kafka.java_client import require_references
from jobs.kafka.properties import parse as properties
from tests.images.files import dockerfile
from tests.kubernetes.manifests import FLINK, FOLDER, OVERLAYS, ROOT, built, data, everyone, flink_settings, labels, options, pods, selects, settings

pytestmark = pytest.mark.slow

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
USER = int(dockerfile()["job"].of("USER")[-1].split(":")[0])
SECRET = re.compile(r"pass(word|phrase)?|secret|token|credential|(access|api)_?key", re.IGNORECASE)
UNPROBED = {"kairos-guard/guard": "it listens nowhere", "kairos-deploy/prepare": "it ends", "kairos-deploy/deploy": "it ends"}
CALLS_THE_API = {"kairos-deploy", "kairos-jobmanager", "kairos-taskmanager"}

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def texts() -> dict[Path, str]:
    return {file: file.read_text() for file in FOLDER.rglob("*") if file.is_file()}


@each_overlay
def test_no_secret_stands_in_the_clear(overlay: str) -> None:
    assert built(overlay, "Secret") == []
    for name, container in everyone(overlay).items():
        assert not [each for each in container.get("env", ()) if SECRET.search(each["name"]) and "value" in each], name
    for each in built(overlay, "ConfigMap"):
        assert not [key for key in each["data"] if SECRET.search(key)]
    require_references(properties(data(overlay, "kairos-kafka")["kafka.properties"], name="kafka.properties"), name="kafka.properties")
    assert not [key for key in flink_settings(overlay) if SECRET.search(key) or "access" in key]


@each_overlay
def test_every_image_is_ours_with_the_version_of_the_project(overlay: str) -> None:
    found = {container["image"] for name, container in everyone(overlay).items() if name != "Flink"} | {settings(overlay)["KAIROS_JOB_IMAGE"]}
    assert all(re.fullmatch(rf"kairos-(job|job-s3|services|training):{re.escape(VERSION)}", image) for image in found), found
    assert everyone(overlay)["kairos-deploy/deploy"]["image"] == settings(overlay)["KAIROS_JOB_IMAGE"], (
        "Flink starts the pods of the image that deploys"
    )


@each_overlay
def test_every_container_has_its_resources(overlay: str) -> None:
    for name, container in everyone(overlay).items():
        if name != "Flink":  # the settings of Flink give it them
            assert {"cpu", "memory"} <= set(container["resources"]["requests"]) & set(container["resources"]["limits"]), name


@each_overlay
def test_nobody_is_root_or_may_become_it_or_sees_the_node(overlay: str) -> None:
    for name, container in everyone(overlay).items():
        security = container["securityContext"]
        assert security == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}, name
        assert not [port for port in container.get("ports", ()) if "hostPort" in port], name
    for name, pod in pods(overlay).items():
        spec = pod["spec"]
        assert (spec["securityContext"]["runAsNonRoot"], spec["securityContext"]["runAsUser"]) == (True, USER), name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec), name
        assert not [volume for volume in spec["volumes"] if "hostPath" in volume], name
    assert built(overlay, "Namespace")[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@each_overlay
def test_only_what_calls_kubernetes_has_a_token_for_it(overlay: str) -> None:
    for name, pod in pods(overlay).items():
        if name != "Flink" and pod["spec"]["serviceAccountName"] not in CALLS_THE_API:
            assert pod["spec"]["automountServiceAccountToken"] is False, name
    for role in built(overlay, "Role"):
        assert not [
            rule for rule in role["rules"] if "*" in [*rule["verbs"], *rule["resources"], *rule["apiGroups"]] or "secrets" in rule["resources"]
        ]
    assert not [each for each in built(overlay) if each["kind"].startswith("ClusterRole")]


@each_overlay
def test_what_runs_on_is_probed_unless_there_is_a_reason(overlay: str) -> None:
    cron = {f"{each['metadata']['name']}/training" for each in built(overlay, "CronJob")}
    unprobed = {name for name, container in everyone(overlay).items() if "livenessProbe" not in container}
    assert unprobed == set(UNPROBED) | cron


@each_overlay
def test_every_selector_finds_somebody(overlay: str) -> None:
    carried = labels(overlay)
    assert all(each["app.kubernetes.io/part-of"] == FLINK["app.kubernetes.io/part-of"] for each in carried)
    for each in built(overlay):
        spec = each.get("spec", {})
        for selector in filter(None, (spec.get("selector"), spec.get("podSelector"), *peers(spec))):
            rules = selector.get("matchExpressions", ())
            names = [value for rule in rules for value in rule["values"]] or [None]
            for name in names:  # each name of a list
                one = {**selector, "matchExpressions": [{**rule, "values": [name]} for rule in rules]} if name else selector
                optional = name == "training" and "training" not in {found["app.kubernetes.io/name"] for found in carried}
                assert optional or any(selects(one, found) for found in carried), (each["metadata"]["name"], one)


def peers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """The pods that a network policy lets in or out."""
    rules = [*spec.get("ingress", ()), *spec.get("egress", ())]
    return [peer["podSelector"] for rule in rules for peer in (*rule.get("from", ()), *rule.get("to", ())) if "podSelector" in peer]


@each_overlay
def test_every_name_that_is_referred_to_exists(overlay: str) -> None:
    names = {
        kind: {each["metadata"]["name"] for each in built(overlay, kind)} for kind in ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount", "Role")
    }
    secrets = {each["metadata"]["name"]: each for each in built("overlays/everything", "ExternalSecret")}
    for name, pod in pods(overlay).items():
        volumes = pod["spec"]["volumes"]
        mounted = {mount["name"] for one in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]) for mount in one["volumeMounts"]}
        assert mounted == {volume["name"] for volume in volumes}, name
        assert {volume["configMap"]["name"] for volume in volumes if "configMap" in volume} <= names["ConfigMap"], name
        assert {each["persistentVolumeClaim"]["claimName"] for each in volumes if "persistentVolumeClaim" in each} <= names[
            "PersistentVolumeClaim"
        ], name
        assert {volume["secret"]["secretName"] for volume in volumes if "secret" in volume} <= set(secrets), name
        assert pod["spec"].get("serviceAccountName", "kairos-jobmanager") in names["ServiceAccount"]
    for binding in built(overlay, "RoleBinding"):
        assert binding["roleRef"]["name"] in names["Role"]
        assert {subject["name"] for subject in binding["subjects"]} <= names["ServiceAccount"]
    for container in everyone(overlay).values():
        for source in (*container.get("envFrom", ()), *(each.get("valueFrom", {}) for each in container.get("env", ()))):
            assert source.get("configMapRef", {"name": "kairos-settings"})["name"] in names["ConfigMap"]
            assert source.get("secretRef", {"name": "kairos-s3"})["name"] in secrets
            if key := source.get("secretKeyRef"):
                assert key["key"] in {each["secretKey"] for each in secrets[key["name"]]["spec"]["data"]}
    for file in re.findall(r"/run/secrets/kafka[:/]([\w.-]+)", data(overlay, "kairos-kafka")["kafka.properties"]):
        assert file in {each["secretKey"] for each in secrets["kairos-kafka"]["spec"]["data"]}


@each_overlay
def test_a_drain_leaves_all_taskmanagers_but_one(overlay: str) -> None:
    budgets = {each["metadata"]["name"]: each["spec"] for each in built(overlay, "PodDisruptionBudget")}
    assert budgets["kairos-taskmanager"]["minAvailable"] == options(overlay).parallelism - 1
    heartbeat = next(each for each in built(overlay, "Deployment") if each["metadata"]["name"] == "kairos-heartbeat")
    assert (heartbeat["spec"]["replicas"], budgets["kairos-heartbeat"]["minAvailable"]) == (2, 1)


@each_overlay
def test_pods_that_share_a_claim_of_one_node_come_to_the_same_node(overlay: str) -> None:
    one_node = {each["metadata"]["name"] for each in built(overlay, "PersistentVolumeClaim") if each["spec"]["accessModes"] == ["ReadWriteOnce"]}
    for claim in one_node:
        sharing = {
            name: pod
            for name, pod in pods(overlay).items()
            if claim in [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["spec"]["volumes"]]
        }
        for name, pod in sharing.items():
            (rule,) = pod["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
            assert rule["topologyKey"] == "kubernetes.io/hostname"
            assert all(selects(rule["labelSelector"], other["metadata"]["labels"]) for other in sharing.values()), name


@each_overlay
def test_whatever_has_to_know_the_job_gets_its_options(overlay: str) -> None:
    """Another deployment or topic is said once: none of them has a name of the job in its own words."""
    for name in ("kairos-deploy/prepare", "kairos-heartbeat/heartbeat", "kairos-monitor/monitor", "kairos-guard/guard"):
        command = everyone(overlay)[name]["command"]
        assert command[:2] == ["sh", "-c"], name
        assert command[2].startswith("exec "), "signals reach it"
        assert command[2].endswith("$KAIROS_OPTIONS"), name
        assert not re.search(r"kairos-live|--topic|--job", command[2]), name


@each_overlay
def test_the_network_is_closed_but_for_what_is_listed(overlay: str) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in built(overlay, "NetworkPolicy")}
    assert policies["kairos-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    opened = {port["port"] for rule in policies["kairos-prometheus"]["ingress"] for port in rule["ports"]}
    last = {port["endPort"] for rule in policies["kairos-prometheus"]["ingress"] for port in rule["ports"]}
    ports = {port["containerPort"] for container in everyone(overlay).values() for port in container.get("ports", ()) if port["name"] == "metrics"}
    assert (min(opened), max(last)) == (min(ports), max(ports))
    inside = {int(value) for key, value in flink_settings(overlay).items() if key.endswith(("rpc.port", "server.port", "data.port", "service.port"))}
    first = policies["kairos-flink"]["ingress"][0]["ports"][0]
    assert set(range(first["port"], first["endPort"] + 1)) == inside
    assert all(rule["ports"] for spec in policies.values() for rule in (*spec.get("ingress", ()), *spec.get("egress", ()))), (
        "a rule without ports opens all"
    )


def test_no_number_is_written_that_yaml_reads_in_two_ways() -> None:
    found = {str(file): re.findall(r":\s+0[0-7]+\b", text) for file, text in texts().items() if file.suffix == ".yaml"}
    assert found
    assert not {file: odd for file, odd in found.items() if odd}
