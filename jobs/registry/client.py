"""A registry's REST interface, as Confluent has it and Apicurio and others offer it, too. Every answer is bounded in size and in time."""

import http.client
import json
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass
from typing import Any

from jobs.registry.address import Address
from udfs.core.values.errors import Unavailable

DEADLINE_S = 3.0
"""For a whole request, however slowly an answer drips."""
PATIENT_S = 30.0
"""The same where a person waits, and nothing else does."""
MAX_ANSWER = 2 * 1024 * 1024
MAX_REFERENCES = 100
_TYPE = "application/vnd.schemaregistry.v1+json"
_NOT_FOUND = frozenset({40401, 40402, 40403})


class RegistryUnavailable(Unavailable):
    """The registry did not answer, or not with what was asked for. Asking again may help."""


class UnknownToRegistry(Unavailable):
    """The registry answers, and does not have it."""


class RegistryRefuses(Unavailable):
    """The registry refuses: a schema is not compatible, or not valid, or this login is not allowed to do it."""


@dataclass(frozen=True, slots=True)
class Text:
    """A schema as the registry has it, with the texts of all those that it refers to, by name."""

    text: str
    references: dict[str, str]
    kind: str = "AVRO"


class Client:
    """One registry. Safe to use from several threads: every request has a connection of its own."""

    def __init__(self, at: Address, *, deadline_s: float = DEADLINE_S) -> None:
        self._at = at
        self._deadline_s = deadline_s

    @property
    def url(self) -> str:
        """Where it is, without any login."""
        return self._at.url

    def by_id(self, number: int) -> Text:
        """The schema with this id. Raises UnknownToRegistry or RegistryUnavailable."""
        return self._whole(self.ask("GET", f"/schemas/ids/{number}"))

    def of_subject(self, subject: str, version: int | str) -> tuple[int, Text]:
        """A version of a subject, and its id. Raises UnknownToRegistry or RegistryUnavailable."""
        found = self._version(subject, version)
        if type(found.get("id")) is not int:
            raise self._odd_answer(what="a version without an id")
        return found["id"], self._whole(found)

    def subjects(self, prefix: str) -> list[str]:
        """Every subject whose name begins so. Not every registry knows that filter, so it is applied here, too."""
        found = self._list(f"/subjects?subjectPrefix={_quoted(prefix)}")
        return [name for name in found if isinstance(name, str) and name.startswith(prefix)]

    def versions(self, subject: str) -> list[int]:
        """The versions of a subject, the newest last."""
        return sorted(number for number in self._list(f"/subjects/{_quoted(subject)}/versions") if type(number) is int)

    def registered(self, subject: str, text: str) -> tuple[int, int] | None:
        """Version and id under which a subject has this schema, None if it has not."""
        try:
            found = self.ask("POST", f"/subjects/{_quoted(subject)}", {"schema": text})
        except UnknownToRegistry:
            return None
        if not isinstance(found, dict) or type(found.get("version")) is not int or type(found.get("id")) is not int:
            raise self._odd_answer(what="a schema without version and id")
        return found["version"], found["id"]

    def objections(self, subject: str, text: str) -> list[str]:
        """Why a schema cannot be the next version of a subject; empty if it can."""
        found = self.ask("POST", f"/compatibility/subjects/{_quoted(subject)}/versions/latest?verbose=true", {"schema": text})
        if not isinstance(found, dict) or type(found.get("is_compatible")) is not bool:
            raise self._odd_answer(what="nothing about compatibility")
        if found["is_compatible"]:
            return []
        told = found.get("messages")
        return [str(each)[:300] for each in (told if isinstance(told, list) else [told] if told else [])] or [
            "it is not compatible with the version before"
        ]

    def register(self, subject: str, text: str) -> int:
        """Register a schema as the next version of a subject. Returns its id. Raises RegistryRefuses, too."""
        found = self.ask("POST", f"/subjects/{_quoted(subject)}/versions", {"schema": text})
        if not isinstance(found, dict) or type(found.get("id")) is not int:
            raise self._odd_answer(what="no id")
        return int(found["id"])

    def _list(self, path: str) -> list[Any]:
        found = self.ask("GET", path)
        if not isinstance(found, list):
            raise self._odd_answer(what="no list")
        return found

    def _version(self, subject: Any, version: Any) -> dict[str, Any]:
        found = self.ask("GET", f"/subjects/{_quoted(str(subject))}/versions/{_quoted(str(version))}")
        if not isinstance(found, dict):
            raise self._odd_answer(what="no version of a subject")
        return found

    def _whole(self, found: Any) -> Text:
        """With all references, and theirs: each is fetched once, so that a circle of them ends."""
        if not isinstance(found, dict) or not isinstance(found.get("schema"), str):
            raise self._odd_answer(what="no schema")
        texts: dict[str, str] = {}
        waiting = list(_references(found))
        while waiting:
            name, subject, version = waiting.pop()
            if name in texts:
                continue
            if len(texts) >= MAX_REFERENCES:
                raise self._odd_answer(what=f"a schema that refers to more than {MAX_REFERENCES} others")
            other = self._version(subject, version)
            texts[name] = str(other.get("schema", ""))
            waiting += _references(other)
        kind = found.get("schemaType") or "AVRO"
        return Text(found["schema"], texts, str(kind)[:40])

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. Raises UnknownToRegistry, RegistryRefuses or RegistryUnavailable; no message holds a login."""
        try:
            status, data = self._answer(method, path, None if body is None else json.dumps(body).encode())
        except RegistryUnavailable:
            raise
        except (OSError, http.client.HTTPException, ValueError) as problem:
            message = f"the schema registry at {self.url} does not answer ({_why(problem)})"
            raise RegistryUnavailable(message) from problem
        try:
            found = json.loads(data)
        except (ValueError, RecursionError):
            found = None
        code = found.get("error_code") if isinstance(found, dict) else None
        if status == 404 and code in _NOT_FOUND:
            message = f"the schema registry at {self.url} has no {path.lstrip('/').partition('?')[0]}"
            raise UnknownToRegistry(message)
        if status in (409, 422):
            said = str(found.get("message", "")) if isinstance(found, dict) else ""
            message = f"the schema registry at {self.url} refuses it ({status}): {said[:500]}"
            raise RegistryRefuses(message)
        if status in (401, 403):
            message = f"the schema registry at {self.url} does not accept the login, or does not allow this ({status}): is the secret right?"
            raise RegistryUnavailable(message)
        if status == 404:
            message = f"there is no schema registry at {self.url} (404): does its path belong there, as /apis/ccompat/v7 does for Apicurio?"
            raise RegistryUnavailable(message)
        if status != 200 or found is None:
            raise self._odd_answer(what=f"HTTP {status}" if status != 200 else "no JSON")
        return found

    def _odd_answer(self, *, what: str) -> RegistryUnavailable:
        return RegistryUnavailable(f"the schema registry at {self.url} answers with {what}")

    def _answer(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """No redirect is followed: the login would go along."""
        parts = urllib.parse.urlsplit(self.url)
        host, begun = parts.hostname or "", time.monotonic()
        if parts.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(host, parts.port, timeout=self._deadline_s, context=self._at.context)
        else:
            connection = http.client.HTTPConnection(host, parts.port, timeout=self._deadline_s)
        ended = threading.Event()
        held: list[socket.socket] = []  # the connection forgets its own as soon as an answer begins after which it is to be closed

        def end() -> None:
            ended.set()
            for sock in held:
                _shut(sock)

        alarm = threading.Timer(self._deadline_s, end)
        alarm.daemon = True
        alarm.start()
        try:
            connection.connect()
            held.append(connection.sock)
            if ended.is_set():  # finding the host's address took too long: nobody would end what follows
                raise TimeoutError
            headers = {"Accept": f"{_TYPE}, application/json", **self._at.headers} | ({} if body is None else {"Content-Type": _TYPE})
            connection.request(method, parts.path + path, body=body, headers=headers)
            with connection.getresponse() as answer:
                data = answer.read(MAX_ANSWER + 1)
                if ended.is_set() or time.monotonic() - begun > self._deadline_s:
                    raise TimeoutError
                if len(data) > MAX_ANSWER:
                    raise self._odd_answer(what=f"more than {MAX_ANSWER:,} bytes")
                if answer.length:
                    raise http.client.IncompleteRead(data, answer.length)
                return answer.status, data
        except (OSError, http.client.HTTPException) as problem:
            if ended.is_set():
                raise TimeoutError from problem
            raise
        finally:
            alarm.cancel()
            connection.close()


def _shut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # closed meanwhile: that is what is wanted


def _references(found: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    told = found.get("references")
    if not isinstance(told, list):
        return []
    whole = [each for each in told if isinstance(each, dict) and {"name", "subject", "version"} <= each.keys()]
    return [(str(each["name"]), each["subject"], each["version"]) for each in whole]


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _why(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "no complete answer in time"
    return getattr(problem, "strerror", None) or type(problem).__name__
