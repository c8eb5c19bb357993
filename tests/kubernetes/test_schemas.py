"""The manifests against the schemas of Kubernetes, and our reader against kustomize."""

import copy
import re
import shutil
import subprocess
import textwrap
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest

from tests.kubernetes.kustomize import Document, documents
from tests.kubernetes.manifests import FOLDER, OVERLAYS, ROOT, built, template

pytestmark = pytest.mark.slow

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
VERSIONS = ("1.30", "1.36")
OTHERS = {"FlinkDeployment", "ExternalSecret", "PodMonitor"}
"""Kinds that Kubernetes does not have by itself: their schemas come with their operators."""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_object_is_one_that_kubernetes_would_accept(overlay: str, version: str) -> None:
    own = [each for each in built(overlay) if each["kind"] not in OTHERS]
    assert len(own) > 20
    for each in own:
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_pods_that_flink_makes_are_pods(overlay: str) -> None:
    kubernetes_validate.validate(template(overlay), VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    ("path", "value"), [(("spec", "replica"), 2), (("spec", "replicas"), "two"), (("spec", "template", "spec", "containers"), {})]
)
def test_a_typo_or_a_wrong_type_is_found(path: tuple[str, ...], value: object) -> None:
    wrong = copy.deepcopy(next(each for each in built("base", "Deployment")))
    place: Document = wrong
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on this machine")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kustomize_makes_of_it_what_these_tests_read(overlay: str) -> None:
    made = subprocess.run(["kubectl", "kustomize", str(FOLDER / overlay)], check=True, capture_output=True, text=True).stdout

    def by_name(found: list[Document]) -> dict[tuple[str, str], Document]:
        return {(each["kind"], each["metadata"]["name"]): each for each in found}

    assert by_name(documents(made)) == by_name(built(overlay))


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl on this machine")
def test_the_overlay_of_the_page_names_every_image_once_and_has_its_settings(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    (told,) = (textwrap.dedent(each) for each in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "../docker/kubernetes/overlays/s3" in each)
    shutil.copytree(FOLDER, tmp_path / "docker" / "kubernetes")
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "kustomization.yaml").write_text(told)
    (ours / "settings.env").write_text("KAIROS_OPTIONS=--parallelism=4 --deployment=shop\n")
    (ours / "kafka.properties").write_text("bootstrap.servers=kafka:9092\n")
    text = subprocess.run(["kubectl", "kustomize", str(ours)], check=True, capture_output=True, text=True).stdout
    made = {(each["kind"], each["metadata"]["name"]): each for each in documents(text)}
    settings = made["ConfigMap", "kairos-settings"]["data"]
    (deploys,) = made["Job", "kairos-deploy"]["spec"]["template"]["spec"]["containers"]
    assert settings["KAIROS_JOB_IMAGE"] == deploys["image"] == f"registry.example.com/kairos-job-s3:{VERSION}"
    assert settings["KAIROS_OPTIONS"] == "--parallelism=4 --deployment=shop"
    assert made["ConfigMap", "kairos-kafka"]["data"]["kafka.properties"] == "bootstrap.servers=kafka:9092\n"
    assert "settings.conf" in made["ConfigMap", "kairos-flink"]["data"], "what is merged keeps the rest"
