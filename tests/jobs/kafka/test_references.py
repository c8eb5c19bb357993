from pathlib import Path

import pytest

from jobs.kafka.properties import BadProperties
from jobs.kafka.references import resolved

PACKAGE = "org.apache.kafka.common.config.provider"
FILE = {"config.providers": "file", "config.providers.file.class": f"{PACKAGE}.FileConfigProvider"}
FOLDER = {"config.providers": "dir", "config.providers.dir.class": f"{PACKAGE}.DirectoryConfigProvider"}
ENV = {"config.providers": "env", "config.providers.env.class": f"{PACKAGE}.EnvVarConfigProvider"}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    place = tmp_path / "secrets.properties"
    place.write_text("password=p\\\\w=${file:/etc/passwd:x}\nuser=ada\n")
    return place


def test_a_file_is_looked_into_within_a_value_and_what_it_says_is_not_looked_up_again(secrets: Path) -> None:
    told = {**FILE, "a": f"<${{file:{secrets}:user}}> ${{file:{secrets}:password}}", "b": "$x ${y}"}
    assert resolved(told) == {"a": "<ada> p\\w=${file:/etc/passwd:x}", "b": "$x ${y}"}


def test_a_folder_with_one_file_for_each_secret_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")
    assert resolved({**FOLDER, "a": f"${{dir:{tmp_path}:password}}"}) == {"a": "secret"}
    with pytest.raises(BadProperties, match=r"^a: .* has no readable file 'user'"):
        resolved({**FOLDER, "a": f"${{dir:{tmp_path}:user}}"})


def test_the_environment_and_its_list_of_allowed_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_PASSWORD", "secret")
    assert resolved({**ENV, "a": "${env:KAFKA_PASSWORD}"}) == {"a": "secret"}
    with pytest.raises(BadProperties, match="a: the environment variable KAFKA_PASSWROD is not set"):
        resolved({**ENV, "a": "${env:KAFKA_PASSWROD}"})
    with pytest.raises(BadProperties, match=r"is not in its allowlist\.pattern"):
        resolved({**ENV, "config.providers.env.param.allowlist.pattern": "OTHER_.*", "a": "${env:KAFKA_PASSWORD}"})


def test_what_is_wrong_is_named_with_what_to_write(secrets: Path) -> None:
    with pytest.raises(BadProperties, match=rf"add `config.providers=file` and `config.providers.file.class={PACKAGE}.FileConfigProvider`"):
        resolved({"a": f"${{file:{secrets}:user}}"})
    with pytest.raises(BadProperties, match="has no entry 'passwrd': did you mean 'password'"):
        resolved({**FILE, "a": f"${{file:{secrets}:passwrd}}"})
    with pytest.raises(BadProperties, match=r"config\.providers\.vault\.class is missing"):
        resolved({"config.providers": "vault"})
    with pytest.raises(BadProperties, match="Have your secret store write files"):
        resolved({"config.providers": "vault", "config.providers.vault.class": "com.example.Vault"})
    with pytest.raises(BadProperties, match=r"is not under the provider's allowed\.paths"):
        resolved({**FILE, "config.providers.file.param.allowed.paths": "/run/secrets", "a": f"${{file:/run/secrets/../..{secrets}:user}}"})
    with pytest.raises(BadProperties, match="cannot be read"):
        resolved({**FILE, "a": "${file:/nowhere:user}"})
