"""`python -m tests.golden VERSION`: keep a savepoint of this version for good. Made once for each tagged version: `make golden-savepoint V=0.2.0`."""

import argparse
import sys
import tempfile
from pathlib import Path

from services.devstack import lifecycle, state
from services.devstack.settings import load
from services.flink.rest import Rest
from tests.cluster.deployment import acted
from tests.conftest import settings_in
from tests.golden.story import FOLDER, Golden, deployment, halves


def main() -> int:
    """Start a stack, tell the first half of the story, keep the savepoint."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden", description=__doc__)
    parser.add_argument("version")
    version = parser.parse_args().version
    if (FOLDER / version).exists():
        print(f"{FOLDER / version} exists: a golden savepoint is never made again", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="kairos-golden-") as home:
        settings = settings_in(Path(home) / "home")
        lifecycle.up(settings)
        try:
            (Path(home) / "story").mkdir()
            told = deployment(settings, Path(home) / "story")
            job = told.submit(restore="none").job
            before, _, _ = halves()
            told.send(before)
            told.beat(before[-1]["at"])
            decided = acted(told.decisions(count=1, extra_s=10))
            kept = state.stop_with_savepoint(Rest(settings.rest), job, load(settings.home), identity=told.options.identity)
            Golden(version=version, decided=decided).write(Path(str(kept)))
        finally:
            lifecycle.down(settings, savepoint=False)
    print(f"{FOLDER / version}: {len(decided)} reminders so far. Add it to git")
    return 0


if __name__ == "__main__":
    sys.exit(main())
