"""A registry that does not answer as it should: every answer is bounded, and says what to do."""

import time
from typing import Any

import pytest

from jobs.registry.address import Address
from jobs.registry.client import MAX_ANSWER, MAX_REFERENCES, Client, RegistryUnavailable, UnknownToRegistry
from tests.jobs.registry.fake import drips, drips_headers, fake, hangs_up, says, silent

GOOD = {"schema": '"string"'}
FAULTS = {
    "HTTP 500": (says(500, {"error_code": 50001}), "HTTP 500"),
    "no JSON": (says(200, b"<html>"), "no JSON"),
    "JSON without end": (says(200, b"[" * 1_000_000), "no JSON"),
    "a list": (says(200, [1]), "no schema"),
    "a schema that is not a text": (says(200, {"schema": {"type": "record"}}), "no schema"),
    "an answer without end": (says(200, b"x" * (MAX_ANSWER + 10)), "more than"),
    "a redirect": (says(302, b"", headers={"Location": "http://127.0.0.1:1/"}), "HTTP 302"),
    "another server's 404": (says(404, b"nothing here"), "does its path belong there"),
    "a login that is not accepted": (says(401, {"error_code": 401}), "does not accept the login"),
    "a login that may not": (says(403, b""), "does not accept the login"),
    "a connection that ends": (hangs_up, "does not answer"),
    "half an answer": (says(200, b"{", headers={"Content-Length": "1000"}), "does not answer"),
    "silence": (silent, "no complete answer in time"),
    "an answer that drips": (drips, "no complete answer in time"),
    "headers that drip": (drips_headers, "no complete answer in time"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", FAULTS)
def test_what_is_no_schema_is_said_in_bounded_time(case: str) -> None:
    answer, words = FAULTS[case]
    with fake(answer) as (url, asked, _):
        begun = time.monotonic()
        with pytest.raises(RegistryUnavailable, match=words) as told:
            Client(Address(url=url, headers={"Authorization": "Basic c2VjcmV0"}), deadline_s=0.5).by_id(7)
        assert time.monotonic() - begun < 30  # what drips forever would never end
        assert asked == [("/schemas/ids/7", "Basic c2VjcmV0")]
        assert "c2VjcmV0" not in told.value.message


def test_nothing_that_listens_is_said_at_once() -> None:
    with pytest.raises(RegistryUnavailable, match="refused"):
        Client(Address(url="http://127.0.0.1:1")).by_id(7)


def test_an_id_that_the_registry_does_not_have_is_told_from_one_that_cannot_be_had() -> None:
    with fake(says(404, {"error_code": 40403, "message": "Schema 7 not found."})) as (url, _, _), pytest.raises(UnknownToRegistry):
        Client(Address(url=url)).by_id(7)


def test_references_in_a_circle_end() -> None:
    def answer(handler: Any) -> None:
        says(200, {**GOOD, "references": [{"name": "A", "subject": "a/b", "version": 1}]})(handler)

    with fake(answer) as (url, asked, _):
        assert Client(Address(url=url)).by_id(7).references == {"A": '"string"'}
        assert [path for path, _ in asked] == ["/schemas/ids/7", "/subjects/a%2Fb/versions/1"]


def test_references_without_end_are_refused() -> None:
    number = iter(range(10_000))

    def answer(handler: Any) -> None:
        says(200, {**GOOD, "references": [{"name": f"N{next(number)}", "subject": "s", "version": 1}]})(handler)

    with fake(answer) as (url, asked, _), pytest.raises(RegistryUnavailable, match="more than 100 others"):
        Client(Address(url=url)).by_id(7)
    assert len(asked) == MAX_REFERENCES + 1


@pytest.mark.parametrize("answer", [[], {"id": 1}, {"id": "1", "version": "1"}, {"id": True, "version": 1}])
def test_a_registered_schema_has_a_version_and_an_id(answer: Any) -> None:
    with fake(says(200, answer)) as (url, _, _), pytest.raises(RegistryUnavailable, match="a schema without version and id"):
        Client(Address(url=url)).registered("x-value", '"string"')


@pytest.mark.parametrize("answer", [[], {}, {"is_compatible": "yes"}])
def test_whether_a_schema_is_compatible_is_yes_or_no(answer: Any) -> None:
    with fake(says(200, answer)) as (url, _, _), pytest.raises(RegistryUnavailable, match="nothing about compatibility"):
        Client(Address(url=url)).objections("x-value", '"string"')


@pytest.mark.parametrize(
    ("messages", "told"),
    [(["a", "b"], ["a", "b"]), ("a field is missing", ["a field is missing"]), (None, ["it is not compatible with the version before"])],
)
def test_what_stands_against_a_schema_is_said_in_whole_sentences(messages: Any, told: list[str]) -> None:
    with fake(says(200, {"is_compatible": False, "messages": messages})) as (url, _, _):
        assert Client(Address(url=url)).objections("x-value", '"string"') == told
