"""Anybody can write to a topic. What no program of ours has written ends neither a change of `control`, nor a question to the job, nor a search."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.arms.counts import Counts
from services.control.send import _version
from services.fairness.people import BadGroups, People, Person, by_feature, people_of
from services.interest.newest import Newest
from services.interest.news import read
from services.lift.dump import BadDump
from services.people.send import _values
from services.people.trace.everywhere import is_notice, person_in
from services.replay import answers as replay_answers
from services.replay.rejected import Refused
from training.errors import HistoryError
from training.logged import lines

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


@pytest.mark.parametrize("odd", ODD[1:], ids=ids[1:])
def test_no_service_ends_by_it(odd: bytes) -> None:
    counts, newest = Counts(), Newest()
    counts.take(odd)
    assert counts.odd == 1
    assert newest.take(odd) is False
    assert read(odd) is None
    refused = Refused()
    assert [*refused.again([odd], now=1)] == []
    assert refused.left == {"not a rejection that this version can read": 1}


@pytest.mark.parametrize("odd", ODD[1:], ids=ids[1:])
def test_a_replay_counts_decisions_around_it(odd: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    good = SimpleNamespace(value=b'{"campaign": "a", "outcome": "acted"}')
    reader = SimpleNamespace(assignment=list, close=lambda: None)
    monkeypatch.setattr(replay_answers, "end_offsets", lambda *_: {0: 2})
    monkeypatch.setattr(replay_answers, "consumer", lambda *_: reader)
    monkeypatch.setattr(replay_answers, "read_to_end", lambda _: [[SimpleNamespace(value=odd), good]])
    assert replay_answers.answers("", "decisions", since={}) == {("a", "acted"): 1}


@pytest.mark.parametrize("odd", ODD[2:], ids=ids[2:])
def test_a_file_of_decisions_is_refused_with_the_line(odd: bytes, tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b"\n" + odd)
    with pytest.raises(BadDump, match=r"decisions\.jsonl, line 2: "):
        people_of([path], "a")
    with pytest.raises(HistoryError, match=r"decisions\.jsonl, line 2: "):
        [*lines(path)]


def test_without_any_features_it_says_what_to_give_instead() -> None:
    with pytest.raises(BadGroups, match="they have none, so give a file of groups"):
        by_feature(People({"ada": Person()}, []), ["age"])


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
