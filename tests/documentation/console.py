"""Commands in the documentation, and what they print: run here, so that no page can show what is not so.

A block ```console holds commands (`$ kairos …`) and below each what it prints; a last line `...` leaves the rest out. A block with a
`title="PATH"` is a file that the page asks the reader to save. Both happen in the order of the page, in a folder that sees the project's
own `docs` and `campaigns`.

`python -m tests.documentation.console --write README.md docs/tutorial.md` writes into pages what the commands print today.
"""

import argparse
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from cli.main import kairos

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
_SHELL = re.compile(r"^(?:kairos .*? > \S+|rm \S+)$", re.MULTILINE)
"""What blocks of the shell do to files that later blocks need; they may write and remove nothing else."""
REST = "...\n"
_CHANGING = ((re.compile(r" in \d+\.\d s \([\d,]+ events/s\)"), " in 0.1 s (40 events/s)"),)
"""What differs from run to run: how long it took."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A command of a page: what the page says that it prints, and what it printed."""

    command: str
    shown: str
    printed: str

    @property
    def holds(self) -> bool:
        """Whether the page shows what is printed, or the beginning that it promises."""
        if self.shown.endswith(REST):
            return steady(self.printed).startswith(steady(self.shown.removesuffix(REST)))
        return steady(self.printed) == steady(self.shown)


def steady(text: str) -> str:
    """The text without what differs from run to run."""
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return text


def runs(page: str) -> Iterator[Run]:
    """Run every command of a page, in order."""
    with _folder():
        for block in _BLOCK.finditer(page):
            if block["title"]:
                Path(block["title"]).parent.mkdir(parents=True, exist_ok=True)
                Path(block["title"]).write_text(block["text"], encoding="utf-8")
            elif block["kind"] == "console":
                for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block["text"], re.MULTILINE):
                    yield Run(command=command, shown=shown, printed=_printed(command))
            elif block["kind"] == "sh":
                for command in _SHELL.findall(block["text"]):
                    _change(command)


def renewed(page: str) -> str:
    """The page with what its commands print today. A block that leaves the rest out does so after as many lines as before."""
    for run in runs(page):
        if not run.holds:
            lines = run.printed.splitlines(keepends=True)
            now = "".join(lines[: run.shown.count("\n") - 1]) + REST if run.shown.endswith(REST) else run.printed
            page = page.replace(f"$ {run.command}\n{run.shown}", f"$ {run.command}\n{now}")
    return page


def _printed(command: str) -> str:
    program, *words = shlex.split(command)
    if program != "kairos":
        message = f"a console block may only call kairos: {command}"
        raise ValueError(message)
    done = CliRunner().invoke(kairos, words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def _change(command: str) -> None:
    words = shlex.split(command)
    if words[0] == "rm":
        Path(words[1]).unlink(missing_ok=True)  # other pages tell of files of their own
        return
    *called, _, file = words
    Path(file).write_text(CliRunner().invoke(kairos, called[1:]).stdout, encoding="utf-8")


@contextmanager
def _folder() -> Iterator[None]:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("docs", "campaigns"):
            (Path(folder) / name).symlink_to(ROOT / name)
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)


def main() -> None:
    """Renew pages."""
    parser = argparse.ArgumentParser(prog="python -m tests.documentation.console", description=__doc__)
    parser.add_argument("--write", nargs="+", type=Path, required=True, metavar="PAGE")
    for page in parser.parse_args().write:
        before = page.read_text(encoding="utf-8")
        after = renewed(before)
        page.write_text(after, encoding="utf-8")
        print(f"{page}: {'renewed' if after != before else 'as it was'}")


if __name__ == "__main__":
    main()
