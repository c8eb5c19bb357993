"""`make golden VERSION=0.2.0`, which is `python -m tests.golden 0.2.0`: keep a savepoint of this version for good, once before it is tagged."""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from services.devstack import lifecycle
from tests.conftest import settings_in
from tests.golden.kept import FOLDER
from tests.golden.make import NotGolden, make
from tests.golden.running import Cluster, options_of

ROOT = Path(__file__).parents[2]


def main() -> int:
    """Start a stack, make it there, and end the stack."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("version")
    parser.add_argument("--debug", type=Path, metavar="FOLDER", help="keep the logs of the stack, and the savepoint, in this folder")
    asked = parser.parse_args()
    if is_released(asked.version):
        sys.stderr.write(
            f"{asked.version} is released, so its golden savepoint stays: where its test fails, a migration is missing (docs/upgrade.md)\n"
        )
        return 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kairos-golden-") as home:
        settings = settings_in(Path(home) / "home")
        try:
            lifecycle.up(settings)
            say(f"{FOLDER / asked.version}: it takes two minutes")
            size = make(Cluster(settings, options_of(settings)), asked.version, folder=Path(home), say=say)
        except NotGolden as problem:
            sys.stderr.write(f"{problem}\nNothing was kept\n")
            return 1
        finally:
            if asked.debug:
                for name in ("savepoint", "home/logs"):
                    if (Path(home) / name).exists():
                        shutil.copytree(Path(home) / name, asked.debug / name, dirs_exist_ok=True)
            lifecycle.down(settings, savepoint=False)
    say(f"kept, {size:,} bytes, in {time.monotonic() - began:.0f} s. Add it to git")
    return 0


def is_released(version: str) -> bool:
    """Whether it has a tag or, in a clone without tags, its own part of the changelog. Until then nobody has such state, and it may be made again."""
    found = subprocess.run(["git", "tag", "--list", version, f"v{version}"], cwd=ROOT, capture_output=True, text=True, check=True)
    return bool(found.stdout.strip()) or f"\n## [{version}] - " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def say(line: str) -> None:
    """At once, also where the output is a file."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
