"""How fast people live."""

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
    """Without hours, days of the week and seasons."""

    @property
    def week_ms(self) -> int:
        """What a week is to these people."""
        return int(self.away_ms * WEEKS)


REAL = Tempo(pause_ms=20_000, away_ms=36 * HOUR)
BRISK = Tempo(pause_ms=2_000, away_ms=30_000, even=True)
"""A demo's: a visit in half a minute, and whoever walks away decides within a minute whether to come back. As busy at night as by day."""
