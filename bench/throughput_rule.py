"""The policy's throughput under sustained overload: does the channel keep sending at its full rate, and at what cost?

    python -m bench.throughput_rule                 # twice and ten times the rate, 24 hours of event time each (some minutes)
    python -m bench.throughput_rule --factor 2 --hours 8

A channel takes 60 messages a minute, a message lives six hours, and every arrival is a customer of their own. Runs the engine in one process.
"""

import argparse
import heapq
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.oracles.play import book_of
from udfs.core.engine import Engine, Step
from udfs.core.records import Action, Decision, Event, Outcome

MINUTE, HOUR = 60_000, 3_600_000
START = 1_767_571_200_000
"""2026-01-05T00:00:00Z."""
RATE = 60
"""Messages a minute."""
LIFE_HOURS = 6
POLICY = {"consent": {"default": {"marketing": "grant"}}, "throughput": {"email": f"{RATE} per minute"}}
CAMPAIGN = {
    "campaign": "news",
    "trigger": {"event": "page"},
    "variants": {"mail": {"channel": "email", "content": {"body": "News."}}},
    "send": {"expires": f"{LIFE_HOURS}h"},
}


@dataclass
class _Run:
    """Customers with something pending, and the results so far."""

    engine: Engine = field(default_factory=lambda: Engine(book_of(POLICY, [CAMPAIGN])))
    blobs: dict[str, bytes] = field(default_factory=dict)
    timers: list[tuple[int, str]] = field(default_factory=list)
    sent: Counter[int] = field(default_factory=Counter)
    """Hour -> messages that went out."""
    late: Counter[int] = field(default_factory=Counter)
    """Hour -> candidates withheld because their message would have been too late."""
    decisions: Counter[int] = field(default_factory=Counter)
    took_ns: Counter[int] = field(default_factory=Counter)
    """Hour -> processor time in the engine."""

    def pass_time(self, until: int) -> None:
        """Decide everything that falls due before `until`."""
        while self.timers and self.timers[0][0] < until:
            at, user = heapq.heappop(self.timers)
            began = time.process_time_ns()
            step = self.engine.on_time(self.blobs.pop(user), user, at)
            self.keep(step, user, at, time.process_time_ns() - began)

    def arrive(self, number: int, at: int) -> None:
        """Add a new customer, who looks at a page."""
        user = f"u{number}"
        happened = Event(message_id=f"m{number}", type="page", name="page", user_id=user, at=at, properties={}, traits={}, context={})
        began = time.process_time_ns()
        step = self.engine.on_event(None, happened)
        self.keep(step, user, at, time.process_time_ns() - began)

    def keep(self, step: Step, user: str, at: int, took_ns: int) -> None:
        """Count the outputs. A customer with nothing pending is not seen again."""
        hour = (at - START) // HOUR
        self.took_ns[hour] += took_ns
        for record in step.records:
            if isinstance(record, Action):
                self.sent[hour] += 1
            elif isinstance(record, Decision):
                self.decisions[hour] += 1
                self.late[hour] += record.outcome is Outcome.WITHHELD
        if step.due is not None:
            self.blobs[user] = step.blob
            heapq.heappush(self.timers, (step.due, user))


def measure(factor: int, hours: int = 24) -> dict[str, Any]:
    """Overload of `factor` times the rate for `hours` of event time; lists have one figure per hour."""
    run, entries = _Run(), []
    gap = MINUTE / (RATE * factor)
    number = 0
    for hour in range(hours):
        end = START + (hour + 1) * HOUR
        while (at := START + round(number * gap)) < end:
            run.pass_time(at)
            run.arrive(number, at)
            number += 1
        run.pass_time(end)
        entries.append(len(run.engine.throughput))
    each = range(hours)
    cost = [run.took_ns[hour] / run.decisions[hour] / 1000 for hour in each]
    return {
        "factor": factor,
        "hours": hours,
        "rate_per_hour": RATE * 60,
        "arrivals": number,
        "sent_per_hour": [run.sent[hour] for hour in each],
        "too_late_per_hour": [run.late[hour] for hour in each],
        "waiting_at_the_end": len(run.blobs),
        "entries_per_hour": entries,
        "us_per_decision": [round(us, 1) for us in cost],
        "first_hour_us": round(cost[0], 1),
        "last_hour_us": round(cost[-1], 1),
    }


def main() -> int:
    """Measure and report; exit with 1 if the channel did not send at its rate in every hour."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.throughput_rule", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--factor", type=int, action="append", help="how many times the rate arrives; may be given several times (2 and 10)")
    parser.add_argument("--hours", type=int, default=24)
    told = parser.parse_args()
    kept = True
    for factor in told.factor or (2, 10):
        found = measure(factor, told.hours)
        kept = kept and set(found["sent_per_hour"]) == {found["rate_per_hour"]}
        print(f"{factor} x {found['rate_per_hour']} an hour for {told.hours} hours: {found['arrivals']:,} arrivals")
        print(f"{'hour':>6}{'sent':>10}{'too late':>10}{'entries':>10}{'us/decision':>13}")
        columns = ("sent_per_hour", "too_late_per_hour", "entries_per_hour", "us_per_decision")
        for hour, (sent, late, entries, us) in enumerate(zip(*(found[name] for name in columns), strict=True), 1):
            print(f"{hour:>6}{sent:>10,}{late:>10,}{entries:>10,}{us:>13}")
        print(f"waiting at the end: {found['waiting_at_the_end']:,}\n", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
