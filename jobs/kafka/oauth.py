"""OAUTHBEARER for the Python clients: a token by client credentials, from the same settings as Kafka's Java client, or from a file."""

import base64
import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.kafka.properties import BadProperties
from udfs.core.values.errors import Unavailable

URL = "sasl.oauthbearer.token.endpoint.url"
FIRST_OF_THE_SERVER, ASK_LATER = 500, (408, 429)
"""Statuses that say nothing against what was sent."""
MAX_ANSWER = 1024 * 1024
USUAL_S = 300
"""How long a token is used whose answer does not say it."""
EARLY_S = 30
"""A token is fetched again this many seconds before it ends."""


class TokenUnavailable(Unavailable):
    """Where tokens are fetched does not answer, or not now: a job that starts again waits for it, as for a broker."""


def provider(options: Mapping[str, str], properties: Mapping[str, str]) -> Any:
    """A token provider of kafka-python. Raises BadProperties if the settings do not suffice."""
    from kafka.net.sasl.oauth import AbstractTokenProvider

    url = properties.get(URL, "")
    scheme = urllib.parse.urlsplit(url).scheme
    client, secret, scope = options.get("clientId"), options.get("clientSecret"), options.get("scope")
    if "@" in urllib.parse.urlsplit(url).netloc:
        message = f"{URL} holds a login: clientId and clientSecret of sasl.jaas.config are for that, as references"
        raise BadProperties(message)
    if scheme not in ("https", "http", "file"):
        message = f"{URL} is needed for OAUTHBEARER: https://…, where a token is fetched, or file:///…, where one is kept fresh"
        raise BadProperties(message)
    if scheme != "file" and not (client and secret):
        message = 'sasl.jaas.config needs clientId="…" and clientSecret="…" to fetch a token'
        raise BadProperties(message)
    extensions = {name.removeprefix("extension_"): value for name, value in options.items() if name.startswith("extension_")}

    class Provider(AbstractTokenProvider):  # type: ignore[misc]
        """Fetches a token when the last one is about to end."""

        held, until = "", 0.0

        def token(self) -> str:
            """The token now."""
            if scheme == "file":
                return _kept(Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path)))
            if time.monotonic() >= self.until:
                self.held, seconds = _fetched(url, client or "", secret or "", scope)
                self.until = time.monotonic() + max(0, seconds - EARLY_S)
            return self.held

        def extensions(self) -> dict[str, str]:
            """The extensions that the login names, as Confluent Cloud needs them."""
            return extensions

    return Provider()


def _kept(file: Path) -> str:
    try:
        token = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        message = f"{URL}: no token can be read from {file} ({getattr(problem, 'strerror', None) or type(problem).__name__})"
        raise BadProperties(message) from problem
    if not token:
        message = f"{URL}: {file} is empty"
        raise BadProperties(message)
    return token


def _fetched(url: str, client: str, secret: str, scope: str | None) -> tuple[str, float]:
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    named = base64.b64encode(f"{client}:{secret}".encode()).decode()
    request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode(), headers={"Authorization": f"Basic {named}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            told = json.loads(answer.read(MAX_ANSWER))
        token, seconds = told["access_token"], float(told.get("expires_in") or USUAL_S)
        if not isinstance(token, str) or not token:
            raise KeyError("access_token")  # noqa: EM101 - the same as if there were none
        return token, seconds
    except urllib.error.HTTPError as problem:
        with problem:
            message = f"no token from {url} ({problem.code} {problem.reason})"
        if problem.code >= FIRST_OF_THE_SERVER or problem.code in ASK_LATER:
            raise TokenUnavailable(message) from problem
        message = f"{message}: are clientId, clientSecret and scope right?"
        raise BadProperties(message) from problem
    except (OSError, http.client.HTTPException) as problem:
        message = f"no token from {url} ({getattr(problem, 'reason', None) or type(problem).__name__})"
        raise TokenUnavailable(message) from problem
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        message = f"no token from {url}: what it answers holds no access_token. Is it the address of the tokens?"
        raise BadProperties(message) from problem
