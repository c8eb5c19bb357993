"""The summary of a run over a history, in a few lines."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from services.local.audience import Audience
from services.local.goals import Goals
from services.local.job import Output
from udfs.codecs.reasons import word_for
from udfs.core.campaigns.campaign import Campaign
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.policy.reach import ADDRESS
from udfs.core.policy.rules import Policy
from udfs.core.records import Action, Decision, Recall, Rejection, Segment

NO_RECEIPTS = "no receipts in this file (message_sent, message_delivered): recalls assume that nothing had been sent before"
ADDRESSES = "docs/policy.md#addresses"
"""Where to read on about addresses."""
MAX_SHOWN = 20
"""Fields of which something was set aside or is missing."""


class Summary:
    """Counts inputs and outputs, and measures the time since it was created."""

    def __init__(self) -> None:
        self.decisions: Counter[tuple[str, str, str]] = Counter()
        """By campaign, outcome and reason."""
        self.rejected: Counter[str] = Counter()
        """By reason: records that were refused whole."""
        self.set_aside: Counter[tuple[str, str]] = Counter()
        """By reason and field: parts of events that were processed without them, because they could not be read or were not sent."""
        self.segments: Counter[tuple[str, str]] = Counter()
        """By segment and change."""
        self.recalled: Counter[tuple[str, str]] = Counter()
        """By campaign and reason: messages that were decided, and then recalled."""
        self.goals = Goals()
        self.audience = Audience()
        """What happened to every trigger; pass `watchers=[summary.audience.watch]` to the job."""
        self.messages: Counter[str] = Counter()
        """By channel: messages on channels that need an address, unless whoever delivers keeps the addresses."""
        self.unaddressed: Counter[str] = Counter()
        """By channel: those of them for customers of whom no address is known."""
        self._started = time.perf_counter()

    def count(self, outputs: Sequence[Output]) -> None:
        """Add the outputs of one record or timer."""
        self.audience.count(outputs)
        for output in outputs:
            if isinstance(output, Decision):
                self.decisions[output.campaign, output.outcome, output.reason] += 1
            elif isinstance(output, Action) and output.channel in ADDRESS:
                self.messages[output.channel] += 1
                self.unaddressed[output.channel] += output.to is None
            elif isinstance(output, Recall):
                self.recalled[output.campaign, output.reason] += 1
            elif isinstance(output, Rejection) and output.accepted:
                self.set_aside[output.reason, output.field or ""] += 1 + output.skipped
            elif isinstance(output, Rejection):
                self.rejected[output.reason] += 1
            elif isinstance(output, Segment):
                self.segments[output.segment, output.change] += 1
            elif isinstance(output, GoalOutcome):
                self.goals.take(output)

    def lines(
        self,
        *,
        events: int,
        profiles: Mapping[str, bytes],
        receipts: int | None = None,
        campaigns: Mapping[str, Campaign] | None = None,
        policy: Policy | None = None,
    ) -> Iterator[str]:
        """The summary as text. `receipts`: how many there were among the events; None: it is not known. `campaigns`, `policy`: what decided."""
        seconds = time.perf_counter() - self._started
        taken, people = _many(events, "event"), _many(len(profiles), "customer")
        yield f"{taken} of {people} in {seconds:.1f} s ({events / max(seconds, 1e-9):,.0f} events/s)"
        if not self.decisions:
            yield "no decisions"
        for (campaign, outcome, reason), number in sorted(self.decisions.items()):
            yield f"  {campaign:<24} {outcome:<9} {reason:<20} {number:>9,}"
        for (campaign, reason), number in sorted(self.recalled.items()):
            yield f"  {campaign:<24} {'recalled':<9} {reason:<20} {number:>9,}"
        if self.recalled and receipts == 0:
            yield f"  {NO_RECEIPTS}"
        if policy is not None:
            yield from self._addresses(policy)
        for reason, number in self.rejected.most_common():
            yield f"  {'rejected':<34} {reason:<20} {number:>9,}"
        for (reason, field), number in self.set_aside.most_common(MAX_SHOWN):
            yield f"  {word_for(reason, accepted=True):<10} {field[:22]:<23} {reason:<20} {number:>9,}"
        for (segment, change), number in sorted(self.segments.items()):
            yield f"  {segment:<24} {change:<9} {'':<20} {number:>9,}"
        yield from self.goals.lines(campaigns or {})
        yield from self._triggers()
        if sizes := sorted(map(len, profiles.values())):
            yield f"state of a customer: {sizes[len(sizes) // 2]:,} bytes (p50), {sizes[len(sizes) * 99 // 100]:,} (p99)"

    def _addresses(self, policy: Policy) -> Iterator[str]:
        """How many messages nobody could deliver. Where others keep the addresses, or actions are to carry none, nobody can tell here."""
        told = [channel for channel in self.messages if policy.addresses_in_actions and policy.addresses_of(channel) != "elsewhere"]
        lacking, whole = sum(self.unaddressed[each] for each in told), sum(self.messages[each] for each in told)
        if lacking:
            whom = "a customer" if lacking == 1 else "customers"
            yield f"{lacking:,} of {_many(whole, 'message')} {'is' if lacking == 1 else 'are'} for {whom} of whom no address is known ({ADDRESSES})"

    def _triggers(self) -> Iterator[str]:
        """A table of what happened to every trigger: it says why there is no decision."""
        rows = [row for row in self.audience.rows() if row]
        if not rows:
            yield "no campaign was triggered"
            return
        yield f"{'triggers':<24} {'fired':>9} {'unmet':>8} {'warming':>8} {'blocked':>8} {'cancelled':>10} {'decided':>8}"
        for row in rows:
            yield (
                f"  {row.campaign:<22} {row.triggered:>9,} {row.unmet:>8,} {row.warming:>8,} {row.blocked:>8,} {row.cancelled:>10,} {row.decided:>8,}"
            )
        for row in rows:
            if row.lost:
                runs = _many(row.lost, "run")
                yield f"  {row.campaign}: {runs} of its journey lost at a wait: what says until when is missing or cannot be read"


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
