"""The models that are trained every week."""

from typing import Any

import pytest
from ruamel.yaml import YAML

from cli.check import data as data_command
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
    trained = {words[-1] for words in map(command, jobs) if words[:4] == ["python", "-m", "training", "run"]}
    assert trained == {"/etc/kairos/training/propensity.yaml", "/etc/kairos/training/churn.yaml"}
    assert {each["spec"]["concurrencyPolicy"] for each in jobs} == {"Forbid"}


def test_the_data_is_checked_every_night_before_a_model_learns_from_it() -> None:
    jobs = {each["metadata"]["name"]: each for each in built("overlays/everything", "CronJob")}
    check = jobs.pop("kairos-check-data")
    minute, hour, *days = check["spec"]["schedule"].split()
    assert (int(minute), days) == (0, ["*", "*", "*"])
    assert all(int(hour) < int(each["spec"]["schedule"].split()[1]) for each in jobs.values())
    assert {each["spec"]["timeZone"] for each in (check, *jobs.values())} == {"Etc/UTC"}


def test_the_check_is_a_command_of_kairos_that_fails_once_for_each_finding_and_keeps_its_report() -> None:
    [check] = [each for each in built("overlays/everything", "CronJob") if each["metadata"]["name"] == "kairos-check-data"]
    words = command(check)
    assert words[:3] == ["kairos", "check", "data"]
    context = data_command.make_context("data", words[3:])
    pod = check["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    mounts = {each["mountPath"] for each in pod["containers"][0]["volumeMounts"] if not each.get("readOnly")}
    assert str(context.params["report"].parent) in mounts
    assert check["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0, "the same data has the same findings"


def command(job: dict[str, Any]) -> list[str]:
    """The words that a CronJob runs."""
    found: list[str] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"]
    return found
