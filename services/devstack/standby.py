"""Keeps the spare TaskManagers of a local stack warm: Python and its packages are loaded there before one of them has to take over.

A spare that starts cold needs about five seconds more to take over. It may not be disturbed while a job starts on it, so a spare is warmed
up only while all jobs run, and once: the interpreter lives as long as its TaskManager.
"""

import argparse
import logging
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

from jobs.options import WARM_UP
from services import logs
from services.devstack.launch import SubmitError, run
from services.devstack.settings import Settings, load
from services.flink.rest import ClusterError, Rest

SELF = "standby"
PERIOD_S = 1.0
STEADY = 5
"""So many looks in a row must find all jobs running: what has just failed over has a backlog, and needs the machine for itself."""
MAX_S = 60.0

log = logging.getLogger(SELF)


class Standby:
    """Which TaskManagers are warm, and for how long nothing has been wrong."""

    def __init__(self, rest: Rest, warm_up: Callable[[int], str]) -> None:
        """`warm_up`: runs the job that loads packages on so many free slots, and returns its id."""
        self._rest, self._warm_up = rest, warm_up
        self._warm: dict[str, str] = {}
        """TaskManager -> its address when it was warmed up. One that is started again has the same name and another address."""
        self._steady = 0

    def look(self) -> None:
        """Warm up what waits and is cold, if now is a time for that. Raises ClusterError, SubmitError."""
        jobs = self._rest.unfinished()
        running = bool(jobs) and all(self._rest.runs(job["jid"]) for job in jobs)
        self._steady = self._steady + 1 if running else 0
        if self._steady < STEADY:
            return
        managers = self._rest.addresses()
        busy = {host for job in jobs for host in self._rest.hosts(job["jid"])}
        waiting = {name: address for name, address in managers.items() if name not in busy}
        if waiting.items() <= self._warm.items():
            return
        job, began = self._warm_up(len(waiting)), time.monotonic()
        while not self._rest.ended(job):
            if time.monotonic() - began > MAX_S:
                self._rest.cancel(job)
                message = f"the job that warms up {len(waiting)} TaskManagers did not end within {MAX_S:.0f} s: cancelled"
                raise ClusterError(message)
            time.sleep(0.2)
        loaded = self._rest.hosts(job)
        self._warm.update({name: address for name, address in managers.items() if name in loaded})
        log.info("warm: %s", ", ".join(sorted(loaded)))


def warm_up(settings: Settings, slots: int) -> str:
    """Run the job on so many free slots; its id. Raises SubmitError."""
    file = resources.files("jobs").joinpath("warm.py")
    return run(["run", "-d", "-py", str(file), "--slots", str(slots)], settings, name=WARM_UP)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="python -m services.devstack.standby", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="the folder of the local stack")
    logs.add_option(parser)
    told = parser.parse_args()
    logs.start(SELF, told.log_format, level=logging.INFO)
    settings = load(told.home)
    standby = Standby(Rest(settings.job_manager_addresses), lambda slots: warm_up(settings, slots))
    while True:
        try:
            standby.look()
        except (ClusterError, SubmitError) as problem:  # a cluster in the middle of a failure: look again
            log.warning("%s", problem)
        time.sleep(PERIOD_S)


if __name__ == "__main__":
    main()
