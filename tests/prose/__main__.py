"""`python -m tests.prose README.md docs` finds prose that a colleague would stumble over, by file and line. `make prose` runs it."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.prose import markdown, python
from tests.prose.words import Fault, rules

CHECKS = {".md": markdown.check, ".py": python.check}


def files(paths: list[Path], suffixes: set[str]) -> Iterator[Path]:
    """The files of these kinds at and below the paths."""
    for path in paths:
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in inside if file.suffix in suffixes and not any(part.startswith(".") and part != ".github" for part in file.parts))


def check(paths: list[Path], *, code: bool, but: list[Path] | None = None) -> list[Fault]:
    """Everything that is refused in the files at and below these paths; Python files are checked only with `code`. `but` is left out."""
    refused = rules()
    suffixes = set(CHECKS) if code else {".md"}
    return sorted(
        fault
        for file in files(paths, suffixes)
        if not any(file.is_relative_to(path) for path in but or ())
        for fault in CHECKS[file.suffix](file, file.read_text(encoding="utf-8"), refused)
    )  # fmt: skip


def main(words: list[str] | None = None) -> int:
    """Print what is found; the exit code is 1 if there is anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.prose", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="files, or folders with everything below them")
    parser.add_argument("--code", action="store_true", help="also docstrings, comments and messages of Python files")
    parser.add_argument("--count", action="store_true", help="only how much there is, by folder")
    parser.add_argument("--but", nargs="+", type=Path, default=[], metavar="PATH", help="files and folders that are left out")
    chosen = parser.parse_args(words)
    if missing := [str(path) for path in [*chosen.paths, *chosen.but] if not path.exists()]:
        parser.error(f"there is no {', '.join(missing)}")
    found = check(chosen.paths, code=chosen.code, but=chosen.but)
    if chosen.count:
        for folder, number in sorted(Counter(str(fault.file.parent) for fault in found).items()):
            print(f"{number:>5}  {folder}")
    else:
        for fault in found:
            print(fault)
    print(f"{len(found)} found" if found else "nothing found", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
