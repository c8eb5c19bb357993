from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.upgrade import upgrade
from services.devstack.flink_settings import checked_uri, read_settings
from services.devstack.settings import Settings
from services.upgrade import plan
from udfs.core.values.errors import InvalidInput, Unavailable


@pytest.mark.parametrize(("where", "first"), [("kubernetes", "flink stop"), ("compose", "docker compose exec")])
def test_where_others_start_the_job_the_steps_are_printed_and_nothing_is_changed(where: str, first: str) -> None:
    told = CliRunner().invoke(upgrade, ["--steps", where])
    assert told.exit_code == 0
    assert "Nothing was changed" in told.output
    assert first in told.output
    assert "under the same decision_id" in told.output


def test_without_a_stack_the_other_clusters_are_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="kairos upgrade --steps kubernetes"):
        plan.plan(Settings(home=tmp_path), None, {})


@pytest.mark.parametrize("key", ["s3.secret-key", "s3.access-key", "fs.s3a.secret.key", "s3.session-token", "some.password"])
def test_a_secret_among_the_settings_of_flink_is_refused(tmp_path: Path, key: str) -> None:
    file = tmp_path / "s3.conf"
    file.write_text(f"# where\ns3.endpoint = http://127.0.0.1:1\n{key}=hidden\n")
    with pytest.raises(InvalidInput, match="line 3") as refused:
        read_settings(file)
    assert "hidden" not in str(refused.value)
    assert "AWS_ACCESS_KEY_ID" in str(refused.value)


def test_a_login_within_an_address_is_a_secret_and_a_file_is_text(tmp_path: Path) -> None:
    file = tmp_path / "s3.conf"
    file.write_text("s3.endpoint=https://key:hidden@s3.example.com\n")
    with pytest.raises(InvalidInput, match=r"line 1: s3\.endpoint would be a secret in the clear") as refused:
        read_settings(file)
    assert "hidden" not in str(refused.value)
    file.write_bytes("s3.endpoint=http://h\n".encode("utf-16"))
    with pytest.raises(InvalidInput, match="is not UTF-8"):
        read_settings(file)
    file.write_bytes(b"\xef\xbb\xbfs3.endpoint=http://h\r\n")
    assert read_settings(file) == {"s3.endpoint": "http://h"}


def test_settings_are_read_and_a_provider_of_credentials_is_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "s3.conf"
    file.write_text("s3.endpoint=http://127.0.0.1:1\nfs.s3a.aws.credentials.provider=some.Provider\n")
    assert read_settings(file) == {"s3.endpoint": "http://127.0.0.1:1", "fs.s3a.aws.credentials.provider": "some.Provider"}


@pytest.mark.parametrize("uri", ["s3://key:secret@bucket/x", "http://bucket", "s3://", "bucket"])
def test_a_uri_of_state_is_a_bucket_and_a_folder_without_a_login(uri: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_uri(uri)
    assert "secret@" not in str(refused.value)
    assert checked_uri("s3://kairos/state/") == "s3://kairos/state"
