import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from services.devstack import jars
from services.devstack.jars import Jar, JarError

CONTENT = b"a jar, as far as this test goes"
JAR = Jar("kafka", "org.example:thing:1.0", hashlib.sha256(CONTENT).hexdigest())


class Repository(BaseHTTPRequestHandler):
    """A Maven repository with one jar in it."""

    def do_GET(self) -> None:
        body = CONTENT if self.path.endswith("/thing-1.0.jar") else hashlib.sha1(CONTENT).hexdigest().encode()
        found = self.path.startswith("/maven/org/example/thing/1.0/thing-1.0.jar")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(body) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by its base class
        pass


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    server = HTTPServer(("127.0.0.1", 0), Repository)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("KAIROS_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_port}/maven/")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("KAIROS_JARS", str(tmp_path / "jars"))
    yield tmp_path / "jars"
    server.shutdown()
    thread.join()
    server.server_close()


def locked(monkeypatch: pytest.MonkeyPatch, *wanted: Jar) -> None:
    monkeypatch.setattr(jars, "lock", lambda: list(wanted))


def test_the_lock_names_every_jar_once_with_its_hash() -> None:
    lock = jars.lock()
    assert len({(jar.use, jar.name) for jar in lock}) == len(lock)
    assert {jar.use for jar in lock} == {"kafka", "flink", "s3", "lake"}
    assert all(len(jar.sha256) == 64 for jar in lock)


def test_a_mirror_serves_what_the_lock_names(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(monkeypatch, JAR)
    assert jars.missing() == [JAR]
    jars.fetch()
    assert (mirror / "kafka" / "thing-1.0.jar").read_bytes() == CONTENT
    assert jars.missing() == []


def test_another_file_than_the_locked_one_is_refused_and_not_kept(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(monkeypatch, Jar("kafka", JAR.coordinate, "0" * 64))
    with pytest.raises(JarError, match=r"org.example:thing:1.0 has SHA-256 .* not installed"):
        jars.fetch()
    assert [file for file in mirror.rglob("*") if file.is_file()] == []


def test_a_jar_that_is_nowhere_is_named_with_the_ways_out(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked(monkeypatch, Jar("kafka", "org.example:nothing:1.0", "0" * 64))
    with pytest.raises(JarError, match=r"could not fetch org.example:nothing:1.0(?s:.*)KAIROS_MAVEN_REPOSITORY"):
        jars.fetch()
    assert mirror.exists()
