"""Typical mistakes of marketers: each is reported in their words, with how to write it instead."""

from pathlib import Path
from typing import Any

import pytest

from tests.documents.mistakes import RIGHT, rows, said

ROWS = rows()


def test_there_are_more_than_sixty_and_each_is_another() -> None:
    assert len(ROWS) > 60
    assert len({row["mistake"] for row in ROWS}) == len(ROWS)


def test_without_a_mistake_nothing_is_said(tmp_path: Path) -> None:
    assert said(RIGHT, tmp_path) == ""


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["mistake"]))
def test_a_mistake_is_told_with_its_cure(row: dict[str, Any], tmp_path: Path) -> None:
    """After a change of words: `python -m tests.documents.mistakes` renews the table; read the difference."""
    assert said(row, tmp_path) == row["says"]
    assert row["says"].endswith(")") or "write " in row["says"], "how to write it instead"
