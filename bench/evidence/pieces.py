"""Random pieces of code, for somebody who knows only the README: in which room does each belong?

    python -m bench.evidence.pieces draw FOLDER [--seed 11] [--commit HEAD]   # pieces.md to read, answers.json to fill in
    python -m bench.evidence.pieces score FOLDER/answers.json                 # writes bench/results/newcomer.json

A piece is ten consecutive lines of code, without imports, blank lines and the docstring of its file; names of files and modules in it are
blacked out. It says neither its file nor its room. Drawing again with the same seed and commit gives the same pieces, so the truth needs
no storing.
"""

import argparse
import ast
import io
import json
import random
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.report import ROOT

FOLDERS = ("udfs", "services", "jobs", "cli", "training", "simulation")
PIECES, LINES = 20, 10
RESULT = ROOT / "bench" / "results" / "newcomer.json"
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "a cap per offer": ("udfs/core/policy/caps.py",),
    "a bandit": ("udfs/core/decision/choose.py",),
    "an identity merge": ("udfs/core/identity/merge.py",),
    "attribution of purchases": ("udfs/core/decision/outcomes.py",),
}
"""What will be built -> the file to open for it, or to add."""
_NAMED = re.compile(rf"\b(?:[\w.-]+/)*[\w-]+\.(?:py|yaml|yml|avsc|json|md|lock|html)\b|\b(?:{'|'.join(FOLDERS)})[./][\w./]+")
_ROOM = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Ten lines of code, and where they are from."""

    file: str
    line: int
    text: str
    room: str


def tree(commit: str) -> dict[str, str]:
    """Path -> text of the README and of every Python file of the product at a commit."""
    command = ["git", "-C", str(ROOT), "archive", "--format=tar", commit, "README.md", *FOLDERS]
    packed = subprocess.run(command, check=True, capture_output=True).stdout
    found = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive.getmembers():
            if member.isfile() and (member.name.endswith(".py") or member.name == "README.md"):
                content = archive.extractfile(member)
                found[member.name] = content.read().decode() if content else ""
    return found


def rooms(readme: str) -> list[str]:
    """The rooms in the README's tables, in their order."""
    found: list[str] = []
    for table in re.findall(r"^\| room \|.*\n\|[-|]+\n((?:\|.*\n)+)", readme, re.MULTILINE):
        for row in table.splitlines():
            found += _ROOM.findall(row.split("|")[1])
    return found


def room_of(path: str, known: list[str]) -> str:
    """The room that a path belongs to, or empty: of rooms within each other the innermost."""
    path = path.strip().strip("`").rstrip("/")
    return max((room for room in known if path == room or path.startswith(f"{room}/")), key=len, default="")


def draw(files: Mapping[str, str], *, seed: int) -> list[Piece]:
    """Draw pieces, each from another file; the more code a file has, the likelier it is drawn."""
    known = rooms(files["README.md"])
    windows = [(path, place) for path, text in files.items() if path.endswith(".py") for place in range(max(0, len(_code(text)) - LINES + 1))]
    chance = random.Random(seed)
    found: dict[str, Piece] = {}
    while len(found) < PIECES:
        path, place = chance.choice(windows)
        if path not in found:
            lines = _code(files[path])[place : place + LINES]
            text = _NAMED.sub("█", "\n".join(line for _, line in lines))
            found[path] = Piece(file=path, line=lines[0][0], text=text, room=room_of(path, known))
    return list(found.values())


def _code(text: str) -> list[tuple[int, str]]:
    """The lines of a file with their numbers, without its docstring, imports and blank lines."""
    body = ast.parse(text).body
    left_out = {number for node in _headers(body) for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and number not in left_out]


def _headers(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        yield body[0]
    for node in body:
        yield from (each for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom))


def sheet(commit: str, seed: int) -> dict[str, Any]:
    """An answer sheet to fill in."""
    return {
        "seed": seed,
        "commit": commit,
        "who": "",
        "rooms": {str(number): "" for number in range(1, PIECES + 1)},
        "files": dict.fromkeys(QUESTIONS, ""),
    }


def score(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Compare an answer sheet with the truth. Raises KeyError for a sheet that lacks an answer."""
    files = tree(answers["commit"])
    known = rooms(files["README.md"])
    pieces = []
    for number, piece in enumerate(draw(files, seed=answers["seed"]), 1):
        answered = answers["rooms"][str(number)]
        pieces.append(
            {"file": piece.file, "line": piece.line, "room": piece.room, "answered": answered, "right": room_of(answered, known) == piece.room}
        )
    named = []
    for question, wanted in QUESTIONS.items():
        answered = answers["files"][question]
        named.append({"question": question, "file": wanted[0], "answered": answered, "right": answered.strip().strip("`") in wanted})
    return {"seed": answers["seed"], "commit": answers["commit"], "who": answers["who"], "pieces": pieces, "files": named}


def _write(folder: Path, commit: str, seed: int) -> None:
    files = tree(commit)
    folder.mkdir(parents=True, exist_ok=True)
    parts = [f"## {number}\n\n```python\n{piece.text}\n```\n" for number, piece in enumerate(draw(files, seed=seed), 1)]
    (folder / "pieces.md").write_text("# In which room of the README does each piece belong?\n\n" + "\n".join(parts))
    (folder / "answers.json").write_text(json.dumps(sheet(commit, seed), indent=2) + "\n")
    print(f"give {folder / 'pieces.md'} and README.md to somebody who knows neither the code nor you; answers go into {folder / 'answers.json'}")


def main() -> int:
    """Draw or score."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.evidence.pieces", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    drawing = commands.add_parser("draw")
    drawing.add_argument("folder", type=Path)
    drawing.add_argument("--seed", type=int, default=11)
    drawing.add_argument("--commit", default="HEAD")
    scoring = commands.add_parser("score")
    scoring.add_argument("answers", type=Path)
    told = parser.parse_args()
    if told.command == "draw":
        commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", told.commit], check=True, capture_output=True, text=True).stdout.strip()
        _write(told.folder, commit, told.seed)
        return 0
    found = score(json.loads(told.answers.read_text()))
    RESULT.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    for each in (*found["pieces"], *found["files"]):
        print(f"{'✓' if each['right'] else '✗'} {each.get('question') or each['room']}: {each['answered'] or 'no answer'}  ({each['file']})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
