"""A scheduled run, as a process of its own: it ends with the schedule that began it, whatever ended that.

The schedule holds the other end of standard input and never writes to it. When it is gone, the kernel closes it.
"""

import os
import sys
from threading import Thread

ORPHANED = 143
"""The exit status of a run whose schedule is gone."""


def _end_with_the_schedule() -> None:
    while os.read(0, 1024):
        pass
    os._exit(ORPHANED)


def main() -> None:
    """Run `python -m training` with these arguments."""
    Thread(target=_end_with_the_schedule, name="leash", daemon=True).start()
    from training.command import training

    training(sys.argv[1:], prog_name="python -m training")


if __name__ == "__main__":
    main()
