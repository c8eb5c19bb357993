"""Keeps the stack's processes running, as Kubernetes or systemd would: a process that dies unexpectedly is restarted.

The files of `services.devstack.processes` say what should run. A JobManager is restarted only with high availability: without it, its
job is lost with it, and a new JobManager would only hide that.
"""

import argparse
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from services import logs
from services.devstack import processes

SELF = "keeper"
ZOOKEEPER = "zookeeper"
"""Its program is there with high availability only."""
MAX_RESTARTS, WITHIN_S = 20, 60.0
"""A process that dies more often than this is not restarted again: a restart does not fix what is wrong."""

log = logging.getLogger("keeper")


def keep(pids: Path, *, pause_s: float = 0.25, sleep: Callable[[float], object] = time.sleep) -> None:
    """Watch and restart, forever."""
    deaths: dict[str, list[float]] = defaultdict(list)
    seen_dead: dict[str, float] = {}
    while True:
        wanted = processes.programs(pids=pids)
        left_alone = {SELF} if ZOOKEEPER in wanted else {SELF, "jobmanager"}
        for name, program in wanted.items():
            if name in left_alone or processes.process(name, pids=pids) is not None:
                seen_dead.pop(name, None)
                continue
            now = time.monotonic()
            if now - seen_dead.setdefault(name, now) < program.rest_s:
                continue
            recent = deaths[name] = [*(at for at in deaths[name] if at > now - WITHIN_S), now]
            if len(recent) > MAX_RESTARTS:
                log.error("%s died %d times in %.0f s: not restarted again, see %s", name, len(recent), WITHIN_S, program.log)
                processes.stop([name], pids=pids)
                continue
            # `stop` may have removed the file since: look again, so that nothing stopped on purpose is restarted
            if name in processes.programs(pids=pids):
                log.warning("%s died: restarting it", name)
                processes.start(program, pids=pids)
        sleep(pause_s)


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pids", type=Path, required=True)
    logs.add_option(parser)
    told = parser.parse_args()
    logs.start(SELF, told.log_format, level=logging.INFO)
    keep(told.pids)


if __name__ == "__main__":
    main()
