"""The models that are trained every week."""

import pytest
from ruamel.yaml import YAML

from tests.kubernetes.manifests import FOLDER, ROOT, built, data
from training.config import read_config

PLACE = FOLDER / "components" / "training"


@pytest.mark.parametrize("name", ["propensity", "churn"])
def test_a_training_file_is_the_documented_one_with_a_store_that_pods_reach(name: str) -> None:
    ours, documented = (YAML(typ="safe").load(file) for file in (PLACE / f"{name}.yaml", ROOT / "docs" / "examples" / "training" / f"{name}.yaml"))
    changed = {key for key in {*ours, *documented} if ours.get(key) != documented.get(key)}
    assert changed <= {"store", "alias", "campaigns"}
    assert ours["store"].startswith("s3://")
    assert ours["alias"] == "challenger", "a person makes it champion"
    read_config(PLACE / f"{name}.yaml")
    assert f"{name}.yaml" in data("overlays/everything", "kairos-training")


def test_the_probe_is_that_of_the_package() -> None:
    assert (PLACE / "quiet.yaml").read_text() == (ROOT / "training" / "probes" / "quiet.yaml").read_text()


def test_each_file_has_its_job_and_two_runs_never_overlap() -> None:
    jobs = built("overlays/everything", "CronJob")
    commands = {each["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"][-1] for each in jobs}
    assert commands == {"/etc/kairos/training/propensity.yaml", "/etc/kairos/training/churn.yaml"}
    assert {each["spec"]["concurrencyPolicy"] for each in jobs} == {"Forbid"}
