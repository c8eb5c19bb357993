"""What Flink's processes push. Flink's scraped reporter listens on every address of a machine, which the local stack must not."""

import time
from collections.abc import Callable
from threading import Lock

EXPIRES_S = 20.0
"""A process that has not pushed for this long is gone: a killed TaskManager cannot say goodbye. Four times the period of the pushes."""
MAX_PROCESSES = 256


class Pushed:
    """The latest push of each process."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._held: dict[str, tuple[float, bytes]] = {}
        self._lock = Lock()

    def take(self, path: str, text: bytes | None) -> None:
        """Keep a push under its path; None: the process has ended. Beyond MAX_PROCESSES the oldest is left out."""
        with self._lock:
            self._held.pop(path, None)
            if text is not None:
                self._held[path] = (self._clock(), text)
            while len(self._held) > MAX_PROCESSES:
                del self._held[min(self._held, key=lambda each: self._held[each][0])]

    def texts(self) -> list[bytes]:
        """Those that have not expired."""
        with self._lock:
            oldest = self._clock() - EXPIRES_S
            self._held = {path: held for path, held in self._held.items() if held[0] >= oldest}
            return [text for _, text in self._held.values()]
