"""docker/kubernetes as the tests read it."""

import functools
from pathlib import Path
from typing import Any

from jobs.options import Options, parse
from tests.kubernetes.kustomize import Document, build, containers, documents, pod_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker" / "kubernetes"
OVERLAYS = ("base", "overlays/s3", "overlays/everything", "overlays/operator")
FLINK = {"app.kubernetes.io/name": "flink", "app.kubernetes.io/part-of": "kairos"}
ROLES = ("jobmanager", "taskmanager")
"""What Flink calls its pods, in the label `component`."""


@functools.cache
def _built(overlay: str) -> list[Document]:
    return build(FOLDER / overlay)


def built(overlay: str, kind: str = "") -> list[Document]:
    """The objects of an overlay, or those of one kind."""
    return [each for each in _built(overlay) if kind in ("", each["kind"])]


def data(overlay: str, name: str) -> dict[str, str]:
    """The content of a ConfigMap."""
    (found,) = (each["data"] for each in built(overlay, "ConfigMap") if each["metadata"]["name"] == name)
    return dict(found)


def settings(overlay: str) -> dict[str, str]:
    """What settings.env says there."""
    return data(overlay, "kairos-settings")


def options(overlay: str) -> Options:
    """Those of the job."""
    return parse(settings(overlay)["KAIROS_OPTIONS"].split())


def template(overlay: str) -> Document:
    """The pod that JobManager and TaskManagers are made from."""
    (found,) = documents(data(overlay, "kairos-flink")["pod-template.yaml"])
    return found


def flink_settings(overlay: str) -> dict[str, str]:
    """Those of Flink in the files *.conf."""
    lines = [line for name, text in data(overlay, "kairos-flink").items() if name.endswith(".conf") for line in text.splitlines()]
    return dict(line.split("=", 1) for line in lines if line.strip() and not line.startswith("#"))


def pods(overlay: str) -> dict[str, Document]:
    """Every pod by the object that makes it: those in the manifests, and the template of Flink's."""
    found = {f"{each['kind']} {each['metadata']['name']}": pod for each in built(overlay) if (pod := pod_of(each)) is not None}
    return {**found, "Flink": template(overlay)}


def everyone(overlay: str) -> dict[str, Document]:
    """Every container by pod and name."""
    found = {f"{each['metadata']['name']}/{one['name']}": one for each in built(overlay) for one in containers(each)}
    return {**found, "Flink": template(overlay)["spec"]["containers"][0]}


def labels(overlay: str) -> list[dict[str, str]]:
    """The labels of every pod, those that Flink adds included."""
    own = [pod["metadata"]["labels"] for name, pod in pods(overlay).items() if name != "Flink"]
    flink = [{**template(overlay)["metadata"]["labels"], "component": role, "app": "kairos", "type": "flink-native-kubernetes"} for role in ROLES]
    return [*own, *flink]


def selects(selector: dict[str, Any], carried: dict[str, str]) -> bool:
    """Whether a selector matches these labels."""
    exact = all(carried.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(rule["operator"] == "In" and carried.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", ()))
