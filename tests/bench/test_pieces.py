"""Pieces of code for a newcomer: drawn alike each time, without a hint of where they are from, and scored by room."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.evidence import pieces
from bench.evidence.pieces import LINES, PIECES, QUESTIONS, Piece, draw, room_of, rooms, score, sheet
from bench.report import ROOT

pytestmark = pytest.mark.slow

README = (ROOT / "README.md").read_text()
KNOWN = rooms(README)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """The tree as it is."""
    found = {str(path.relative_to(ROOT)): path.read_text() for folder in pieces.FOLDERS for path in (ROOT / folder).rglob("*.py")}
    return {"README.md": README, **found}


def test_every_room_exists_and_every_file_has_one(files: Mapping[str, str]) -> None:
    assert len(KNOWN) == len(set(KNOWN)) > 20
    assert [room for room in KNOWN if not (ROOT / room).exists()] == []
    assert [path for path, text in files.items() if path.endswith(".py") and text.strip() and not room_of(path, KNOWN)] == []


def test_the_innermost_room_counts_however_it_is_written() -> None:
    known = ["udfs/core", "udfs/core/policy"]
    assert room_of("udfs/core/policy/language/caps.py", known) == "udfs/core/policy"
    assert room_of("`udfs/core/policy/`", known) == room_of(" udfs/core/policy ", known) == "udfs/core/policy"
    assert room_of("udfs/core/engine.py", known) == "udfs/core"
    assert room_of("udfs/corecodecs", known) == room_of("", known) == room_of("policy", known) == ""


def test_pieces_are_the_same_for_the_same_seed_and_each_is_of_another_file(files: Mapping[str, str]) -> None:
    drawn = draw(files, seed=11)
    assert drawn == draw(dict(files), seed=11)
    assert [piece.file for piece in drawn] != [piece.file for piece in draw(files, seed=12)]
    assert len({piece.file for piece in drawn}) == PIECES
    assert all(piece.room in KNOWN for piece in drawn)


@pytest.mark.parametrize("seed", range(5))
def test_a_piece_is_ten_lines_of_code_that_say_no_file_module_or_import(files: Mapping[str, str], seed: int) -> None:
    for piece in draw(files, seed=seed):
        assert len(piece.text.splitlines()) == LINES
        assert all(line.strip() for line in piece.text.splitlines())
        assert not re.search(r"^\s*(from [\w.]+ import|import \w)", piece.text, re.MULTILINE), piece
        assert not re.search(r"\b(udfs|services|jobs|simulation|training)[./]\w|\w\.py\b", piece.text), piece
        assert piece.text.splitlines()[0].strip()[:15] in files[piece.file].splitlines()[piece.line - 1] or "█" in piece.text.splitlines()[0]


def test_a_sheet_is_scored_piece_by_piece(files: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "tree", lambda commit: dict(files))
    drawn: list[Piece] = draw(files, seed=3)
    answers = sheet("abc", 3)
    assert not any(each["right"] for each in (*score(answers)["pieces"], *score(answers)["files"])), "an empty sheet is wrong"
    answers["rooms"] = {str(number): piece.file for number, piece in enumerate(drawn, 1)}  # the file itself is in its room
    answers["rooms"]["1"] = next(room for room in KNOWN if room != drawn[0].room)
    answers["files"] = {question: right[0] for question, right in QUESTIONS.items()}
    found = score(answers)
    assert [each["right"] for each in found["pieces"]] == [False] + [True] * (PIECES - 1)
    assert all(each["right"] for each in found["files"])


def test_what_will_be_built_has_its_file_in_the_readme() -> None:
    for files_of in QUESTIONS.values():
        folder, name = str(Path(files_of[0]).parent), Path(files_of[0]).name
        row = next(line for line in README.splitlines() if line.startswith(f"| `{folder}` |"))
        assert f"`{name}`" in row
