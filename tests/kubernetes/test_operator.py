"""overlays/operator against the schema of the Flink Kubernetes operator's FlinkDeployment. No operator has accepted it: docs/kubernetes.md."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from tests.kubernetes.manifests import built
from tests.kubernetes.test_schemas import VERSIONS

SCHEMA = json.loads((Path(__file__).parent / "flink_deployment.json").read_text())


def spec() -> dict[str, Any]:
    (made,) = built("overlays/operator", "FlinkDeployment")
    return copy.deepcopy(dict(made["spec"]))


def problems(told: dict[str, Any]) -> list[str]:
    """The places where it differs from the schema."""
    found = jsonschema.Draft202012Validator(SCHEMA).iter_errors(told)
    return sorted("/".join(map(str, each.absolute_path)) for each in found)


def test_the_deployment_has_the_form_that_the_operator_knows_but_for_a_newer_flink() -> None:
    assert problems(spec()) == ["flinkVersion"], "the operators that can be had know Flink up to 1.20"
    assert problems({**spec(), "flinkVersion": "v1_20"}) == []


def test_its_pods_are_pods() -> None:
    kubernetes_validate.validate(spec()["podTemplate"], VERSIONS[-1], strict=True)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("job", "paralelism"), 2),
        (("job", "parallelism"), "two"),
        (("job", "upgradeMode"), "restart"),
        (("jobManager", "resource", "cpu"), "half"),
        (("flinkConfiguration", "rest.port"), 8081),
        (("mode",), "application"),
    ],
)
def test_a_typo_a_wrong_type_or_an_unknown_word_is_found(place: tuple[str, ...], value: object) -> None:
    wrong = {**spec(), "flinkVersion": "v1_20"}
    inner = wrong
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    assert len(problems(wrong)) == 1
