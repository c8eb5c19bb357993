"""`ssl.*` of a properties file as Python's TLS context. Java and Python read the same PEM files; keystores have to be converted."""

import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path

from jobs.kafka.properties import BadProperties

VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def context(properties: Mapping[str, str]) -> ssl.SSLContext:
    """The context for these properties, with references resolved. Raises BadProperties, with the command that converts a keystore."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = _checks_names(properties)
    _versions(made, properties.get("ssl.enabled.protocols", ""))
    _trust(made, properties)
    _identity(made, properties)
    return made


def _checks_names(properties: Mapping[str, str]) -> bool:
    told = properties.get("ssl.endpoint.identification.algorithm", "https").strip().lower()
    if told not in ("https", ""):
        message = f"ssl.endpoint.identification.algorithm is {told!r}: https, or nothing, which leaves the broker's name unchecked"
        raise BadProperties(message)
    return told == "https"


def _versions(made: ssl.SSLContext, told: str) -> None:
    wanted = [name.strip() for name in told.split(",") if name.strip()] or list(VERSIONS)
    if unknown := [name for name in wanted if name not in VERSIONS]:
        message = f"ssl.enabled.protocols names {', '.join(unknown)}: choose from {', '.join(VERSIONS)}"
        raise BadProperties(message)
    made.minimum_version, made.maximum_version = min(VERSIONS[name] for name in wanted), max(VERSIONS[name] for name in wanted)


def _trust(made: ssl.SSLContext, properties: Mapping[str, str]) -> None:
    place, inline = properties.get("ssl.truststore.location"), properties.get("ssl.truststore.certificates")
    if not place and not inline:
        made.load_default_certs()
        return
    text = inline or _pem(Path(place or ""), "ssl.truststore", properties)
    if "ssl.truststore.password" in properties:
        message = "ssl.truststore.password: a PEM truststore has no password, and Kafka's Java client refuses one. Remove it"
        raise BadProperties(message)
    try:
        made.load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError) as problem:
        message = f"{'ssl.truststore.certificates' if inline else place}: no certificate can be read from it ({_reason(problem)})"
        raise BadProperties(message) from problem
    _declared(properties, "ssl.truststore", place or "the text")


def _identity(made: ssl.SSLContext, properties: Mapping[str, str]) -> None:
    place, key, chain = (properties.get(f"ssl.keystore.{part}") for part in ("location", "key", "certificate.chain"))
    if not place and not key and not chain:
        return
    if not place and not (key and chain):
        message = "ssl.keystore.key and ssl.keystore.certificate.chain go together: the one without the other is no identity"
        raise BadProperties(message)
    text = _pem(Path(place), "ssl.keystore", properties) if place else f"{key}\n{chain}"
    if "ssl.keystore.password" in properties:
        message = "ssl.keystore.password: a PEM keystore has no password. If its private key is encrypted, the password is ssl.key.password"
        raise BadProperties(message)
    where = place or "ssl.keystore.key"
    _declared(properties, "ssl.keystore", where)
    for kind in ("RSA", "EC"):
        if f"-----BEGIN {kind} PRIVATE KEY-----" in text:
            message = f"{where}: Kafka's Java client reads private keys in the form PKCS#8 only: `openssl pkcs8 -topk8 -in old.key -out new.key`"
            raise BadProperties(message)
    _load(made, text, properties.get("ssl.key.password"), where)


def _load(made: ssl.SSLContext, text: str, password: str | None, where: str) -> None:
    """Python reads an identity from files only: it gets one that nobody else can read, for this moment."""
    handle, name = tempfile.mkstemp()  # with mode 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
        made.load_cert_chain(name, password=password if password is not None else "")
    except (ssl.SSLError, ValueError, OSError) as problem:
        encrypted = "ENCRYPTED PRIVATE KEY" in text
        wrong = "ssl.key.password does not open its private key" if password is not None else "its private key is encrypted: set ssl.key.password"
        message = f"{where}: {wrong}" if encrypted else f"{where} must hold a private key and its certificate chain, as PEM ({_reason(problem)})"
        raise BadProperties(message) from problem
    finally:
        Path(name).unlink()


def _pem(file: Path, store: str, properties: Mapping[str, str]) -> str:
    """The text of a PEM file; for a Java keystore, what converts it."""
    try:
        data = file.read_bytes()
    except OSError as problem:
        message = f"{store}.location is {file}, which cannot be read ({problem.strerror})"
        raise BadProperties(message) from problem
    if b"-----BEGIN" in data:
        return data.decode("utf-8", "replace")
    first = (
        f"keytool -importkeystore -srckeystore {file} -destkeystore store.p12 -deststoretype PKCS12 && " if data[:4] == b"\xfe\xed\xfe\xed" else ""
    )
    kind, source = ("a JKS", "store.p12") if first else ("a PKCS12", str(file))
    if properties.get(f"{store}.type", "JKS").upper() == "PEM" and not first and data[:1] != b"\x30":
        message = f"{file} holds no PEM: a file with -----BEGIN CERTIFICATE----- is needed"
        raise BadProperties(message)
    what = "-nokeys" if store == "ssl.truststore" else "-nodes"
    message = (
        f"{file} is {kind} keystore, which Python cannot read. Java and Python both read PEM: "
        f"`{first}openssl pkcs12 -in {source} {what} -out store.pem`, then {store}.type=PEM and {store}.location=store.pem"
    )
    raise BadProperties(message)


def _declared(properties: Mapping[str, str], store: str, where: str) -> None:
    """Python sees that it is PEM; Java has to be told."""
    told = properties.get(f"{store}.type", "JKS")
    if told != "PEM":  # in capitals, or Java does not know it
        message = f"{where} is PEM, but {store}.type is {told} (Kafka's default is JKS): write `{store}.type=PEM`"
        raise BadProperties(message)


def _reason(problem: Exception) -> str:
    return getattr(problem, "reason", None) or str(problem) or type(problem).__name__
