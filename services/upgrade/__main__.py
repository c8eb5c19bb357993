"""`python -m services.upgrade`: the process that carries out an upgrade of a job on the local stack. A signal to end makes it go back."""

import argparse
import signal
from pathlib import Path
from types import FrameType

from services import logs
from services.devstack import processes
from services.devstack.settings import load as load_settings
from services.upgrade.journal import load
from services.upgrade.plan import NAME
from services.upgrade.upgrade import Upgrade, UpgradeInterrupted


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="python -m services.upgrade", description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--identity", required=True)
    logs.add_option(parser)
    told = parser.parse_args()
    logs.start(NAME, told.log_format)
    settings = load_settings(told.home)

    def interrupted(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # once it goes back, it goes on to the end
        raise UpgradeInterrupted(f"asked to stop ({signal.Signals(number).name})")  # noqa: EM102 - the name of the signal is the message

    journal = load(settings, told.identity)
    if journal is not None and journal.stage != "done":
        if journal.stage == "planned":
            for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(each, interrupted)
        Upgrade(journal, settings, lambda line: print(line, flush=True)).run()
    processes.forget(NAME, pids=settings.pids)


if __name__ == "__main__":
    main()
