"""One connection, authenticated by hand, before a client is made: kafka-python retries what a broker refuses, and then tells only of a timeout."""

import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

HANDSHAKE, AUTHENTICATE = 17, 36
UNSUPPORTED_MECHANISM, ILLEGAL_STATE, AUTHENTICATION_FAILED = 33, 34, 58
TIMEOUT_S = 10.0


class MechanismRefused(Exception):
    """The broker does not have this mechanism at this port; the message lists those it has."""


class LoginRefused(Exception):
    """The broker does not accept who this is; the message is the broker's."""


@contextmanager
def reached(host: str, port: int, context: ssl.SSLContext | None, *, timeout: float) -> Iterator[socket.socket]:
    """A connection, with TLS if there is a context. Raises OSError, ssl.SSLError."""
    with socket.create_connection((host, port), timeout=timeout) as plain:
        if context is None:
            yield plain
            return
        with context.wrap_socket(plain, server_hostname=host) as wrapped:
            yield wrapped


def log_in(connection: socket.socket, host: str, settings: Mapping[str, Any]) -> None:
    """Authenticate as a client with these settings of kafka-python would. Raises MechanismRefused, LoginRefused, OSError."""
    from kafka.net.sasl import get_sasl_mechanism

    connection.settimeout(TIMEOUT_S)
    name = settings["sasl_mechanism"]
    answer = _asked(connection, HANDSHAKE, _text(name))
    (code, count), rest = struct.unpack(">hi", answer[:6]), answer[6:]
    if code:
        known: list[str] = []
        for _ in range(max(0, count)):
            length = struct.unpack(">h", rest[:2])[0]
            known.append(rest[2 : 2 + length].decode())
            rest = rest[2 + length :]
        raise MechanismRefused(", ".join(known) or "none")
    mechanism = get_sasl_mechanism(name)(host=host, **settings)
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        code, told, data = _authenticated(_asked(connection, AUTHENTICATE, struct.pack(">i", len(token)) + token))
        if code:
            raise LoginRefused(told or f"error {code}")
        mechanism.receive(data)
    if not mechanism.is_authenticated():
        message = "the broker gave no reason"
        raise LoginRefused(message)


def _authenticated(answer: bytes) -> tuple[int, str, bytes]:
    code, length = struct.unpack(">hh", answer[:4])
    told, rest = (answer[4 : 4 + length].decode("utf-8", "replace"), answer[4 + length :]) if length >= 0 else ("", answer[4:])
    size = struct.unpack(">i", rest[:4])[0]
    return code, told, rest[4 : 4 + max(0, size)]


def _asked(connection: socket.socket, api: int, body: bytes) -> bytes:
    """The answer to a request of version 1 (handshake) or 0 (authenticate), without its correlation id."""
    request = struct.pack(">hhi", api, 1 if api == HANDSHAKE else 0, 1) + _text("kairos") + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    size = struct.unpack(">i", _exactly(connection, 4))[0]
    return _exactly(connection, size)[4:]


def _exactly(connection: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = connection.recv(count - len(found))
        if not part:
            message = "the broker ended the connection"
            raise ConnectionResetError(message)
        found += part
    return found


def _text(value: str) -> bytes:
    return struct.pack(">h", len(value.encode())) + value.encode()
