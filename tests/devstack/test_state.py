import os
from pathlib import Path

import pytest

from services.devstack import cluster, places, state
from services.devstack.launch import SubmitError
from services.devstack.settings import Settings
from services.devstack.submit import restore_from
from services.flink.rest import ClusterError, Rest


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, clock="live")


def point(folder: Path, age: int) -> Path:
    folder.mkdir(parents=True)
    (folder / "_metadata").write_text("state")
    moment = 1_700_000_000 - age
    os.utime(folder / "_metadata", (moment, moment))
    return folder


def test_the_newest_state_of_the_clock_is_restored_be_it_savepoint_or_checkpoint(settings: Settings) -> None:
    point(settings.savepoints / "live" / "old", 300)
    newest = point(settings.home / "checkpoints" / "live" / "job" / "chk-7", 100)
    point(settings.savepoints / "replay" / "other-clock", 10)
    assert state.restore_point(settings, "kairos-live") == newest
    assert state.claimable(newest, settings) == newest


def test_no_deployment_restores_the_state_of_another(settings: Settings) -> None:
    point(settings.savepoints / "live" / "kept", 1)
    other = point(settings.savepoints / state.folder_of("beta/../x-live") / "kept", 5)
    assert other.parent.parent == settings.savepoints
    assert state.restore_point(settings, "beta-live") is None
    assert state.restore_point(settings, "beta/../x-live") == other


def test_a_savepoint_is_copied_for_the_job_that_claims_it_deletes_it(settings: Settings) -> None:
    kept = point(settings.savepoints / "live" / "kept", 1)
    copy = state.claimable(kept, settings)
    assert copy != kept
    assert (copy / "_metadata").read_bytes() == b"state"
    assert (kept / "_metadata").exists()


def test_nothing_to_restore_is_a_fresh_start(settings: Settings) -> None:
    assert restore_from("auto", settings, identity="kairos-live") is None
    assert restore_from("none", settings, identity="kairos-live") is None


def test_a_path_without_state_is_refused(settings: Settings) -> None:
    with pytest.raises(SubmitError, match="holds no _metadata"):
        restore_from(str(settings.home), settings, identity="kairos-live")


class Answers(Rest):
    """A JobManager that makes a savepoint, or does not."""

    def __init__(self, folder: Path, *, fails: bool) -> None:
        super().__init__("")
        self.folder, self.fails, self.cancelled = folder, fails, False

    def stop(self, job: str, *, folder: str, seconds: float = 60.0) -> str:
        if self.fails:
            message = "the job is restarting"
            raise ClusterError(message)
        return f"file:{point(Path(folder.removeprefix('file://')) / f'savepoint-{job}', 0)}"

    def unfinished(self) -> list[dict[str, str]]:
        return [] if self.cancelled else [{"jid": "j"}]

    def cancel(self, job: str) -> None:
        self.cancelled = True


def test_old_savepoints_go_and_the_last_five_stay(settings: Settings) -> None:
    rest = Answers(settings.home, fails=False)
    made = [state.stop_with_savepoint(rest, f"j{number}", settings, identity="kairos-live") for number in range(state.KEPT + 2)]
    assert [each for each in made if each.exists()] == made[2:]


def test_a_job_that_can_make_no_savepoint_ends_at_its_last_checkpoint(settings: Settings) -> None:
    rest = Answers(settings.home, fails=True)
    assert "last checkpoint" in state.end(rest, "j", settings, identity="kairos-live")
    assert rest.cancelled


def test_no_client_of_the_object_store_asks_the_metadata_service_of_the_machine(settings: Settings) -> None:
    environment: dict[str, str] = {}
    places.quiet_aws(environment)
    assert environment == {"AWS_EC2_METADATA_DISABLED": "true"}
    assert cluster.environment(settings)["AWS_EC2_METADATA_DISABLED"] == "true"
    told = {"AWS_EC2_METADATA_DISABLED": "false"}
    places.quiet_aws(told)
    assert told == {"AWS_EC2_METADATA_DISABLED": "false"}, "on a machine whose identity is meant"
