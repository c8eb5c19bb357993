"""A file of Kafka properties as the arguments of kafka-python's clients. What they cannot do is said by name, never dropped."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jobs.kafka import jaas, tls
from jobs.kafka.properties import BadProperties, of_file, read
from jobs.kafka.references import resolved
from udfs.core.values.problems import did_you_mean

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM")
MODULES = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "OAUTHBEARER": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule",
    "AWS_MSK_IAM": "software.amazon.msk.auth.iam.IAMLoginModule",
}
NUMBERS = {
    "request.timeout.ms": "request_timeout_ms",
    "metadata.max.age.ms": "metadata_max_age_ms",
    "connections.max.idle.ms": "connections_max_idle_ms",
    "reconnect.backoff.ms": "reconnect_backoff_ms",
    "reconnect.backoff.max.ms": "reconnect_backoff_max_ms",
    "retry.backoff.ms": "retry_backoff_ms",
}
"""Kafka's name -> that of kafka-python."""
JAVA_ONLY = frozenset({
    "client.dns.lookup", "client.rack", "client.id", "socket.connection.setup.timeout.ms", "socket.connection.setup.timeout.max.ms",
    "security.providers", "ssl.provider", "ssl.protocol", "ssl.secure.random.implementation", "ssl.trustmanager.algorithm",
    "ssl.keymanager.algorithm", "metadata.recovery.strategy", "default.api.timeout.ms", "send.buffer.bytes", "receive.buffer.bytes",
})  # fmt: skip
"""Fine-tuning of the Java clients, without a meaning for those in Python."""
OURS = {
    "group.id": "it is the name of the deployment: --deployment",
    "transactional.id": "it is the name of the deployment: --deployment",
    "isolation.level": "Kairos sets it for each topic",
    "acks": "Kairos always waits for all replicas",
    "enable.idempotence": "Kairos always sets it",
    "enable.auto.commit": "offsets are committed with checkpoints",
    "auto.offset.reset": "say --from",
    "transaction.timeout.ms": "say --transaction-timeout-ms",
    "key.serializer": "Kairos sends bytes",
    "value.serializer": "Kairos sends bytes",
    "key.deserializer": "Kairos reads bytes",
    "value.deserializer": "Kairos reads bytes",
    "linger.ms": "Kairos sets it for each producer",
    "batch.size": "Kairos sets it for each producer",
    "max.request.size": "Kairos sets it for each producer",
    "allow.auto.create.topics": "Kairos never has topics made by themselves",
}
"""Keys that Kairos sets itself, and what to do instead."""


VERBATIM = ("password", "jaas.config", ".key", ".chain", ".certificates")
"""The ends of keys whose values count with every blank."""


def arguments(file: Path) -> dict[str, Any]:
    """The arguments for any client of kafka-python but bootstrap_servers. Raises BadProperties, with the file and the key."""
    with of_file(file):
        return translated(resolved(read(file)))


def translated(told: Mapping[str, str]) -> dict[str, Any]:
    """The same for properties whose references are resolved. Blanks at the ends of values do not count, as for Java; in passwords they do."""
    properties = {key: value if key.endswith(VERBATIM) else value.strip() for key, value in told.items()}
    require_known(properties)
    protocol = properties.get("security.protocol", "PLAINTEXT").upper()
    if protocol not in PROTOCOLS:
        message = f"security.protocol is {protocol!r}: choose one of {', '.join(PROTOCOLS)}"
        raise BadProperties(message)
    found: dict[str, Any] = {"security_protocol": protocol}
    if protocol.endswith("SSL"):
        found["ssl_context"] = tls.context(properties)
    elif odd := [key for key in properties if key.startswith("ssl.")]:
        message = f"security.protocol is {protocol}, so {odd[0]} would have no effect: say {protocol.replace('PLAINTEXT', 'SSL')}, or remove it"
        raise BadProperties(message)
    if protocol.startswith("SASL"):
        found |= _sasl(properties)
    elif odd := [key for key in properties if key.startswith("sasl.")]:
        message = f"security.protocol is {protocol}, so {odd[0]} would have no effect: say SASL_SSL, or remove it"
        raise BadProperties(message)
    for key, name in NUMBERS.items():
        if key in properties:
            found[name] = _number(key, properties[key])
    return found


def require_known(properties: Mapping[str, str]) -> None:
    """Refuse keys that would have no effect, or the wrong one. Raises BadProperties."""
    for key in properties:
        if key in OURS:
            message = f"{key} is not for this file: {OURS[key]}"
            raise BadProperties(message)
        if key not in KNOWN and not key.startswith("sasl.oauthbearer."):
            hint = did_you_mean(key, KNOWN, cutoff=0.8)
            message = f"{key} is not a setting that Kairos knows: {hint or 'remove it; this file says only how to reach the broker'}"
            raise BadProperties(message)


def _sasl(properties: Mapping[str, str]) -> dict[str, Any]:
    mechanism = properties.get("sasl.mechanism", "GSSAPI")
    if mechanism not in MECHANISMS:
        default = "" if "sasl.mechanism" in properties else " (Kafka's default)"
        known = next((each for each in MECHANISMS if each == mechanism.strip("\"'").upper()), None)  # Java takes neither quotes nor small letters
        hint = f"write {known}" if known else f"Kairos knows {', '.join(MECHANISMS)}"
        message = f"sasl.mechanism is {mechanism}{default}: {hint}"
        raise BadProperties(message)
    if jaas.KEY not in properties:
        message = f'{jaas.KEY} is missing: `{MODULES[mechanism]} required username="…" password="…";`'
        raise BadProperties(message)
    login = jaas.parse(properties[jaas.KEY])
    if login.module != MODULES[mechanism]:
        right = next((known for known, module in MODULES.items() if module == login.module), None)
        hint = f"for it sasl.mechanism is {right}" if right else f"for {mechanism} it is {MODULES[mechanism]}"
        message = f"{jaas.KEY} names {login.module}, but sasl.mechanism is {mechanism}: {hint}"
        raise BadProperties(message)
    return {"sasl_mechanism": mechanism, **_LOGINS[mechanism](login, properties)}


def _with_password(login: jaas.Jaas, _: Mapping[str, str]) -> dict[str, Any]:
    for name in ("username", "password"):
        if not login.options.get(name):
            message = f"{jaas.KEY} has no {name}"
            raise BadProperties(message)
    return {"sasl_plain_username": login.options["username"], "sasl_plain_password": login.options["password"]}


def _scram(login: jaas.Jaas, properties: Mapping[str, str]) -> dict[str, Any]:
    """The user's name has = and , written in SCRAM's own way, which kafka-python leaves to its caller."""
    found = _with_password(login, properties)
    return {**found, "sasl_plain_username": found["sasl_plain_username"].replace("=", "=3D").replace(",", "=2C")}


def _oauth(login: jaas.Jaas, properties: Mapping[str, str]) -> dict[str, Any]:
    from jobs.kafka.oauth import provider

    return {"sasl_oauth_token_provider": provider(login.options, properties)}


def _aws(_: jaas.Jaas, __: Mapping[str, str]) -> dict[str, Any]:
    from importlib.util import find_spec

    if find_spec("botocore") is None:
        message = "sasl.mechanism is AWS_MSK_IAM: what runs in Python needs botocore for it: `pip install botocore`"
        raise BadProperties(message)
    return {}


_LOGINS: dict[str, Callable[[jaas.Jaas, Mapping[str, str]], dict[str, Any]]] = {
    "PLAIN": _with_password, "SCRAM-SHA-256": _scram, "SCRAM-SHA-512": _scram, "OAUTHBEARER": _oauth, "AWS_MSK_IAM": _aws,
}  # fmt: skip


def _number(key: str, told: str) -> int:
    if not told.strip().isdigit():
        message = f"{key} is {told!r}: a whole number is needed"
        raise BadProperties(message)
    return int(told)


_TLS = [f"ssl.{store}.{part}" for store in ("truststore", "keystore") for part in ("location", "type", "password")]
KNOWN = frozenset({
    "bootstrap.servers", "security.protocol", "sasl.mechanism", jaas.KEY, *_TLS, "ssl.truststore.certificates", "ssl.keystore.key",
    "ssl.keystore.certificate.chain", "ssl.key.password", "ssl.endpoint.identification.algorithm", "ssl.enabled.protocols",
    "sasl.login.callback.handler.class", "sasl.client.callback.handler.class", *NUMBERS, *JAVA_ONLY,
    *(f"sasl.login.{name}" for name in ("connect.timeout.ms", "read.timeout.ms", "retry.backoff.ms", "retry.backoff.max.ms")),
    *(f"sasl.login.refresh.{name}" for name in ("window.factor", "window.jitter", "min.period.seconds", "buffer.seconds")),
})  # fmt: skip
"""Every key that may stand in the file, but those of config.providers and sasl.oauthbearer."""
