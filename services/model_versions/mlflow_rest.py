"""MLflow's REST interface, as far as a registry needs it. No package of MLflow is needed: its client brings many others.

Answers are bounded in size and time. A redirect is an error: a login is sent to the address that was given, and nowhere else.
"""

import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from typing import Any

from services.model_versions.versions import RegistryError
from udfs.core.values.errors import Unavailable

DEADLINE_S = 30.0
MAX_ANSWER = 64 * 1024 * 1024
PAGE = 200
MAX_PAGES = 1_000
"""Pages of one search: 200,000 versions are no registry, but a server that never says that it is done."""
USER, PASSWORD, TOKEN = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"
"""The environment variables of MLflow's own client."""
THERE = "RESOURCE_ALREADY_EXISTS"
ABSENT = "RESOURCE_DOES_NOT_EXIST"


class MlflowUnavailable(Unavailable):
    """The MLflow server does not answer, or not as MLflow does."""


class MlflowRefuses(RegistryError):
    """The MLflow server answers, and refuses. `code` is its own word for it."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class Rest:
    """One MLflow server, at an address such as https://mlflow.example.com."""

    def __init__(self, address: str, *, deadline_s: float = DEADLINE_S, environment: Mapping[str, str] | None = None) -> None:
        """Raises RegistryError for an address that holds a login, or to which a login would go in the clear."""
        environment = os.environ if environment is None else environment
        parts = urllib.parse.urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            message = f"{parts.scheme}://{parts.hostname or ''} is no address of an MLflow server: write one such as https://mlflow.example.com"
            raise RegistryError(message)
        if parts.username or parts.password:
            message = f"the address of the MLflow server at {parts.hostname} holds a login: put it into {USER} and {PASSWORD}"
            raise RegistryError(message)
        self.address = address.rstrip("/")
        self._deadline_s = deadline_s
        self._headers = _login(environment)
        if self._headers and parts.scheme == "http" and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            message = f"{self.address} is not encrypted, and a login is set ({USER} or {TOKEN}): write https"
            raise RegistryError(message)
        self._opener = urllib.request.build_opener(_NoRedirect)

    def get(self, what: str, **query: Any) -> dict[str, Any]:
        """A GET of the REST interface. Raises MlflowRefuses or MlflowUnavailable."""
        return self._json("GET", f"/api/2.0/mlflow/{what}?{urllib.parse.urlencode(query)}", None)

    def post(self, what: str, body: Mapping[str, Any], *, method: str = "POST") -> dict[str, Any]:
        """A POST, or another method with a body. Raises MlflowRefuses or MlflowUnavailable."""
        return self._json(method, f"/api/2.0/mlflow/{what}", json.dumps(body).encode())

    def pages(self, what: str, items: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Everything that a search finds, page by page. Raises MlflowUnavailable for one without end."""
        token = ""
        for _ in range(MAX_PAGES):
            found = self.get(what, max_results=PAGE, **query, **({"page_token": token} if token else {}))
            yield from found.get(items, ())
            if not (token := found.get("next_page_token", "")):
                return
        message = f"{self.address} has more than {MAX_PAGES * PAGE:,} {items.replace('_', ' ')}, or never says which is the last"
        raise MlflowUnavailable(message)

    def upload(self, path: str, content: bytes) -> None:
        """Keep a file under the server's artifacts."""
        self._answer("PUT", f"/api/2.0/mlflow-artifacts/artifacts/{urllib.parse.quote(path)}", content, kind="application/octet-stream")

    def download(self, path: str) -> bytes:
        """A file of the server's artifacts. It must be there: MLflow fails with 500 where it is not."""
        return self._answer("GET", f"/api/2.0/mlflow-artifacts/artifacts/{urllib.parse.quote(path)}", None)

    def _json(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        content = self._answer(method, path, body)
        try:
            found = json.loads(content or b"{}")
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            message = f"{self.address} does not answer as an MLflow server does: is the address right?"
            raise MlflowUnavailable(message)
        return found

    def _answer(self, method: str, path: str, body: bytes | None, *, kind: str = "application/json") -> bytes:
        request = urllib.request.Request(self.address + path, data=body, method=method, headers={"Content-Type": kind, **self._headers})
        try:
            with self._opener.open(request, timeout=self._deadline_s) as answer:
                content: bytes = answer.read(MAX_ANSWER + 1)
                breaks_off = bool(answer.length) and len(content) <= MAX_ANSWER  # what is still to come of an answer that has ended
        except urllib.error.HTTPError as error:
            raise self._refusal(error) from error
        except (OSError, ValueError, HTTPException) as error:
            why = getattr(error, "reason", None) or error
            message = f"the MLflow server at {self.address} does not answer ({type(error).__name__}: {why})"
            raise MlflowUnavailable(message) from error
        if breaks_off:
            message = f"an answer of the MLflow server at {self.address} breaks off after {len(content):,} bytes: try again"
            raise MlflowUnavailable(message)
        if len(content) > MAX_ANSWER:
            message = f"the MLflow server at {self.address} answers with more than {MAX_ANSWER:,} bytes"
            raise MlflowUnavailable(message)
        return content

    def _refusal(self, error: urllib.error.HTTPError) -> Exception:
        try:
            said = json.loads(error.read(100_000))
        except (ValueError, RecursionError, OSError, HTTPException):
            said = None
        said = said if isinstance(said, dict) else {}
        code, told = str(said.get("error_code", error.code)), str(said.get("message", error.reason))[:500]
        if error.code in {401, 403}:
            return MlflowRefuses(f"the MLflow server at {self.address} refuses the login ({error.code}): set {USER} and {PASSWORD}, or {TOKEN}", code)
        if error.code >= 500 and code not in {THERE, ABSENT}:
            return MlflowUnavailable(f"the MLflow server at {self.address} fails ({error.code}): {told}")
        return MlflowRefuses(f"the MLflow server at {self.address} refuses it ({error.code}): {told}", code)


def _login(environment: Mapping[str, str]) -> dict[str, str]:
    if token := environment.get(TOKEN):
        return {"Authorization": f"Bearer {token}"}
    if user := environment.get(USER):
        pair = f"{user}:{environment.get(PASSWORD, '')}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    return {}
