"""The command under test as a process: started, killed as a crash would, stopped as an operator would."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from udfs.core.values.errors import InvalidInput

STOP_S = 10.0
"""Seconds from SIGTERM until the consumer must have ended."""
LAST_LINES = 15


class Consumer:
    """One instance. It has a process group of its own, so that whatever it starts ends with it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        """Start it. Raises InvalidInput for a command that cannot be run."""
        self.log = log
        with log.open("ab") as out:
            try:
                self._process = subprocess.Popen(
                    list(command), env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
                )
            except OSError as problem:
                message = f"{command[0]!r} cannot be started: {problem.strerror or problem}"
                raise InvalidInput(message) from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.kill()

    @property
    def status(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.poll()

    def kill(self) -> None:
        """End it and all that it started at once (SIGKILL). Nothing if it has ended."""
        self._signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> bool:
        """Ask it to end (SIGTERM). Returns False if it had to be killed after ten seconds."""
        self._signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._signal(signal.SIGKILL)  # what it has started and left behind
        return True

    def last_lines(self) -> list[str]:
        """The end of what it has written to standard output and error."""
        return self.log.read_text(errors="replace").splitlines()[-LAST_LINES:]

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # the group has ended
            os.killpg(self._process.pid, number)
