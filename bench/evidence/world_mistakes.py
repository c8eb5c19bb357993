"""Claim 7 of the world: typical mistakes of marketers are noticed, each with how it is written instead; before and now."""

from collections.abc import Sequence

from bench.mistakes import compared
from bench.report import Claim, at_least, exactly, measured

GOAL = 60


def check() -> list[Claim]:
    """What `kairos campaigns check` says of each mistake: that of the commit before, and that of now."""
    found = compared()
    silent = [str(row["mistake"]) for row in found if not _is(row, "now", "noticed")]
    bare = [str(row["mistake"]) for row in found if not _is(row, "now", "cured")]
    return [
        at_least("typical mistakes, each in a campaign of its own", len(found), "mistakes", GOAL),
        measured("noticed before", _count(found, "before", "noticed"), "mistakes"),
        measured("with how to write it instead, before", _count(found, "before", "cured"), "mistakes"),
        exactly(f"noticed now{_named(silent)}", len(found) - len(silent), "mistakes", len(found)),
        exactly(f"with how to write it instead, now{_named(bare)}", len(found) - len(bare), "mistakes", len(found)),
    ]


def _is(row: dict[str, object], when: str, what: str) -> bool:
    told = row[when]
    return isinstance(told, dict) and bool(told[what])


def _count(found: Sequence[dict[str, object]], when: str, what: str) -> int:
    return sum(_is(row, when, what) for row in found)


def _named(mistakes: Sequence[str]) -> str:
    return f" (but {', '.join(mistakes)})" if mistakes else ""
