"""Kairos's decisions about three sets of history, as text, to prove that a refactoring changed no decision.

    python -m bench.recorded make FOLDER              # plays the histories; --inputs reuses those of an earlier FOLDER
    python -m bench.recorded compare BEFORE AFTER     # counts differing records; exits with 1 if there are any

The histories are the shop's first week (with journeys, segments and a policy), the Online Retail year and 2,000 random histories of
the policy oracle. Every record that the job would write is kept, but for the wall clock's time. Inputs are made once, by the code
before the change: customers of the shop react to the messages they get, so the code after it might live through another week.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import campaigns
from bench.public_data import RETAIL

ROOT = Path(__file__).parents[1]
KAIROS = (sys.executable, "-m", "cli.main")
"""The command line of the code that can be imported: an older one, if PYTHONPATH says so."""
SHIPPED = Path(campaigns.__file__).parent
HISTORIES = 2_000
PARTS = ("week", "retail", "histories")
WALL_CLOCK = ("decided_at", "rejected_at")
RENAMED = {"control": "control_group"}
"""Keys of campaigns that had another name before."""
ADDED = ("facts",)
"""Fields that records of before do not have: what they say stands in the others, too."""


def make(folder: Path, inputs: Path | None) -> None:
    """Play every history, and write the decisions, one sorted line per record."""
    folder.mkdir(parents=True, exist_ok=True)
    if inputs is not None and inputs != folder:
        for name in ("week.jsonl", "retail.jsonl"):
            shutil.copy(inputs / name, folder / name)
        if not (folder / "week").exists():
            shutil.copytree(inputs / "week", folder / "week")
            _rename_keys(folder / "week")
    elif inputs is None:
        _make_inputs(folder)
    after = inputs is not None
    _write(folder / "week.txt", _tried(folder / "week.jsonl", folder / "week", "--drain", "62d", after=after))
    if (folder / "retail.jsonl").exists():
        _write(folder / "retail.txt", _tried(folder / "retail.jsonl", SHIPPED, after=after))
    _write(folder / "histories.txt", _histories())


def compare(before: Path, after: Path) -> dict[str, tuple[int, int]]:
    """Part -> the number of records before, and of those that are only before or only after."""
    found = {}
    for part in PARTS:
        files = before / f"{part}.txt", after / f"{part}.txt"
        if all(file.exists() for file in files):
            old, new = (Counter(file.read_text().splitlines()) for file in files)
            found[part] = old.total(), max((old - new).total(), (new - old).total())
    return found


def _make_inputs(folder: Path) -> None:
    from bench.evidence import policy_agreement, policy_stories

    documents = folder / "week"
    shutil.copytree(SHIPPED, documents, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, text in {
        "segments.yaml": policy_stories.SEGMENTS,
        "engaged.yaml": policy_stories.ENGAGED,
        "thanks.yaml": policy_stories.THANKS,
        "policy.yaml": policy_agreement.POLICY,
    }.items():
        (documents / name).write_text(text)
    policy_agreement.lived(folder / "week.jsonl", [documents])
    if RETAIL.exists():
        command = [*KAIROS, "replay", "--source", "online-retail", str(RETAIL), "--abandon", "0.3", "--out", str(folder / "retail.jsonl")]
        subprocess.run(command, check=True, stdout=sys.stderr)


def _rename_keys(folder: Path) -> None:
    """Rewrite the documents of a folder with the keys of today."""
    for file in folder.glob("*.yaml"):
        text = file.read_text()
        for old, new in RENAMED.items():
            text = re.sub(rf"^{old}:", f"{new}:", text, flags=re.MULTILINE)
        file.write_text(text)


def _versions_before(folder: Path) -> dict[str, str]:
    """Version of a campaign -> its version before its keys were renamed: a version is a hash of the whole document."""
    from services.documents.files import load_campaign_files
    from udfs.core.features.features import set_version

    former = {new: old for old, new in RENAMED.items()}
    documents = [file.document for file in load_campaign_files([folder]) if file.kind == "campaign" and former.keys() & file.document.keys()]
    return {set_version(each): set_version({former.get(key, key): value for key, value in each.items()}) for each in documents}


def _tried(history: Path, documents: Path, *more: str, after: bool) -> Iterator[str]:
    command = [*KAIROS, "try", str(history), "--campaigns", str(documents), "--records", *more]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    before = _versions_before(documents) if after else {}
    for line in done.stdout.splitlines():
        told = json.loads(line)
        value = told["value"]
        if (version := value.get("campaign_version")) in before:
            value["campaign_version"] = before[version]
        yield f"{told['topic']} {told['key']} {_text(value)}"


def _histories() -> Iterator[str]:
    import msgspec

    from tests.oracles.worlds import world

    for seed in range(HISTORIES):
        for _, decisions in world(seed)[1]:
            for decision in decisions:
                yield f"{seed} {_text(msgspec.to_builtins(decision))}"


def _text(record: dict[str, Any]) -> str:
    kept = {name: value for name, value in record.items() if name not in (*WALL_CLOCK, *ADDED)}
    if "against" in kept:
        kept["against"] = [{name: value for name, value in each.items() if name not in ADDED} for each in kept["against"]]
    return json.dumps(kept, sort_keys=True)


def _write(file: Path, lines: Iterator[str]) -> None:
    text = "\n".join(sorted(lines)) + "\n"
    file.write_text(text)
    print(f"{file.stem}: {text.count(chr(10)):,} records, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}", flush=True)


def _show(before: Path, after: Path) -> int:
    found = compare(before, after)
    for part, (records, different) in found.items():
        print(f"{part}: {different:,} of {records:,} records differ")
        if different:
            old, new = (Counter((folder / f"{part}.txt").read_text().splitlines()) for folder in (before, after))
            for sign, lines in ("-", old - new), ("+", new - old):
                for line in sorted(lines.elements())[:5]:
                    print(f"  {sign} {line}")
    return 1 if any(different for _, different in found.values()) else 0


def main() -> int:
    """Make or compare."""
    parser = argparse.ArgumentParser(prog="python -m bench.recorded", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("--inputs", type=Path, help="a folder whose inputs are played again")
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    told = parser.parse_args()
    if told.command == "compare":
        return _show(told.before, told.after)
    make(told.folder, told.inputs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
