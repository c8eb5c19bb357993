"""What the check says of typical mistakes, before and now: `python -m bench.mistakes` prints each, and counts what is noticed and cured."""

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.before import checkout, run
from bench.report import ROOT
from tests.documents.mistakes import campaign, rows, scenarios


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one version says of one mistake."""

    noticed: bool
    """Whether it said anything: a problem or a warning."""
    cured: bool
    """Whether it said how to write it instead."""
    text: str


_CHECK = """
import json, sys
from click.testing import CliRunner
from cli.main import kairos
print(json.dumps([CliRunner().invoke(kairos, ["campaigns", "check", file]).output for file in sys.argv[1:]]))
"""
"""Runs in the code of a version: the check of each file, in one process."""


def told(code: Path, files: Sequence[Path]) -> list[Told]:
    """What `kairos campaigns check` of the code in a folder says of each campaign."""
    return [_told(text, file) for text, file in zip(json.loads(run(code, "-c", _CHECK, *files)), files, strict=True)]


def _told(output: str, file: Path) -> Told:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    here = [line for line in lines if f"{file}:" in line or f"{file.with_suffix('.scenarios.yaml')}:" in line]
    said = [line.partition(".yaml:")[2].partition(": ")[2] for line in here]
    hint = next((line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")), "")
    text = f"{said[0]} ({hint})" if said and hint else said[0] if said else ""
    return Told(noticed=bool(said), cured=bool(hint) or "write " in text, text=text)


def compared() -> list[dict[str, object]]:
    """Each mistake with what was said of it before, and what is said now."""
    table = rows()
    with checkout() as before, tempfile.TemporaryDirectory() as name:
        files = [Path(name) / str(number) / "my-campaign.yaml" for number in range(len(table))]
        for file, row in zip(files, table, strict=True):
            file.parent.mkdir()
            file.write_text(campaign(row), encoding="utf-8")
            if (stories := scenarios(row)) is not None:
                file.with_name("my-campaign.scenarios.yaml").write_text(stories, encoding="utf-8")
        pairs = zip(table, told(before, files), told(ROOT, files), strict=True)
        return [{"mistake": row["mistake"], "before": asdict(was), "now": asdict(now)} for row, was, now in pairs]


def main() -> None:
    """Print each mistake as a line of JSON, and the counts on standard error."""
    found = compared()
    for row in found:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    for when in ("before", "now"):
        noticed, cured = (sum(bool(row[when][what]) for row in found) for what in ("noticed", "cured"))  # type: ignore[index]
        sys.stderr.write(f"{when}: of {len(found)} mistakes {noticed} noticed, {cured} with how to write it instead\n")


if __name__ == "__main__":
    main()
