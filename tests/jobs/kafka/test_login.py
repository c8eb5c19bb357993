"""What a login meets that is no broker, or one that answers otherwise: always a line, never a traceback, never `nothing listens`."""

import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from jobs.kafka.chosen import using
from jobs.kafka.connect import KafkaRefused, KafkaUnavailable, connect
from jobs.kafka.oauth import TokenUnavailable
from jobs.kafka.properties import BadProperties
from udfs.core.values.errors import KairosError

SCRAM = (
    "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n"
    'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="ada" password="hunter2";\n'
)
OAUTH = (
    "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=OAUTHBEARER\n"
    'sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="ada" clientSecret="hunter2";\n'
    "sasl.oauthbearer.token.endpoint.url="
)


@contextmanager
def answering(*answers: bytes) -> Iterator[int]:
    """Something that answers each request with the next of these, and then closes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = server.accept()
                    with suppress(OSError), taken:
                        for each in answers:
                            taken.recv(65_536)
                            taken.sendall(each)
                        taken.shutdown(socket.SHUT_WR)
                        taken.settimeout(5)
                        while taken.recv(65_536):  # what was not read yet would turn the end into a reset
                            pass

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def frame(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


def has(mechanism: str) -> bytes:
    return frame(struct.pack(">ihih", 1, 0, 1, len(mechanism)) + mechanism.encode())


def says(code: int, told: bytes, data: bytes) -> bytes:
    return frame(struct.pack(">ihh", 1, code, len(told)) + told + struct.pack(">i", len(data)) + data)


def met(folder: Path, text: str, answers: Sequence[bytes]) -> KairosError:
    (folder / "x.properties").write_text(text)
    with answering(*answers) as port, using(folder / "x.properties"), pytest.raises(KairosError) as refused:
        connect(lambda **_: None, f"127.0.0.1:{port}")
    assert "hunter2" not in str(refused.value)
    return refused.value


@pytest.mark.parametrize(
    "answers",
    [
        [b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
        [frame(b"")],
        [frame(b"\0\0\0\1\0")],
        [struct.pack(">i", -5)],
        [frame(struct.pack(">ihi", 1, 33, 5) + b"\0\3abc")],
        [frame(struct.pack(">ihi", 1, 33, 1) + b"\0\3\xff\xfe\xfd")],
        [has("SCRAM-SHA-512"), frame(b"\0\0\0\1\0")],
        [has("SCRAM-SHA-512"), says(0, b"", b"nonsense")],
        [has("SCRAM-SHA-512"), says(0, b"", b"r=another,s=QSXCR+Q6sek8bf92,i=4096")],
        [has("SCRAM-SHA-512"), says(0, b"", b"r=another,s=QSXCR+Q6sek8bf92,i=0")],
    ],
)
def test_what_answers_otherwise_is_no_broker_for_this_login(tmp_path: Path, answers: list[bytes]) -> None:
    found = met(tmp_path, SCRAM, answers)
    assert isinstance(found, KafkaUnavailable)
    assert "does not answer as a Kafka broker does" in found.message
    assert "is it the port for SASL_PLAINTEXT" in found.message


def test_a_login_that_is_refused_is_said_with_its_user(tmp_path: Path) -> None:
    found = met(tmp_path, SCRAM, [has("SCRAM-SHA-512"), says(58, b"no", b"")])
    assert isinstance(found, KafkaRefused)
    assert "does not accept user 'ada' (no)" in found.message


HEAD = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (HEAD + b"[]", BadProperties, "holds no access_token"),
        (HEAD + b'{"access_token": null}', BadProperties, "holds no access_token"),
        (HEAD + b"<html>", BadProperties, "holds no access_token"),
        (b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n", BadProperties, "401 Unauthorized.*are clientId, clientSecret and scope right"),
        (b"HTTP/1.1 503 Busy\r\nConnection: close\r\n\r\n", TokenUnavailable, "503 Busy"),
        (b"HTTP/1.1 429 Slower\r\nConnection: close\r\n\r\n", TokenUnavailable, "429 Slower"),
        (b"garbage\r\n\r\n", TokenUnavailable, "BadStatusLine"),
        (b"", TokenUnavailable, "no token from"),
    ],
)
def test_no_token_is_not_taken_for_no_broker(tmp_path: Path, answer: bytes, kind: type[KairosError], told: str) -> None:
    with answering(answer) as port:
        found = met(tmp_path, f"{OAUTH}http://127.0.0.1:{port}/token\n", [has("OAUTHBEARER")])
    assert type(found) is kind, "a job that starts again waits for what is not available, and not for what is wrong"
    assert pytest.raises(KairosError, match=told).matches(found)


def test_a_lifetime_that_is_not_said_is_a_usual_one(tmp_path: Path) -> None:
    with answering(HEAD + b'{"access_token": "t", "expires_in": null}') as port:
        found = met(tmp_path, f"{OAUTH}http://127.0.0.1:{port}/token\n", [has("OAUTHBEARER"), says(58, b"no", b"")])
    assert isinstance(found, KafkaRefused)


def test_a_file_of_a_token_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    place = tmp_path / "token"
    assert f"no token can be read from {place} (No such file" in str(met(tmp_path, f"{OAUTH}file://{place}\n", [has("OAUTHBEARER")]))
    place.write_text("\n")
    assert f"{place} is empty" in str(met(tmp_path, f"{OAUTH}file://{place}\n", [has("OAUTHBEARER")]))
