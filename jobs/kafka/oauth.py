"""OAUTHBEARER for the Python clients: a token by client credentials, from the same settings as Kafka's Java client, or from a file."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.kafka.properties import BadProperties

URL = "sasl.oauthbearer.token.endpoint.url"
EARLY_S = 30
"""A token is fetched again this many seconds before it ends."""


def provider(options: Mapping[str, str], properties: Mapping[str, str]) -> Any:
    """A token provider of kafka-python. Raises BadProperties if the settings do not suffice."""
    from kafka.net.sasl.oauth import AbstractTokenProvider

    url = properties.get(URL, "")
    scheme = urllib.parse.urlsplit(url).scheme
    client, secret, scope = options.get("clientId"), options.get("clientSecret"), options.get("scope")
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
                return Path(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).read_text().strip()
            if time.monotonic() >= self.until:
                self.held, seconds = _fetched(url, client or "", secret or "", scope)
                self.until = time.monotonic() + max(0, seconds - EARLY_S)
            return self.held

        def extensions(self) -> dict[str, str]:
            """The extensions that the login names, as Confluent Cloud needs them."""
            return extensions

    return Provider()


def _fetched(url: str, client: str, secret: str, scope: str | None) -> tuple[str, float]:
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    named = base64.b64encode(f"{client}:{secret}".encode()).decode()
    request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode(), headers={"Authorization": f"Basic {named}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            told = json.loads(answer.read())
        return str(told["access_token"]), float(told.get("expires_in", 300))
    except (OSError, ValueError, KeyError) as problem:
        why = f"{problem.code} {problem.reason}" if isinstance(problem, urllib.error.HTTPError) else type(problem).__name__
        message = f"no token from {url} ({why}): are clientId, clientSecret and scope right?"
        raise BadProperties(message) from problem
