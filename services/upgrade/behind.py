"""Whether longer checkpoints are worth two pauses to a job that is behind. Pure: others measure."""

from dataclasses import dataclass
from math import inf
from typing import Literal

Advice = Literal["pays", "does not pay", "never catches up", "reads nothing", "not behind"]


@dataclass(frozen=True, kw_only=True)
class Behind:
    """How far behind a job is, and how fast that changes. Rates are records a second."""

    unread: int
    read: float
    written: float

    def catches_up(self) -> float:
        """Seconds until nothing is unread, if all stays as it is."""
        return _seconds(self.unread, self.read - self.written)

    def with_longer(self, *, gain: float, pauses_s: float) -> float:
        """The same with longer checkpoints, both pauses included. `gain`: how many times as many records are read."""
        return pauses_s + _seconds(self.unread + self.written * pauses_s, gain * self.read - self.written)

    def advice(self, *, gain: float, pauses_s: float, within_s: float) -> Advice:
        """What to do. With as little unread as is read, or written, in `within_s` a job is not behind: the difference of its rates is chance then."""
        if self.caught_up(within_s=within_s):
            return "not behind"
        if self.unread > 0 and self.read <= 0:
            return "reads nothing"
        longer = self.with_longer(gain=gain, pauses_s=pauses_s)
        if longer == inf:
            return "never catches up"
        return "pays" if longer < self.catches_up() else "does not pay"

    def caught_up(self, *, within_s: float) -> bool:
        """Whether what is unread is no more than is read, or written, in so many seconds."""
        return self.unread <= max(self.read, self.written) * within_s


def _seconds(records: float, rate: float) -> float:
    if records <= 0:
        return 0.0
    return records / rate if rate > 0 else inf
