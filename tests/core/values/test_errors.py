"""Every exception of ours that a person may see is in one tree, and the tree is drawn as it is."""

import ast
import builtins
import re
from pathlib import Path

import pytest

from udfs.core.values import errors
from udfs.core.values.errors import KairosError

ROOT = Path(__file__).parents[3]
PACKAGES = ("udfs", "services", "jobs", "training", "cli", "simulation")
SIGNALS = {
    "LoginRefused",
    "MechanismRefused",
    "OddAnswer",
    "Refused",
    "Ambiguous",
    "Wrong",
    "TooLarge",
    "Unsendable",
    "Stopped",
    "NotMerged",
    "NotDivided",
    "Unfit",
    "NoField",
    "NoCall",
}
"""Thrown and caught within one module or two: they become a rejection, an unknown value or a cold start, and nobody sees them."""


def exceptions() -> dict[str, str]:
    """Every public exception class of ours -> its first base, read from the source, for no import should be needed."""
    bases: dict[str, str] = {}
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.parse(file.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and node.bases and isinstance(node.bases[0], ast.Name):
                    bases[node.name] = node.bases[0].id
    return {name: base for name, base in bases.items() if not name.startswith("_") and _is_exception(name, bases)}


def _is_exception(name: str, bases: dict[str, str]) -> bool:
    while name in bases and name not in SIGNALS:
        name = bases[name]
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


@pytest.mark.slow
def test_every_exception_of_ours_is_in_the_tree_and_drawn_under_its_parent() -> None:
    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if (match := re.match(r"([│├└─ ]*)(\w+)( {2,}|$)", line)) and (match[1] or match[2] == "KairosError"):
            depth = len(match[1]) // 4
            path[depth:] = [match[2]]
            drawn[match[2]] = path[depth - 1] if depth else ""
    found = exceptions()
    assert found.pop("KairosError") == "Exception"
    assert drawn.pop("KairosError") == ""
    assert drawn == found


def test_an_error_is_its_message_with_the_hint() -> None:
    assert str(KairosError("no", "yes")) == "no (yes)"
    assert str(KairosError("no")) == "no"
