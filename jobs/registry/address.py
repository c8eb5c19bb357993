"""Where the schema registry is and how to log in there: a URL, or a file of properties in the form of Confluent's clients.

The URL, or the file's name, is in the job graph; what the file refers to never is.
"""

import base64
import ipaddress
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jobs.kafka import tls
from jobs.kafka.java_client import is_clear
from jobs.kafka.properties import BadProperties, of_file, read
from jobs.kafka.references import PROVIDERS, REFERENCE, require_providers, resolved
from udfs.core.values.problems import did_you_mean

URL = "schema.registry.url"
INSECURE = "kairos.allow.http"
_STORES = ("truststore.location", "truststore.type", "truststore.certificates", "keystore.location", "keystore.type", "keystore.key",
           "keystore.certificate.chain", "key.password", "endpoint.identification.algorithm", "enabled.protocols")  # fmt: skip
_TLS = {f"schema.registry.ssl.{name}": f"ssl.{name}" for name in _STORES}
_SECRETS = ("basic.auth.user.info", "bearer.auth.token", "schema.registry.ssl.key.password", "schema.registry.ssl.keystore.key")
_SOURCES = {"basic.auth.credentials.source": "USER_INFO", "bearer.auth.credentials.source": "STATIC_TOKEN"}
_KNOWN = {URL, INSECURE, *_SOURCES, *_TLS, *_SECRETS}


@dataclass(frozen=True, kw_only=True)
class Address:
    """A registry. `url` has no credentials in it, and may be shown."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)


def address(told: str) -> Address:
    """The registry that is meant by a URL, or by the name of a file. References are looked up now. Raises BadProperties."""
    if "://" in told:
        url = _url(told, allow_http=False)
        return Address(url=url, context=ssl.create_default_context() if url.startswith("https:") else None)
    properties = read(Path(told))
    _require_known(properties, told)
    plain = resolved(properties)
    if not plain.get(URL):
        message = f"{told}: {URL} is missing: https://… of the registry"
        raise BadProperties(message)
    url = _url(plain[URL], allow_http=plain.get(INSECURE, "").strip().lower() == "true")
    stores = {ours: plain[theirs] for theirs, ours in _TLS.items() if theirs in plain}
    return Address(url=url, headers=_login(plain, told), context=tls.context(stores) if url.startswith("https:") else None)


def check(told: str) -> None:
    """Refuse what cannot be meant, or holds a secret, without looking up any: for whoever only passes it on. Raises BadProperties."""
    if "://" in told:
        _url(told, allow_http=False)
    elif told:
        _require_known(read(Path(told)), told)


def _url(told: str, *, allow_http: bool) -> str:
    """Never repeats what could hold a password."""
    try:
        parts = urllib.parse.urlsplit(told.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as problem:
        message = "the URL of the schema registry cannot be read: https://host:port/path"
        raise BadProperties(message) from problem
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        message = (
            "the URL of the schema registry holds a login, or a query: it would be in the job graph and in logs. Write a file instead, with "
            f"`{URL}=https://…` and `basic.auth.user.info=${{file:/run/secrets/registry.properties:login}}`, and name it with --schema-registry"
        )
        raise BadProperties(message)
    if parts.scheme not in ("http", "https") or not host:
        message = "the schema registry is an https:// URL with a host, or a file of properties"
        raise BadProperties(message)
    if parts.scheme == "http" and not allow_http and not _is_loopback(host):
        message = (
            f"the schema registry at {host} would be asked in the clear, where anybody between could change a schema: use https://, or allow it "
            f"with `{INSECURE}=true` in a file of properties"
        )
        raise BadProperties(message)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _require_known(properties: Mapping[str, str], file: str) -> None:
    keys = [key for key in properties if key != PROVIDERS and not key.startswith(f"{PROVIDERS}.")]
    if (odd := next((key for key in keys if key not in _KNOWN), None)) is not None:
        hint = did_you_mean(odd, _KNOWN)
        message = f"{file}: {odd} is not known for a schema registry" + (f": {hint}" if hint else "")
        raise BadProperties(message)
    with of_file(Path(file)):
        require_providers(properties)
    clear = [key for key in _SECRETS if properties.get(key) and not REFERENCE.fullmatch(properties[key].strip())]
    clear += [key for key, value in properties.items() if key not in clear and key != URL and is_clear(key, value)]
    if clear:
        message = (
            f"{file} holds a secret in the clear ({', '.join(clear)}). Put it into a file that only the processes can read, and refer to it: "
            f"`{PROVIDERS}=file`, `{PROVIDERS}.file.class=org.apache.kafka.common.config.provider.FileConfigProvider`, "
            f"`{clear[0]}=${{file:/run/secrets/registry.properties:login}}`"
        )
        raise BadProperties(message)
    for key, only in _SOURCES.items():
        if properties.get(key, only).strip().upper() != only:
            message = f"{file}: {key} must be {only}: the login stands in this file, as a reference"
            raise BadProperties(message)
    if properties.get(URL):
        allowed = properties.get(INSECURE, "").strip().lower() == "true"
        if not REFERENCE.search(properties[URL]):
            _url(properties[URL], allow_http=allowed)


def _login(plain: Mapping[str, str], file: str) -> dict[str, str]:
    user, token = plain.get("basic.auth.user.info", "").strip(), plain.get("bearer.auth.token", "").strip()
    if user and token:
        message = f"{file}: basic.auth.user.info and bearer.auth.token: one login is enough"
        raise BadProperties(message)
    if user and ":" not in user:
        message = f"{file}: basic.auth.user.info must be user:password"
        raise BadProperties(message)
    if any(not letter.isprintable() for letter in user + token):
        message = f"{file}: the login holds a line break, or another letter that cannot be sent"
        raise BadProperties(message)
    if user:
        return {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"} if token else {}
