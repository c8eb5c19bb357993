"""The speed of the simulated customers."""

from dataclasses import dataclass

from simulation.rhythm import HOUR

WEEKS = 14 / 3
"""A week, in units of `away_ms`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tempo:
    """Means, in milliseconds: between two clicks, and the unit of all that takes longer, such as the time until somebody comes back."""

    pause_ms: int
    away_ms: int
    even: bool = False
    """Whether all hours, days and seasons are the same."""

    @property
    def week_ms(self) -> int:
        """The length of a week at this tempo, in ms."""
        return int(self.away_ms * WEEKS)


REAL = Tempo(pause_ms=20_000, away_ms=36 * HOUR)
BRISK = Tempo(pause_ms=2_000, away_ms=30_000, even=True)
"""The demo's tempo: a visit takes half a minute, and a customer who leaves decides within a minute whether to come back."""
