"""Claim 4 of the house: no circle between files, every room's import contract kept, sizes of files and functions, prose and docs checked."""

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.report import ROOT, Claim, at_least, at_most, exactly, measured

FOLDERS = ("jobs", "udfs", "services", "simulation", "cli", "training", "bench")
MAX_LINES = 300
LONG_FUNCTION = 60


def check() -> list[Claim]:
    """Measure the tree, then run the linters that `make check` runs."""
    files = files_of_code()
    trees = {name: ast.parse(path.read_text()) for name, path in files.items()}
    lines = {name: path.read_text().count("\n") for name, path in files.items()}
    functions = {f"{name}.{function}": length for name, tree in trees.items() for function, length in _functions(tree)}
    rooms = Counter(name.split(".")[2] for name in files if name.startswith("udfs.core.") and name.count(".") > 2)
    contracts = _printed("lint-imports")
    longest = max(functions, key=lambda name: functions[name])
    return [
        exactly("circles between files", len(list(circles(imports_of(trees)))), "circles", 0),
        measured("files of code, without tests", len([name for name in files if lines[name]]), "files"),
        measured(f"files in the rooms of core ({', '.join(f'{room} {number}' for room, number in sorted(rooms.items()))})", rooms.total(), "files"),
        at_most("longest file", max(lines.values()), "lines", MAX_LINES),
        measured(f"longest function ({longest})", functions[longest], "lines"),
        measured(f"functions of more than {LONG_FUNCTION} lines", sum(length > LONG_FUNCTION for length in functions.values()), "functions"),
        at_least("import contracts kept", contracts.count(" KEPT") or contracts.count("KEPT"), "contracts", 18),
        exactly("import contracts broken", contracts.count("BROKEN"), "contracts", 0),
        exactly("exit status of the prose check over docs, docstrings and messages", _status("make", "prose"), "", 0),
        exactly("exit status of the strict build of the docs site", _status("make", "docs"), "", 0),
    ]


def files_of_code() -> dict[str, Path]:
    """Module -> its file, without tests."""
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}


def circles(imports: dict[str, set[str]]) -> Iterator[list[str]]:
    """Groups of modules that import each other in a circle (Tarjan's strongly connected components with more than one member)."""
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> Iterator[list[str]]:
        number[name] = lowest[name] = len(number)
        stack.append(name)
        for other in sorted(imports[name]):
            if other not in number:
                yield from visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in stack:
                lowest[name] = min(lowest[name], number[other])
        if lowest[name] == number[name]:
            place = stack.index(name)
            group = stack[place:]
            del stack[place:]
            if len(group) > 1:
                yield group

    for name in sorted(imports):
        if name not in number:
            yield from visit(name)


def imports_of(trees: dict[str, ast.Module]) -> dict[str, set[str]]:
    """Module -> those of ours that it imports, for types alone as well."""
    found: dict[str, set[str]] = {}
    for name, tree in trees.items():
        named = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
        found[name] = {each for each in named if each in trees} - {name}
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def _printed(command: str) -> str:
    return subprocess.run([Path(sys.executable).parent / command], cwd=ROOT, capture_output=True, text=True, check=False).stdout


def _status(*command: str) -> int:
    return subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode
