"""What the check says of typical mistakes, before and now: `python -m bench.mistakes` prints each, and counts what is noticed and cured."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.before import checkout
from bench.report import ROOT
from tests.documents.mistakes import campaign, rows


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one version says of one mistake."""

    noticed: bool
    """Whether it said anything: a problem or a warning."""
    cured: bool
    """Whether it said how to write it instead."""
    text: str


def told(code: Path, file: Path) -> Told:
    """What `kairos campaigns check` of the code in a folder says of a campaign."""
    command = [sys.executable, "-c", "from cli.main import main; main()", "campaigns", "check", str(file)]
    environment = {**os.environ, "PYTHONPATH": str(code), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(command, cwd=code, env=environment, capture_output=True, text=True, timeout=60, check=False)
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    if any(line.startswith("Traceback") for line in lines):
        message = f"{file}: {done.stderr[-1000:]}"
        raise RuntimeError(message)
    said = [line.partition(f"{file}:")[2].partition(": ")[2] for line in lines if f"{file}:" in line]
    hint = next((line.removeprefix("hint: ") for line in lines if line.startswith("hint: ")), "")
    text = f"{said[0]} ({hint})" if said and hint else said[0] if said else ""
    return Told(noticed=bool(said), cured=bool(hint) or "write " in text, text=text)


def compared() -> list[dict[str, object]]:
    """Each mistake with what was said of it before, and what is said now."""
    found = []
    with checkout() as before, tempfile.TemporaryDirectory() as name:
        for row in rows():
            file = Path(name) / "my-campaign.yaml"
            file.write_text(campaign(row), encoding="utf-8")
            was, now = told(before, file), told(ROOT, file)
            found.append({"mistake": row["mistake"], "before": was.__dict__, "now": now.__dict__})
    return found


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
