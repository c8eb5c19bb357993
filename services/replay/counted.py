"""The metrics of a replay, while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from services.replay.run import Watcher
from services.replay.send import Sent
from udfs.metrics.services import REPLAY_AT, REPLAY_LEFT, REPLAY_SENT

if TYPE_CHECKING:
    from services.metrics.registry import Exported


@contextmanager
def counted(watcher: Watcher, port: int | None) -> Iterator[Watcher]:
    """Export during the block what the watcher gets. Without a port it stays as it is. Raises InvalidInput for a port in use."""
    if port is None:
        yield watcher
        return
    from services.metrics.registry import Exported
    from services.metrics.serve import serving

    exported = Exported([REPLAY_SENT, REPLAY_AT, REPLAY_LEFT])
    with serving(exported.text, port=port):
        yield Counted(watcher, exported)


class Counted:
    """A watcher that passes everything on."""

    def __init__(self, watcher: Watcher, exported: "Exported") -> None:
        self._watcher, self._exported = watcher, exported
        self._counted = 0

    def warn(self, line: str) -> None:
        """Pass it on."""
        self._watcher.warn(line)

    def sending(self, events: int, at: int) -> None:
        """Count the events sent so far; `at` is the time of the last one, in epoch milliseconds."""
        self._count(events, at)
        self._watcher.sending(events, at)

    def sent(self, done: Sent) -> None:
        """Count all of them."""
        self._count(done.events, done.last)
        self._watcher.sent(done)

    def waiting(self, left: int, at: int) -> None:
        """Show what the job has not read yet."""
        self._exported.set(REPLAY_LEFT, left)
        self._watcher.waiting(left, at)

    def _count(self, events: int, at: int | None) -> None:
        self._exported.add(REPLAY_SENT, events - self._counted)
        self._counted = events
        if at is not None:
            self._exported.set(REPLAY_AT, at / 1000)
