"""Many random histories: engine against oracle, decision by decision, and the laws. A counterexample is reduced to its smallest story.

python -m bench.policy_histories 100000        # on every core; exits with 1 if they differ or a law is broken
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context

from tests.oracles.laws import breaches
from tests.oracles.play import differences
from tests.oracles.shrink import smallest, story
from tests.oracles.worlds import SAME_DOCUMENTS, world

CHUNK = 25 * SAME_DOCUMENTS


@dataclass
class Found:
    """The results of a number of histories."""

    histories: int = 0
    events: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    """Outcome and reason -> decisions."""
    different: list[int] = field(default_factory=list)
    """Histories about which engine and oracle disagree."""
    breaches: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Add other results."""
        self.histories += other.histories
        self.events += other.events
        self.endings += other.endings
        self.different += other.different
        self.breaches += other.breaches


def play(seeds: range) -> Found:
    """Play some histories."""
    found = Found()
    for seed in seeds:
        made, told = world(seed)
        decided = [decision for _, decisions in told for decision in decisions]
        found.histories += 1
        found.events += len(made.happenings)
        found.endings.update(f"{decision.outcome} {decision.reason}" for decision in decided)
        if any(differences(made, decided)):
            found.different.append(seed)
        found.breaches += [f"history {seed}: {breach}" for breach in breaches(made, told)]
    return found


def played(count: int, *, first: int = 0, processes: int = 2) -> Iterator[Found]:
    """Yield the results so far, chunk by chunk."""
    chunks = [range(start, min(start + CHUNK, first + count)) for start in range(first, first + count, CHUNK)]
    so_far = Found()
    with get_context("spawn").Pool(processes) as pool:
        for found in pool.imap_unordered(play, chunks):
            so_far.add(found)
            yield so_far


def main() -> int:
    """Play the histories, report, and exit."""
    parser = argparse.ArgumentParser(prog="python -m bench.policy_histories", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first history; each number is always the same history")
    told = parser.parse_args()
    began, found = time.monotonic(), Found()
    for number, found in enumerate(played(told.count, first=told.first), 1):
        if number % 25 == 0:
            print(f"{found.histories:,} histories, {len(found.different)} different, {len(found.breaches)} breaches", flush=True)
    for ending, times in sorted(found.endings.items()):
        print(f"{times:>10,} {ending}")
    print(f"{found.histories:,} histories with {found.events:,} events in {time.monotonic() - began:.0f} s")
    print(f"{len(found.different)} about which engine and oracle disagree, {len(found.breaches)} breaches of a law")
    for breach in found.breaches[:5]:
        print(breach)
    for seed in sorted(found.different)[:3]:
        print(f"\nhistory {seed}\n{story(smallest(world(seed)[0]))}")
    return 1 if found.different or found.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
