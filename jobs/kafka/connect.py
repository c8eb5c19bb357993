"""Clients of kafka-python, connected as the chosen file of properties says; and why not, in one line, where that does not work."""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kafka import errors

from jobs.kafka.addresses import places
from jobs.kafka.chosen import chosen
from jobs.kafka.probe import LoginRefused, MechanismRefused, OddAnswer, log_in, reached
from jobs.kafka.properties import read
from jobs.kafka.python_client import arguments
from udfs.core.values.errors import NotAllowed, Unavailable

KNOCK_S = 3.0
CERTIFICATES = {
    9: "not valid yet: is the clock of this machine right? It says {now} UTC",
    10: "expired: it has to be renewed, or the clock of this machine is wrong. It says {now} UTC",
    18: "self-signed: name it, or the authority that signed it, as ssl.truststore.location",
    19: "signed by an authority that ssl.truststore.location does not hold",
    20: "signed by an authority that ssl.truststore.location does not hold",
    62: "for another host: use a name that is in it, or have it made for {host}. "
    "ssl.endpoint.identification.algorithm= leaves the name unchecked, which is for tests",
    64: "for another address: use a name that is in it, or have it made for {host}",
}  # fmt: skip
"""OpenSSL's number of what is wrong with a certificate -> what it means."""


class KafkaUnavailable(Unavailable):
    """No broker answers at the address given, or not to this client."""


class KafkaRefused(NotAllowed):
    """The broker does not know this client, or does not allow it to do this."""


def connect(client: Any, brokers: str, **settings: Any) -> Any:
    """A client of kafka-python. Raises KafkaUnavailable, KafkaRefused, BadAddress or BadProperties."""
    file = chosen()
    secured = arguments(file) if file else {}
    _knock(brokers, secured, file)
    try:
        return client(bootstrap_servers=brokers.split(","), bootstrap_timeout_ms=10_000, **{**secured, **settings})
    except (errors.KafkaError, OSError) as problem:
        raise KafkaUnavailable(_no_answer(brokers, problem, file, secured)) from problem


def _knock(brokers: str, secured: Mapping[str, Any], file: Path | None) -> None:
    """Reach one of the brokers, and log in there if asked: a client of kafka-python would retry for long, and say less."""
    refused: list[KafkaUnavailable | KafkaRefused] = []
    silent: list[str] = []
    for host, port in places(brokers):
        try:
            with reached(host, port, secured.get("ssl_context"), timeout=KNOCK_S) as connection:
                if "sasl_mechanism" in secured:
                    log_in(connection, host, secured)
                elif isinstance(connection, ssl.SSLSocket):
                    _wait_for_an_alert(connection)
            return
        except (LoginRefused, MechanismRefused, OddAnswer, ssl.SSLError, ConnectionResetError) as problem:
            refused.append(_refusal(f"{host}:{port}", problem, secured, file))
        except OSError as problem:
            silent.append(_silence(host, problem))
    if refused:
        raise refused[0]
    why = f" ({'; '.join(dict.fromkeys(filter(None, silent)))})" if any(silent) else ""
    unnamed = f". {file} names no bootstrap.servers" if file is not None and not read(file).get("bootstrap.servers") else ""
    message = f"nothing listens at {brokers}{why}: start a broker with `kairos up`, or name another with --brokers{unnamed}"
    raise KafkaUnavailable(message)


def _refusal(broker: str, problem: Exception, secured: Mapping[str, Any], file: Path | None) -> KafkaUnavailable | KafkaRefused:
    """What a broker, or whatever is there, answered, and what to do."""
    if isinstance(problem, LoginRefused):
        return KafkaRefused(
            f"the broker at {broker} does not accept {_who(secured)} ({problem}): is the user known there, and is the secret of {file} right?"
        )
    if isinstance(problem, MechanismRefused):
        return KafkaUnavailable(
            f"the broker at {broker} has no {secured['sasl_mechanism']} at this port, but {problem}: say so in {file}, as sasl.mechanism"
        )
    if isinstance(problem, ssl.SSLError):
        return KafkaUnavailable(f"{broker}: {_of_tls(problem, broker.rpartition(':')[0], file)}")
    how = secured.get("security_protocol", "PLAINTEXT")
    if isinstance(problem, OddAnswer):
        return KafkaUnavailable(f"{broker} does not answer as a Kafka broker does ({problem}): is it the port for {how}, as {file} says?")
    return KafkaUnavailable(f"{broker} ended the connection: is it the port for {how}, as security.protocol of {file} says?")


def _silence(host: str, problem: OSError) -> str:
    """Why nothing was reached; nothing for a port that is closed."""
    if isinstance(problem, socket.gaierror):
        return f"this machine does not know the name {host}"
    return f"no answer from {host} within {KNOCK_S:g} s" if isinstance(problem, TimeoutError) else ""


def _wait_for_an_alert(wrapped: ssl.SSLSocket) -> None:
    """With TLS 1.3 the broker checks the client's certificate after the handshake: it closes, or waits for a request."""
    wrapped.settimeout(0.05)
    with suppress(TimeoutError):
        wrapped.recv(1)


def _of_tls(problem: ssl.SSLError, host: str, file: Path | None) -> str:
    if isinstance(problem, ssl.SSLCertVerificationError):
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M")
        told = CERTIFICATES.get(problem.verify_code, problem.verify_message).format(now=now, host=host)
        return f"the broker's certificate is {told} ({file})"
    reason = problem.reason or str(problem)
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER" in reason or "UNEXPECTED_EOF" in reason:
        return f"the broker does not speak TLS there: use its port for TLS, or another security.protocol in {file}"
    if "ALERT" in reason and file is not None and not any(key.startswith("ssl.keystore.") for key in read(file)):
        return f"the broker wants a certificate of the client: set ssl.keystore.location in {file}"
    if "ALERT" in reason:
        why = reason.lower().replace("_", " ")
        return f"the broker does not accept the certificate of {file} ({why}): is it signed by an authority it trusts, and in date?"
    return f"TLS failed ({reason}), with {file}"


def _no_answer(brokers: str, problem: Exception, file: Path | None, secured: Mapping[str, Any]) -> str:
    name = type(problem).__name__
    if file is None:
        return (
            f"no Kafka broker answers at {brokers} ({name}): start one with `kairos up`, or name another with --brokers. "
            "If it is secured, say how to reach it with --kafka-properties"
        )
    how = secured["security_protocol"]
    return f"no Kafka broker answers at {brokers} by {how}, as {file} says ({name}: {problem}): is it the port for {how}?"


def _who(secured: Mapping[str, Any]) -> str:
    user = secured.get("sasl_plain_username")
    return f"user {user!r}" if user else f"this client by {secured.get('sasl_mechanism')}"
