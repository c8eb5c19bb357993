from typing import NamedTuple

import pytest

from services.lake.forgotten import notices, tombstones


class Consumed(NamedTuple):
    key: bytes | None
    value: bytes | None
    timestamp: int


def test_the_latest_tombstone_of_each_counts_also_of_who_came_back() -> None:
    records = [
        Consumed(b"ada", b"{}", 1),
        Consumed(b"ada", None, 2),
        Consumed(b"ada", b"{}", 3),
        Consumed(b"bob", b"{}", 4),
        Consumed(b"cy", None, 5),
    ]
    assert tombstones([*records, Consumed(b"cy", None, 9), Consumed(None, None, 7)]) == {"ada": 2, "cy": 9}


def test_whoever_was_erased_is_gone_until_the_latest_notice_says() -> None:
    records = [
        Consumed(b"ada", b'{"user_id": "ada", "until": 9}', 1),
        Consumed(b"ada", b'{"user_id": "ada", "until": 5}', 2),
        Consumed(b"bob", None, 3),
        Consumed(b"cy", b'{"user_id": 7}', 4),
        Consumed(b"cy", b"[]", 5),
    ]
    assert notices(records) == ({"ada": 9}, 2)


@pytest.mark.parametrize(
    "odd",
    [
        b"",
        b"null",
        b"[1]",
        b"\xff\xfe",
        b"{",
        b'{"user_id": "eve", "until": ' + b"9" * 400 + b"}",
        b'{"user_id": "eve", "until": ' + b"9" * 20 + b"}",
        b'{"user_id": "eve", "until": -1}',
        b'{"user_id": "eve", "until": true}',
        b'{"user_id": "eve", "until": 1e3}',
        b'{"user_id": "", "until": 1}',
        b'{"user_id": "\\ud800", "until": 1}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
    ids=range(14),
)
def test_a_record_that_is_no_notice_is_counted_and_ends_nothing(odd: bytes) -> None:
    good = Consumed(b"ada", b'{"user_id": "ada", "until": 9}', 1)
    assert notices([Consumed(b"eve", odd, 1), good, Consumed(b"eve", None, 2)]) == ({"ada": 9}, 1)
