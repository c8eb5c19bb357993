"""A feed from the web: where nobody may be sent, and what ends however the other side behaves."""

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from services.items import fetching
from services.items.feed import Report, items
from services.items.fetching import FeedUnavailable, fetched, is_url
from services.items.problems import FeedError

CSV = b"id,name\na,A\n"


class Web(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/feed.csv":
            self._say(CSV)
        elif path == "/feed.gz":
            self._say(gzip.compress(CSV))
        elif path == "/login":
            good = self.headers.get("Authorization") == "Basic dXNlcjpwQHNz"
            self._say(CSV if good else b"", 200 if good else 401)
        elif path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.server.target)  # type: ignore[attr-defined]
            self.end_headers()
        elif path == "/around":
            self.send_response(302)
            self.send_header("Location", "/around")
            self.end_headers()
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(CSV)
        elif path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(2_000):
                    self.wfile.write(b"x" * 1_000)
            except OSError:
                return
        elif path == "/slow":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(200):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                return
        elif path == "/silent":
            time.sleep(3)
        else:
            self._say(b"no", 404)

    def _say(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def web(target: str = "") -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.daemon_threads = True
    server.target = target  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def read(url: str, **options: Any) -> bytes:
    with fetched(url, **{"local": True, **options}) as path:
        return path.read_bytes()


@pytest.fixture
def here() -> Iterator[str]:
    with web() as url:
        yield url


def test_a_feed_is_fetched_into_a_file_that_goes(here: str) -> None:
    with fetched(f"{here}/feed.csv", local=True) as path:
        assert [item.id for item in items(path, Report(name="x"))] == ["a"]
    assert not path.exists()


def test_what_is_sent_packed_is_unpacked_when_it_is_read(here: str) -> None:
    with fetched(f"{here}/feed.gz", local=True) as path:
        assert [item.id for item in items(path, Report(name="x"))] == ["a"]


def test_this_machine_and_network_are_asked_only_if_that_is_meant(here: str) -> None:
    with pytest.raises(FeedError, match="no public address"):
        read(f"{here}/feed.csv", local=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "0.0.0.0",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not fetching._is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_that_are_public(address: str) -> None:
    assert fetching._is_public(address)


def test_a_name_that_means_an_inner_address_is_refused_and_never_asked(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(here.rpartition(":")[2])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))])
    with pytest.raises(FeedError, match="no public address"):
        read(f"http://feeds.example.com:{port}/feed.csv", local=False)


def test_a_redirect_on_the_same_host_is_followed(here: str) -> None:
    with web(target=f"{here}/feed.csv") as other:
        assert read(f"{other}/to/there") == CSV


def test_a_redirect_to_an_inner_host_is_refused_even_if_the_first_was_meant(here: str) -> None:
    with web(target=f"http://localhost:{here.rpartition(':')[2]}/feed.csv") as other, pytest.raises(FeedError, match="no public address"):
        read(f"{other}/to/there")


@pytest.mark.slow
@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1", "http://", "//", "http://127.0.0.1:x/"])
def test_a_redirect_to_anything_else_is_refused(target: str) -> None:
    with web(target=target) as other, pytest.raises((FeedError, FeedUnavailable)):
        read(f"{other}/to/there")


def test_a_circle_of_redirects_ends(here: str) -> None:
    with pytest.raises(FeedError, match="sends on more than 5 times"):
        read(f"{here}/around")


def test_what_was_cut_off_is_told(here: str) -> None:
    with pytest.raises(FeedUnavailable, match=r"was cut off|does not answer properly"):
        read(f"{here}/short")


def test_what_never_ends_is_ended(here: str) -> None:
    with pytest.raises(FeedError, match="more than 100,000 bytes"):
        read(f"{here}/endless", most=100_000)


def test_what_drips_is_ended(here: str) -> None:
    with pytest.raises(FeedUnavailable, match="sends too slowly"):
        read(f"{here}/slow", whole_s=0.3)


def test_who_says_nothing_is_not_waited_for(here: str) -> None:
    with pytest.raises(FeedUnavailable, match="does not answer properly"):
        read(f"{here}/silent", read_s=0.2)


def test_a_login_goes_to_its_host_and_into_no_message(here: str) -> None:
    host = here.removeprefix("http://")
    assert read(f"http://user:p%40ss@{host}/login") == CSV
    with pytest.raises(FeedUnavailable) as caught:
        read(f"http://user:secret@{host}/login?key=hidden")
    assert "needs a login" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://x/y", "https://", "https://a b/c", "http://host:99999999/x", "gopher://x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(FeedError):
        read(url)


def test_nothing_there_and_nobody_there(here: str) -> None:
    with pytest.raises(FeedUnavailable, match="there is nothing there"):
        read(f"{here}/nowhere")
    with pytest.raises(FeedUnavailable, match="cannot be reached"):
        read("http://127.0.0.1:1/x")


def test_an_address_is_told_from_a_file() -> None:
    assert is_url("https://shop.example/feed.xml")
    assert not is_url("feeds/shop.csv")
