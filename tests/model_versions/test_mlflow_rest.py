"""What Kairos does where an MLflow server is not what it should be. The real one is in `test_mlflow`."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.model_versions import mlflow_rest
from services.model_versions.folder import Registry
from services.model_versions.mlflow import MlflowRegistry
from services.model_versions.mlflow_rest import PASSWORD, TOKEN, USER, MlflowRefuses, MlflowUnavailable, Rest
from services.model_versions.place import opened
from services.model_versions.versions import RegistryError

Says = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextmanager
def saying(says: Says) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            says(self)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    fake = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=fake.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{fake.server_address[1]}"
    finally:
        fake.shutdown()
        fake.server_close()


def answer(status: int, body: bytes, **headers: str) -> Says:
    def says(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return says


def refusal(status: int, code: str) -> Says:
    return answer(status, json.dumps({"error_code": code, "message": "so it says"}).encode())


def test_nobody_at_the_address_is_told_without_a_traceback() -> None:
    with pytest.raises(MlflowUnavailable, match=r"MLflow server at http://127.0.0.1:1 does not answer"):
        opened("http://127.0.0.1:1").models()
    result = CliRunner().invoke(kairos, ["models", "list", "--registry", "http://127.0.0.1:1"])
    assert result.exit_code == 1 and "does not answer" in result.output and "Traceback" not in result.output


@pytest.mark.slow
def test_a_page_that_is_no_mlflow_is_told() -> None:
    for body in (b"<html>", b"[]", b"\xff"):
        with saying(answer(200, body)) as url, pytest.raises(MlflowUnavailable, match="is the address right"):
            opened(url).models()


@pytest.mark.slow
def test_what_the_server_says_is_passed_on() -> None:
    for says, kind, told in (
        (refusal(401, "UNAUTHENTICATED"), MlflowRefuses, f"refuses the login.*{USER}"),
        (refusal(403, "PERMISSION_DENIED"), MlflowRefuses, "refuses the login"),
        (refusal(400, "INVALID_PARAMETER_VALUE"), MlflowRefuses, "so it says"),
        (refusal(503, "TEMPORARILY_UNAVAILABLE"), MlflowUnavailable, "so it says"),
        (answer(502, b"<html>"), MlflowUnavailable, "502"),
    ):
        with saying(says) as url, pytest.raises(kind, match=told):
            opened(url).models()


def test_a_search_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_rest, "MAX_PAGES", 3)
    endless = answer(200, b'{"registered_models": [], "next_page_token": "more"}')
    with saying(endless) as url, pytest.raises(MlflowUnavailable, match="more than 600 registered models, or never says which is the last"):
        opened(url).models()


def test_an_answer_that_breaks_off_is_told_without_a_traceback() -> None:
    def broken(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")

    with saying(broken) as url, pytest.raises(MlflowUnavailable, match="breaks off after 1 bytes"):
        opened(url).models()


def test_a_server_that_hangs_is_given_up() -> None:
    ending = threading.Event()
    with saying(lambda _: (ending.wait(20), None)[1]) as url:
        try:
            with pytest.raises(MlflowUnavailable, match="does not answer"):
                MlflowRegistry(Rest(url, deadline_s=0.3)).models()
        finally:
            ending.set()


@pytest.mark.slow
def test_a_login_goes_to_the_server_and_no_further() -> None:
    heard: list[str | None] = []

    def hears(handler: http.server.BaseHTTPRequestHandler) -> None:
        heard.append(handler.headers.get("Authorization"))
        answer(200, b"{}")(handler)

    with saying(hears) as other, saying(answer(302, b"", Location=f"{other}/api")) as url, pytest.raises(MlflowRefuses, match="302"):
        Rest(url, environment={TOKEN: "hidden"}).get("registered-models/search")
    assert heard == []
    with saying(hears) as url:
        Rest(url, environment={TOKEN: "hidden"}).get("registered-models/search")
        Rest(url, environment={USER: "ada", PASSWORD: "lovelace"}).get("registered-models/search")
        Rest(url, environment={}).get("registered-models/search")
    assert heard == ["Bearer hidden", "Basic YWRhOmxvdmVsYWNl", None]


def test_a_login_is_never_sent_in_the_clear_nor_told() -> None:
    for address, environment, told in (
        ("http://mlflow.example.com", {TOKEN: "hidden"}, "is not encrypted"),
        ("https://ada:hidden@mlflow.example.com", {}, "holds a login"),
        ("https://", {}, "no address of an MLflow server"),
        ("https://mlflow.example.com/?token=hidden", {}, "no address of an MLflow server"),
    ):
        with pytest.raises(RegistryError, match=told) as raised:
            Rest(address, environment=environment)
        assert "hidden" not in str(raised.value)
    Rest("http://localhost:5000", environment={TOKEN: "hidden"})


def test_other_addresses_are_no_registry_and_a_path_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="not at s3://"):
        opened("s3://bucket/registry")
    assert isinstance(opened(tmp_path), Registry)
    assert isinstance(opened("http://127.0.0.1:5000/"), MlflowRegistry)
