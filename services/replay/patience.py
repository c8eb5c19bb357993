"""How long a replay waits for a broker that is down: a total for the whole replay, however often that happens."""

import time
from collections.abc import Callable
from typing import TypeVar

from kafka.errors import KafkaError

from jobs.kafka.connect import KafkaUnavailable
from services.replay.records import ReplayError

Answer = TypeVar("Answer")

PATIENCE_S = 300.0
PAUSE_S = 0.5
SAY_EVERY_S = 10.0


class Patience:
    """A budget of seconds, which is used up while the broker is down."""

    def __init__(self, seconds: float, *, brokers: str, say: Callable[[str], None], standing: Callable[[], str] = lambda: "") -> None:
        """`say` receives messages about the wait. `standing` describes what is on the topic, for the final error."""
        self._seconds, self._brokers, self._say, self.standing = seconds, brokers, say, standing
        self._spent = 0.0
        self._since: float | None = None
        """When the broker went down; None while it answers."""
        self._said = 0.0

    def wait(self, why: object, *, pause_s: float = PAUSE_S) -> None:
        """Pause briefly because the broker does not answer. Raises ReplayError when the budget is used up."""
        now = time.monotonic()
        if self._since is None:
            self._since, self._said = now, 0.0
        left = self._seconds - self._spent - (now - self._since)
        if left <= 0:
            problem = (
                f"waited {self._seconds:.0f} s in all for the broker at {self._brokers} (--patience), and it does not answer ({why}): "
                f"`kairos up` starts the local one again. {self.standing()}"
            )
            raise ReplayError(problem.strip())
        if now - self._said > SAY_EVERY_S:
            self._said = now
            self._say(f"waiting for the broker at {self._brokers}, for {left:.0f} s at most ({why})")
        time.sleep(min(pause_s, left))

    def over(self) -> None:
        """Note that the broker answers."""
        if self._since is not None:
            self._spent += time.monotonic() - self._since
            self._since = None
            self._say(f"the broker at {self._brokers} answers again")

    def through(self, ask: Callable[[], Answer]) -> Answer:
        """Retry `ask`, which must be repeatable, until the broker answers, and return the answer."""
        while True:
            try:
                answer = ask()
            except (KafkaError, KafkaUnavailable) as problem:
                self.wait(_in_short(problem))
            else:
                self.over()
                return answer


def _in_short(problem: Exception) -> str:
    return type(problem).__name__ if isinstance(problem, KafkaError) else "nothing listens there"
