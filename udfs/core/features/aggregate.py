"""What every aggregate can do."""

from typing import Any, Protocol


class Aggregate(Protocol):
    """One way to sum up events."""

    def update(self, state: Any, at: int, now: int, value: Any) -> Any:
        """The state after one more event at `at` that carries `value`."""

    def merge(self, state: Any, other: Any, now: int) -> Any:
        """The state of both histories together: what `update` gives, fed with the events of both in order of time. Neither is None."""

    def evaluate(self, state: Any, now: int) -> Any:
        """The answer at `now`, None when there is none."""
