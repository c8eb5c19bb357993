from pathlib import Path

from ruamel.yaml import YAML

from services.devstack import cluster, lifecycle
from services.devstack.settings import Settings


def configured(root: Path, folder: str = "conf") -> dict[str, object]:
    told: dict[str, object] = YAML(typ="safe").load((root / folder / "config.yaml").read_text())
    return told


def test_two_job_managers_listen_on_two_ports_and_share_everything_else(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, job_managers=2, rest_port=1001, second_rest_port=1002)
    root = cluster.build(settings)
    first, second = configured(root), configured(root, "conf-1")
    assert {key for key in first if first[key] != second[key]} == {"rest.port", "rest.bind-port"}
    assert (first["rest.port"], second["rest.port"]) == (1001, 1002)
    assert first["high-availability.storageDir"] == f"file://{tmp_path}/ha"
    for number, folder in enumerate(("conf", "conf-1")):
        assert str(root / folder) in cluster.job_manager(settings, number).command
    assert settings.job_manager_addresses == "http://127.0.0.1:1001,http://127.0.0.1:1002"


def test_one_job_manager_has_no_high_availability(tmp_path: Path) -> None:
    assert not [key for key in configured(cluster.build(Settings(home=tmp_path))) if key.startswith("high-availability")]


def test_all_state_goes_where_the_stack_keeps_it_and_a_setting_of_its_own_replaces_ours(tmp_path: Path) -> None:
    told = Settings(home=tmp_path, job_managers=2, state="s3://kairos/state", flink_settings={"heartbeat.timeout": "7000", "s3.endpoint": "http://x"})
    found = configured(cluster.build(told))
    places = {key: value for key, value in found.items() if "s3://" in str(value)}
    assert places == {
        "state.changelog.dstl.dfs.base-path": "s3://kairos/state/changelog",
        "execution.checkpointing.dir": "s3://kairos/state/checkpoints",
        "execution.checkpointing.savepoint-dir": "s3://kairos/state/savepoints",
        "high-availability.storageDir": "s3://kairos/state/ha",
    }
    assert (found["heartbeat.timeout"], found["s3.endpoint"]) == ("7000", "http://x")


def test_of_two_job_managers_one_is_enough(tmp_path: Path) -> None:
    assert lifecycle.missing(Settings(home=tmp_path)) == {"broker", "jobmanager"}
