"""Where the registry is: https or this machine, and no login where it could be seen."""

import base64
import pickle
from pathlib import Path

import pytest

from jobs.kafka.properties import BadProperties
from jobs.options import Options, arguments_of, parse
from jobs.registry.address import address, check
from jobs.registry.told import VARIABLE, told

PROVIDER = "config.providers=file\nconfig.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider\n"


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("https://registry.example", "https://registry.example"),
        ("https://registry.example:8081/apis/ccompat/v7/", "https://registry.example:8081/apis/ccompat/v7"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("http://localhost:8081", "http://localhost:8081"),
        ("http://[::1]:8081", "http://[::1]:8081"),
    ],
)
def test_a_url_is_https_or_of_this_machine(url: str, meant: str) -> None:
    check(url)
    assert address(url).url == meant
    assert (address(url).context is not None) == meant.startswith("https")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://registry.example", "in the clear"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("http://localhost.example.com", "in the clear"),
        ("https://user:hunter2@registry.example", "holds a login"),
        ("https://hunter2@registry.example", "holds a login"),
        ("https://registry.example/?token=hunter2", "holds a login, or a query"),
        ("ftp://registry.example", "https:// URL"),
        ("https://", "https:// URL"),
        ("https://registry.example:port", "cannot be read"),
        ("file:///etc/passwd", "https:// URL"),
    ],
)
def test_any_other_is_refused_and_no_password_is_repeated(url: str, words: str) -> None:
    for ask in (check, address):
        with pytest.raises(BadProperties, match=words) as problem:
            ask(url)
        assert "hunter2" not in problem.value.message


def test_a_file_refers_to_its_login(tmp_path: Path) -> None:
    secret, file = tmp_path / "secret.properties", tmp_path / "registry.properties"
    secret.write_text("login=ada:hunter2\n")
    text = f"schema.registry.url=https://registry.example\nbasic.auth.credentials.source=USER_INFO\nbasic.auth.user.info=${{file:{secret}:login}}\n"
    file.write_text(PROVIDER + text)
    check(str(file))
    found = address(str(file))
    assert found.headers == {"Authorization": f"Basic {base64.b64encode(b'ada:hunter2').decode()}"}
    assert "hunter2" not in repr(found)
    file.write_text(PROVIDER + text.replace("basic.auth.user.info", "bearer.auth.token").replace("basic.auth.credentials.source=USER_INFO\n", ""))
    assert address(str(file)).headers == {"Authorization": "Bearer ada:hunter2"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("schema.registry.url=https://r.example\nbasic.auth.user.info=ada:hunter2\n", "in the clear"),
        ("schema.registry.url=https://r.example\nbearer.auth.token=hunter2\n", "in the clear"),
        ("schema.registry.url=https://ada:hunter2@r.example\n", "holds a login"),
        ("schema.registry.url=http://r.example\n", "in the clear"),
        ("schema.registry.url=https://r.example\nbasic.auth.user.infos=hunter2\n", "not known for a schema registry"),
        ("schema.registry.url=https://r.example\nbasic.auth.credentials.source=URL\n", "must be USER_INFO"),
    ],
)
def test_a_file_with_a_secret_or_an_unknown_key_is_refused(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "registry.properties"
    file.write_text(text)
    with pytest.raises(BadProperties, match=words) as problem:
        check(str(file))
    assert "hunter2" not in problem.value.message


def test_http_to_another_machine_is_for_who_says_so(tmp_path: Path) -> None:
    file = tmp_path / "registry.properties"
    file.write_text("schema.registry.url=http://registry.example\nkairos.allow.http=true\n")
    check(str(file))
    assert address(str(file)).url == "http://registry.example"


def test_a_login_with_a_line_break_is_refused(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("ada:hunter2\r\nX-Evil: 1")
    file = tmp_path / "registry.properties"
    provider = PROVIDER.replace("File", "Directory").replace("file", "dir")
    file.write_text(f"{provider}schema.registry.url=https://r.example\nbasic.auth.user.info=${{dir:{tmp_path}:login}}\n")
    with pytest.raises(BadProperties, match="line break"):
        address(str(file))


def test_the_option_is_the_flag_or_the_environment_and_never_holds_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse(["--schema-registry", "https://r.example"]).schema_registry == "https://r.example"
    monkeypatch.setenv(VARIABLE, "https://other.example")
    assert parse([]).schema_registry == "https://other.example"
    assert told("https://r.example") == "https://r.example"
    monkeypatch.chdir(tmp_path)
    assert told("registry.properties") == str(tmp_path / "registry.properties")
    options = Options(schema_registry=str(tmp_path / "registry.properties"))
    assert arguments_of(options) == ["--schema-registry", str(tmp_path / "registry.properties")]


def test_what_goes_into_the_job_graph_holds_the_name_of_the_file_only(tmp_path: Path) -> None:
    from functools import partial

    from jobs.registry.client import Text
    from jobs.registry.lookup import Lookup

    secret, file = tmp_path / "secret.properties", tmp_path / "registry.properties"
    secret.write_text("login=ada:hunter2\n")
    file.write_text(f"{PROVIDER}schema.registry.url=https://r.example\nbasic.auth.user.info=${{file:{secret}:login}}\n")
    packed = pickle.dumps(partial(Lookup.at, str(file), known={1: Text('"string"', {})}))
    assert b"hunter2" not in packed
    assert isinstance(pickle.loads(packed)(), Lookup)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("schema.registry.ssl.truststore.certificates=-----BEGIN RSA PRIVATE KEY----- hunter2", "holds a secret in the clear"),
        (
            "config.providers=vault\nconfig.providers.vault.class=com.example.Vault\nconfig.providers.vault.param.token=hunter2",
            "what runs in Python knows",
        ),
        ("config.providers.vault.param.token=hunter2", "config.providers does not name 'vault'"),
    ],
)
def test_a_secret_is_one_under_any_name(tmp_path: Path, lines: str, told: str) -> None:
    file = tmp_path / "registry.properties"
    file.write_text(f"schema.registry.url=https://registry.example.com\n{lines}\n")
    with pytest.raises(BadProperties, match=told) as refused:
        check(str(file))
    assert "hunter2" not in str(refused.value)
