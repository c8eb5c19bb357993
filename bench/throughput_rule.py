"""The policy's throughput under sustained overload: does the channel keep sending at its full rate, and at what cost?

    python -m bench.throughput_rule                 # twice and ten times the rate, 24 hours of event time each (some minutes)
    python -m bench.throughput_rule --factor 2 --hours 8

A channel takes 60 messages a minute, a message lives six hours, and every arrival is a customer of their own. Runs the engine in one process.
"""

import argparse
import json
import sys
import time
from collections import Counter
from typing import Any

from services.local.job import LocalJob, Output
from services.replay.records import Record
from tests.oracles.play import book_of
from udfs.core.campaigns.book import Book
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


class _Timed(Engine):
    """The engine, with its processor time by hour, and the customers who are left with nothing pending."""

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self.took_ns: Counter[int] = Counter()
        self.idle: list[str] = []

    def on_event(self, blob: bytes | None, event: Event, kept: bytes | None = None) -> Step:
        began = time.process_time_ns()
        return self._noted(super().on_event(blob, event, kept), event.user_id, event.at, began)

    def on_time(self, blob: bytes | None, user_id: str, now: int) -> Step:
        began = time.process_time_ns()
        return self._noted(super().on_time(blob, user_id, now), user_id, now, began)

    def _noted(self, step: Step, user: str, at: int, began: int) -> Step:
        self.took_ns[_hour(at)] += time.process_time_ns() - began
        if step.due is None:
            self.idle.append(user)
        return step


class _Run:
    """A local job, and the results so far, by hour."""

    def __init__(self) -> None:
        self.job = LocalJob(book_of(POLICY, [CAMPAIGN]))
        self.engine = self.job.engine = _Timed(self.job.engine.book)
        self.sent: Counter[int] = Counter()
        self.late: Counter[int] = Counter()
        """Candidates withheld because their message would have been too late."""
        self.decisions: Counter[int] = Counter()

    def pass_time(self, until: int) -> None:
        """Decide everything that falls due before `until`."""
        for outputs in self.job.until(until - 1):
            self._count(outputs)

    def arrive(self, number: int, at: int) -> None:
        """Add a new customer, who looks at a page."""
        user = f"u{number}"
        happened = {"messageId": f"m{number}", "type": "page", "userId": user, "timestamp": at}
        self._count(self.job.take(Record(at, user.encode(), json.dumps(happened).encode())))

    def _count(self, outputs: list[Output]) -> None:
        for output in outputs:
            hour = _hour(output.at)
            if isinstance(output, Action):
                self.sent[hour] += 1
            elif isinstance(output, Decision):
                self.decisions[hour] += 1
                self.late[hour] += output.outcome is Outcome.WITHHELD
            else:
                raise TypeError(output)
        while self.engine.idle:  # customers with nothing pending are not seen again: a day has a million of them
            self.job.profiles.pop(self.engine.idle.pop(), None)


def _hour(at: int) -> int:
    return (at - START) // HOUR


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
    cost = [run.engine.took_ns[hour] / run.decisions[hour] / 1000 for hour in each]
    return {
        "factor": factor,
        "hours": hours,
        "rate_per_hour": RATE * 60,
        "arrivals": number,
        "sent_per_hour": [run.sent[hour] for hour in each],
        "too_late_per_hour": [run.late[hour] for hour in each],
        "waiting_at_the_end": len(run.job.profiles),
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
