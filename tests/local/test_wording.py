"""A decision's line says instants and spans as people do."""

import pytest

from cli.wording import decision_line


def line(detail: str | None, reason: str = "EXPIRED") -> str:
    decision = {"at": 1_767_609_000_000, "user_id": "ada", "campaign": "hello", "outcome": "withheld", "variant": "mail", "channel": "email"}
    return decision_line({**decision, "reason": reason, "detail": detail})


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("7200000 ms after its trigger, and it lives 3600000 ms", "EXPIRED 2h after its trigger, and it lives 1h  mail"),
        ("two: 1 of 1 within 2h, the last at 1767616200000", "two: 1 of 1 within 2h, the last at 2026-01-05 12:30:00 UTC  mail"),
        ("email: 1 per 3600000 ms are in use", "email: 1 per 1h are in use  mail"),
        ("2 dismissed, scope any: rests until 1767616200500", "rests until 2026-01-05 12:30:00.500 UTC  mail"),
        (None, "EXPIRED  mail by email"),
    ],
)
def test_a_detail_is_spelled(detail: str | None, words: str) -> None:
    assert words in line(detail)
