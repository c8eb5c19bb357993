"""Anybody can write to a topic. What no program of ours has written ends neither a change of `control`, nor a question to the job, nor a search."""

from types import SimpleNamespace
from typing import Any

import pytest

from services.control.send import _version
from services.people.send import _values
from services.people.trace.everywhere import is_notice, person_in

ODD = [
    None,
    b"",
    b"null",
    b"[1]",
    b"7",
    b"\xff\xfe{",
    b'{"version": ',
    b'{"version": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
]
ids = [repr(each)[:20] for each in ODD]


class Reader:
    def __init__(self, value: bytes | None) -> None:
        self.value = value

    def poll(self, *, timeout_ms: int) -> dict[str, list[Any]]:
        assert timeout_ms
        return {"place": [SimpleNamespace(value=self.value), SimpleNamespace(value=b'{"user_id": "ada"}')]}


@pytest.mark.parametrize("odd", ODD, ids=ids)
def test_it_has_no_version_and_answers_nothing(odd: bytes | None) -> None:
    assert _version(odd) is None
    assert [*_values(Reader(odd))] == [{"user_id": "ada"}]


def test_a_version_is_read() -> None:
    assert (_version(b'{"version": "v1"}'), _version(b'{"version": 7}')) == ("v1", None)


NOTICE = {"user_id": "ada", "linked": ["web-1"], "decided_at": 1_764_000_000_000}


@pytest.mark.parametrize(
    "changes",
    [{"user_id": None}, {"user_id": []}, {"linked": None}, {"linked": "web"}, {"linked": [[1]]}, {"decided_at": None}, {"decided_at": 10**400}],
    ids=str,
)
def test_a_record_that_tells_of_no_erasure_is_nobodys(changes: dict[str, Any]) -> None:
    notices = [each for each in ({**NOTICE, **changes}, {}, NOTICE) if is_notice(each)]
    assert notices == [NOTICE]
    assert person_in(notices, ("web-2", "ada")).ids == ("web-2", "ada", "web-1")
