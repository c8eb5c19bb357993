import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from jobs.kafka.addresses import BadAddress
from jobs.kafka.chosen import using
from jobs.kafka.connect import KafkaRefused, KafkaUnavailable, connect
from jobs.kafka.properties import BadProperties
from tests.kafka_security.certificates import Authority
from tests.kafka_security.files import tls


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@contextmanager
def listening(identity: Path | None = None) -> Iterator[int]:
    """Something that takes connections, with TLS if it has an identity, and says nothing more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if identity is not None:
        context.load_cert_chain(identity)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = server.accept()
                    with suppress(OSError), taken if identity is None else context.wrap_socket(taken, server_side=True) as connection:
                        connection.recv(1024)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def refusal(folder: Path, text: str, brokers: str) -> str:
    file = folder / "client.properties"
    file.write_text(text)
    with using(file), pytest.raises((KafkaUnavailable, KafkaRefused)) as refused:
        connect(lambda **_: None, brokers)
    return str(refused.value)


def test_a_broker_that_is_reached_gets_a_client_with_these_settings(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "client.properties"
    file.write_text(f"security.protocol=SSL\n{tls(authority)}retry.backoff.ms=7\n")
    with listening(authority.signs("broker")) as port, using(file):
        made = connect(lambda **told: told, f"localhost:{port}", retry_backoff_ms=8, client_id="x")
    assert made["bootstrap_servers"] == [f"localhost:{port}"]
    assert (made["security_protocol"], made["retry_backoff_ms"], made["client_id"]) == ("SSL", 8, "x")  # what a client needs goes before the file


def test_without_a_file_nothing_is_added() -> None:
    with listening() as port, using(""):
        assert connect(lambda **told: told, f"127.0.0.1:{port}") == {"bootstrap_servers": [f"127.0.0.1:{port}"], "bootstrap_timeout_ms": 10_000}


def test_a_certificate_that_has_expired_and_the_clock(authority: Authority, tmp_path: Path) -> None:
    with listening(authority.signs("old", days=-1)) as port:
        told = refusal(tmp_path, f"security.protocol=SSL\n{tls(authority)}", f"localhost:{port}")
    assert "the broker's certificate is expired" in told
    assert "the clock of this machine is wrong. It says 20" in told


def test_a_certificate_for_another_host_and_the_way_to_leave_it_unchecked(authority: Authority, tmp_path: Path) -> None:
    identity, text = authority.signs("elsewhere", names="DNS:kafka.example.com"), f"security.protocol=SSL\n{tls(authority)}"
    with listening(identity) as port:
        assert "is for another host" in refusal(tmp_path, text, f"localhost:{port}")
        (tmp_path / "unchecked.properties").write_text(f"{text}ssl.endpoint.identification.algorithm=\n")
        with using(tmp_path / "unchecked.properties"):
            assert connect(lambda **_: "connected", f"localhost:{port}") == "connected"


def test_a_certificate_of_another_authority(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    with listening(authority.signs("broker")) as port:
        for trusted in (tls(other), ""):
            told = refusal(tmp_path, f"security.protocol=SSL\n{trusted}", f"localhost:{port}")
            assert "authority that ssl.truststore.location does not hold" in told


@pytest.mark.slow
def test_one_of_several_brokers_is_enough(authority: Authority, tmp_path: Path) -> None:
    file = tmp_path / "client.properties"
    file.write_text(f"security.protocol=SSL\n{tls(authority)}")
    with listening(authority.signs("broker")) as port, using(file):
        assert connect(lambda **_: "connected", f"localhost:1, localhost:{port}") == "connected"
        with pytest.raises(KafkaUnavailable, match="nothing listens at localhost:1,localhost:2: start a broker"):
            connect(lambda **_: None, "localhost:1,localhost:2")


def test_an_address_that_cannot_be_meant_is_not_asked() -> None:
    with using(""), pytest.raises(BadAddress, match="'nonsense' is not the address of a broker"):
        connect(lambda **_: None, "localhost:1,nonsense")


def test_why_nothing_was_reached(tmp_path: Path) -> None:
    told = refusal(tmp_path, "security.protocol=PLAINTEXT\n", "kafka.example.invalid:9092")
    assert "(this machine does not know the name kafka.example.invalid)" in told
    assert f"{tmp_path}/client.properties names no bootstrap.servers" in told


def test_a_mistake_in_the_file_is_said_before_anything_is_reached(tmp_path: Path) -> None:
    (tmp_path / "x.properties").write_text("security.protocol=TLS\n")
    with using(tmp_path / "x.properties"), pytest.raises(BadProperties, match=rf"^{tmp_path}/x.properties: security.protocol is 'TLS'"):
        connect(lambda **_: None, "localhost:1")
