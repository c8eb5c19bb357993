"""What a run over a history came to, in a few lines."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from services.local.job import Output
from udfs.core.records import Decision, Rejection, Segment


class Summary:
    """Counts what goes by, and the time it takes from here on."""

    def __init__(self) -> None:
        self.decisions: Counter[tuple[str, str, str]] = Counter()
        """By campaign, outcome and reason."""
        self.rejected: Counter[str] = Counter()
        """By reason."""
        self.segments: Counter[tuple[str, str]] = Counter()
        """By segment and change."""
        self._started = time.perf_counter()

    def count(self, outputs: Iterable[Output]) -> None:
        """Take note of what came of one record or timer."""
        for output in outputs:
            if isinstance(output, Decision):
                self.decisions[output.campaign, output.outcome, output.reason] += 1
            elif isinstance(output, Rejection):
                self.rejected[output.reason] += 1
            elif isinstance(output, Segment):
                self.segments[output.segment, output.change] += 1

    def lines(self, *, events: int, profiles: Mapping[str, bytes]) -> Iterator[str]:
        """The summary as text."""
        seconds = time.perf_counter() - self._started
        taken, people = _many(events, "event"), _many(len(profiles), "user")
        yield f"{taken} of {people} in {seconds:.1f} s ({events / max(seconds, 1e-9):,.0f} events/s)"
        if not self.decisions:
            yield "no decisions"
        for (campaign, outcome, reason), number in sorted(self.decisions.items()):
            yield f"  {campaign:<24} {outcome:<9} {reason:<20} {number:>9,}"
        for reason, number in self.rejected.most_common():
            yield f"  {'rejected':<34} {reason:<20} {number:>9,}"
        for (segment, change), number in sorted(self.segments.items()):
            yield f"  {segment:<24} {change:<9} {'':<20} {number:>9,}"
        if sizes := sorted(map(len, profiles.values())):
            yield f"state of a user: {sizes[len(sizes) // 2]:,} bytes (p50), {sizes[len(sizes) * 99 // 100]:,} (p99)"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
