"""The server for Prometheus: open on this machine, elsewhere only with a token."""

import socket
import struct
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from services.devstack.ports import free
from services.metrics.pushed import EXPIRES_S, MAX_PROCESSES, Pushed
from services.metrics.registry import Exported
from services.metrics.serve import TOKEN, is_loopback, serving
from services.metrics.text import merged, samples
from udfs.core.values.errors import InvalidInput
from udfs.metrics.metric import Metric
from udfs.metrics.services import HEARTBEATS, UNREAD

SECRET = "a-token-that-nobody-guesses"


@contextmanager
def served(text: bytes = b"up 1\n", pushed: Pushed | None = None) -> Iterator[str]:
    (port,) = free(1)
    with serving(lambda: text, port=port, push=None if pushed is None else pushed.take):
        yield f"http://127.0.0.1:{port}"


def asked(url: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def test_metrics_are_served_and_nothing_else() -> None:
    with served() as url:
        assert asked(f"{url}/metrics") == (200, b"up 1\n")
        assert asked(f"{url}/metrics?x=1")[0] == 200
        assert asked(f"{url}/../etc/passwd")[0] == 404


@pytest.mark.parametrize("token", ["", "short"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "metrics.example.com", ""])
def test_an_address_that_others_can_reach_needs_a_token_that_cannot_be_guessed(host: str, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, token)
    with pytest.raises(InvalidInput, match=TOKEN), serving(lambda: b"", port=free(1)[0], host=host):
        pass


def test_what_counts_as_this_machine() -> None:
    assert [host for host in ("127.0.0.1", "::1", "localhost", "127.evil.com", "0.0.0.0", "") if is_loopback(host)] == [
        "127.0.0.1",
        "::1",
        "localhost",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": SECRET}, {"Authorization": f"Bearer {SECRET}é"}])
def test_without_the_token_nothing_is_read_and_nothing_pushed(sent: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, SECRET)
    pushed = Pushed()
    with served(pushed=pushed) as url:
        for method, body in (("GET", None), ("PUT", b"x 1\n"), ("POST", b"x 1\n"), ("DELETE", None)):
            assert asked(f"{url}/metrics", method=method, body=body, **sent)[0] == 401
        assert asked(f"{url}/metrics", Authorization=f"Bearer {SECRET}") == (200, b"up 1\n")
    assert pushed.texts() == []


def test_a_page_in_a_browser_on_this_machine_reads_nothing_and_pushes_nothing() -> None:
    pushed = Pushed()
    with served(pushed=pushed) as url:
        for method, body in (("GET", None), ("PUT", b"x 1\n"), ("POST", b"x 1\n"), ("DELETE", None)):
            assert asked(f"{url}/metrics", method=method, body=body, Origin="https://example.com")[0] == 403
    assert pushed.texts() == []


def test_a_port_in_use_is_named_with_the_option_that_avoids_it() -> None:
    with served() as url:
        port = int(url.rpartition(":")[2])
        with pytest.raises(InvalidInput, match=rf"{port}.*--metrics-port"), serving(lambda: b"", port=port):
            pass


def test_without_a_port_nothing_listens() -> None:
    with serving(lambda: b"", port=None):
        pass


def test_what_flink_pushes_replaces_its_last_push_and_goes_with_it() -> None:
    pushed = Pushed()
    with served(pushed=pushed) as url:
        for body in (b"old 1\n", b"new 2\n"):
            assert asked(f"{url}/metrics/job/flink1", method="PUT", body=body)[0] == 202
        assert asked(f"{url}/metrics/job/flink2", method="POST", body=b"other 3\n")[0] == 202
        assert sorted(pushed.texts()) == [b"new 2\n", b"other 3\n"]
        assert asked(f"{url}/metrics/job/flink1", method="DELETE")[0] == 202
        assert pushed.texts() == [b"other 3\n"]


def test_where_nothing_is_awaited_nothing_can_be_pushed() -> None:
    with served() as url:
        assert asked(f"{url}/metrics/job/x", method="PUT", body=b"x 1\n")[0] == 405
        assert asked(f"{url}/metrics/job/x", method="DELETE")[0] == 405


def test_a_push_without_end_is_refused() -> None:
    with served(pushed=Pushed()) as url:
        assert asked(f"{url}/metrics/job/x", method="PUT", body=b"", **{"Content-Length": "99999999999"})[0] == 413


def test_a_process_that_was_killed_is_forgotten_and_a_flood_of_them_is_bounded() -> None:
    now = [0.0]
    pushed = Pushed(clock=lambda: now[0])
    pushed.take("killed", b"1")
    now[0] = EXPIRES_S + 1
    pushed.take("alive", b"2")
    assert pushed.texts() == [b"2"]
    for number in range(MAX_PROCESSES + 50):
        now[0] += 0.001
        pushed.take(f"p{number}", str(number).encode())
    assert len(pushed.texts()) == MAX_PROCESSES
    assert str(MAX_PROCESSES + 49).encode() in pushed.texts()


def test_lines_of_one_metric_stand_together_whoever_exports_them() -> None:
    first = b'# HELP a About.\n# TYPE a gauge\na{tm="1"} 1\n# TYPE b gauge\nb 2\n'
    second = b'# HELP a About.\n# TYPE a gauge\na{tm="2"} 3.0E9\n'
    text = merged([first, second])
    assert text == b'# HELP a About.\n# TYPE a gauge\na{tm="1"} 1\na{tm="2"} 3.0E9\n# TYPE b gauge\nb 2\n'
    assert [(each.name, dict(each.labels), each.value) for each in samples(text)] == [("a", {"tm": "1"}, 1), ("a", {"tm": "2"}, 3e9), ("b", {}, 2)]


def test_only_declared_metrics_and_labels_can_be_exported() -> None:
    unknown = Metric(name="kairos_x", kind="level", unit="", source="monitor", meaning="", action="")
    with pytest.raises(KeyError):
        Exported([unknown])
    exported = Exported([UNREAD, HEARTBEATS])
    with pytest.raises(ValueError, match="label"):
        exported.set(UNREAD, 1, user="ada")
    exported.add(HEARTBEATS, topic="events")
    assert {each.name for each in samples(exported.text())} == {HEARTBEATS.name}, "not even the time at which it was made"


def test_what_is_cleared_does_not_keep_its_last_value() -> None:
    exported = Exported([UNREAD])
    exported.set(UNREAD, 7, job_name="kairos-live")
    exported.clear(UNREAD)
    assert samples(exported.text()) == []


def test_a_line_break_after_the_token_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN, f"{SECRET}\n")  # as `echo` leaves it in a file, from which a Secret is made
    with served() as url:
        assert asked(f"{url}/metrics", Authorization=f"Bearer {SECRET}")[0] == 200
    monkeypatch.setenv(TOKEN, " " * 20)
    with pytest.raises(InvalidInput, match="at least 16 characters"), serving(lambda: b"", port=free(1)[0], host="0.0.0.0"):
        pass


def test_what_fails_within_a_request_is_one_record_of_the_log_without_its_message(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> bytes:
        message = "ada@example.com"
        raise RuntimeError(message)

    (port,) = free(1)
    with serving(broken, port=port), suppress(OSError):
        asked(f"http://127.0.0.1:{port}/metrics")
    assert [(each.name, each.getMessage()) for each in caplog.records] == [("metrics", "a request for metrics failed")]
    assert "ada" not in capfd.readouterr().err, "not even where http.server would print it"


def test_a_reader_that_hangs_up_leaves_no_trace(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    (port,) = free(1)
    with serving(lambda: b"x" * 50_000_000, port=port):
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as reader:
                reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with a reset
                reader.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
        time.sleep(0.3)
    assert not caplog.records
    assert capfd.readouterr().err == ""
