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
MAX_ANSWER = 1024 * 1024
"""Bytes: an answer to a login is far smaller. The first bytes of HTTP are a size of more than a gigabyte."""


class MechanismRefused(Exception):
    """The broker does not have this mechanism at this port; the message lists those it has."""


class OddAnswer(Exception):
    """What answers does not do so as a broker; the message says in what."""


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
    """Authenticate as a client with these settings of kafka-python would. Raises MechanismRefused, LoginRefused, OddAnswer, OSError.

    What provides a token may raise BadProperties.
    """
    from kafka.net.sasl import get_sasl_mechanism

    connection.settimeout(TIMEOUT_S)
    name = settings["sasl_mechanism"]
    if (known := _mechanisms(_asked(connection, HANDSHAKE, _text(name)))) is not None:
        raise MechanismRefused(", ".join(known) or "none")
    mechanism = get_sasl_mechanism(name)(host=host, **settings)
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        code, told, data = _authenticated(_asked(connection, AUTHENTICATE, struct.pack(">i", len(token)) + token))
        if code:
            raise LoginRefused(told or f"error {code}")
        try:
            mechanism.receive(data)
        except Exception as problem:  # a library takes bytes from outside apart, and whatever it finds them to lack is its to raise
            message = f"its part of {name} is not right: {type(problem).__name__}"
            raise OddAnswer(message) from problem
    if not mechanism.is_authenticated():
        message = "the broker gave no reason"
        raise LoginRefused(message)


def _mechanisms(answer: bytes) -> list[str] | None:
    """What the broker has instead of the mechanism; None if it has it. Raises OddAnswer."""
    with _taken_apart():
        code, count = struct.unpack(">hi", answer[:6])
        if not code:
            return None
        known, rest = list[str](), answer[6:]
        for _ in range(max(0, count)):
            length = struct.unpack(">h", rest[:2])[0]
            known.append(rest[2 : 2 + length].decode())
            rest = rest[2 + length :]
        return known


def _authenticated(answer: bytes) -> tuple[int, str, bytes]:
    with _taken_apart():
        code, length = struct.unpack(">hh", answer[:4])
        told, rest = (answer[4 : 4 + length].decode("utf-8", "replace"), answer[4 + length :]) if length >= 0 else ("", answer[4:])
        size = struct.unpack(">i", rest[:4])[0]
        return code, told, rest[4 : 4 + max(0, size)]


def _asked(connection: socket.socket, api: int, body: bytes) -> bytes:
    """The answer to a request of version 1 (handshake) or 0 (authenticate), without its correlation id. Raises OddAnswer."""
    request = struct.pack(">hhi", api, 1 if api == HANDSHAKE else 0, 1) + _text("kairos") + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    size = struct.unpack(">i", _exactly(connection, 4))[0]
    if not 4 <= size <= MAX_ANSWER:
        message = "it speaks another protocol"
        raise OddAnswer(message)
    return _exactly(connection, size)[4:]


@contextmanager
def _taken_apart() -> Iterator[None]:
    try:
        yield
    except (struct.error, UnicodeDecodeError) as problem:
        message = "its answer is cut off, or something else"
        raise OddAnswer(message) from problem


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
