"""As much of kustomize as docker/kubernetes uses, so that its laws are checked without it. Where kubectl is there, a test compares the two."""

import copy
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

Document = dict[str, Any]

KEYS = {"containers": "name", "initContainers": "name", "volumes": "name", "env": "name", "volumeMounts": "mountPath"}
"""Lists that a patch merges by the name of their entries; any other is replaced."""


def documents(text: str) -> list[Document]:
    """The documents of a YAML text, without anchors and shared parts."""
    return [copy.deepcopy(dict(each)) for each in YAML(typ="safe").load_all(text) if each]


def build(folder: Path) -> list[Document]:
    """What `kubectl kustomize` prints of a folder, in any order."""
    return _applied(folder, [])


def _applied(folder: Path, below: list[Document]) -> list[Document]:
    (told,) = documents((folder / "kustomization.yaml").read_text())
    unknown = set(told) - {
        "apiVersion", "kind", "namespace", "labels", "resources", "components", "patches", "configMapGenerator", "generatorOptions", "images",
    }  # fmt: skip
    assert not unknown, f"{folder}: this reader does not know {unknown}"
    found = list(below)
    for name in told.get("resources", ()):
        place = folder / name
        found += build(place) if place.is_dir() else documents(place.read_text())
    for generator in told.get("configMapGenerator", ()):
        _generate(folder, generator, found)
    for component in told.get("components", ()):
        found = _applied(folder / component, found)
    for patch in told.get("patches", ()):
        (change,) = documents(patch["patch"])
        (target,) = (each for each in found if _id(each) == _id(change))
        if change.pop("$patch", "") == "delete":
            found.remove(target)
        else:
            _merge(target, change)
    for each in found:
        if "namespace" in told:
            each["metadata"]["name" if each["kind"] == "Namespace" else "namespace"] = told["namespace"]
            for subject in each.get("subjects", ()):
                subject["namespace"] = told["namespace"]
        for label in told.get("labels", ()):
            each["metadata"].setdefault("labels", {}).update(label["pairs"])
            if label.get("includeTemplates"):
                for template in filter(None, (pod_of(each), each.get("spec", {}).get("jobTemplate"))):
                    template.setdefault("metadata", {}).setdefault("labels", {}).update(label["pairs"])
        for image in told.get("images", ()):
            _rename(each, image)
    return found


def pod_of(document: Document) -> Document | None:
    """The template of the pods that an object makes: a mapping with `metadata` and `spec`."""
    spec = document.get("spec", {})
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    found: Document | None = spec.get("template")
    return found


def containers(document: Document) -> list[Document]:
    """Those of its pods, the ones that run first included."""
    spec = (pod_of(document) or {"spec": {}})["spec"]
    return [*spec.get("initContainers", ()), *spec.get("containers", ())]


def _id(document: Document) -> tuple[str, str]:
    return document["kind"], document["metadata"]["name"]


def _generate(folder: Path, told: Document, found: list[Document]) -> None:
    data = {Path(name).name: (folder / name).read_text() for name in told.get("files", ())}
    for name in told.get("envs", ()):
        lines = [line for line in (folder / name).read_text().splitlines() if line.strip() and not line.startswith("#")]
        data |= dict(line.split("=", 1) for line in lines)
    if told.get("behavior") == "merge":
        (old,) = (each for each in found if _id(each) == ("ConfigMap", told["name"]))
        old["data"] |= data
    else:
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": told["name"]}, "data": data})


def _merge(old: Document, change: Document) -> None:
    for key, value in change.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            _merge(old[key], value)
        elif key in KEYS and key in old:
            for entry in value:
                same = next((each for each in old[key] if each[KEYS[key]] == entry[KEYS[key]]), None)
                if same is None:
                    old[key].append(entry)
                else:
                    _merge(same, entry)
        else:
            old[key] = value


def _rename(document: Document, told: Document) -> None:
    for container in containers(document):
        name, _, tag = container["image"].partition(":")
        if name == told["name"]:
            container["image"] = ":".join(filter(None, (told.get("newName", name), told.get("newTag", tag))))
