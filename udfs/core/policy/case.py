"""What every rule of the policy is asked, and what it answers: one shape for all of them.

A rule is a function `check(case, channel) -> Closed | None`. It only looks: it takes no place, changes no profile and counts nothing, so it may be
asked about a channel that is never used. `channel` None asks about the candidate as a whole. `policy/checks.py` has the tables.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from udfs.core.policy.anomaly import Hold
from udfs.core.policy.residence import UTC_ZONE, zone_of
from udfs.core.policy.rules import TRANSACTIONAL, Policy, Subject, Then
from udfs.core.policy.throughput import Throughput
from udfs.core.profile.due import Place
from udfs.core.profile.state import Message, Profile
from udfs.core.records import Facts, Reason
from udfs.core.values.once import once


class Case:
    """What is assessed: a message of a campaign for one customer at one instant. Read-only."""

    def __init__(
        self,
        *,
        user_id: str,
        profile: Profile,
        campaign: Subject,
        policy: Policy,
        throughput: Throughput,
        now: int,
        asked: int,
        switches: Mapping[str, str],
        deployed: frozenset[str] | None,
        stale: bool = False,
        in_holdout: bool = False,
        kept: Place | None = None,
        about: Sequence[tuple[tuple[str, str], ...]] = (),
        deferred_by: frozenset[str] = frozenset(),
        hold: Hold | None = None,
        since: int = 0,
    ) -> None:
        self.user_id, self.profile, self.campaign, self.policy, self.throughput = user_id, profile, campaign, policy, throughput
        self.now = now
        """The instant of the decision."""
        self.asked = asked
        """From when on the message lives: its trigger, or the step of its journey."""
        self.switches = switches
        """What is switched off -> why."""
        self.deployed = deployed
        """The channels of this deployment; None: every one."""
        self.stale = stale
        """Whether the trigger was too old when it arrived."""
        self.in_holdout = in_holdout
        """Whether nothing would go out: the customer is in the global holdout or the campaign's control group."""
        self.kept = kept
        """The place in the throughput that was kept for it until now."""
        self.about = about
        """The products that it is about; known only of somebody who has declined anything."""
        self.deferred_by = deferred_by
        """The reasons that have put it off before."""
        self.hold = hold
        """Whether its campaign was found to be out of line."""
        self.since = since
        """When it was put off last; of a journey, when its run came to the step. Read of what was put off."""

    @property
    def bypasses(self) -> bool:
        """Whether it is transactional: caps, suppression, quiet hours and throughput do not limit it."""
        return self.campaign.purpose == TRANSACTIONAL

    @once
    def messages(self) -> list[Message]:
        """What went out to this customer, unpacked once for all caps and channels."""
        return self.profile.messages

    @once
    def zone(self) -> ZoneInfo:
        """The zone of the customer's calendar."""
        return zone_of(self.profile, self.policy.fallback or "UTC") or UTC_ZONE


class Closed(NamedTuple):
    """A rule's objection, and what follows: the next channel, a decision later, or none at all."""

    reason: Reason
    detail: str
    """In words, for people."""
    facts: Facts = ()
    """The same for programs: what the rule has looked at, one mapping for each thing that spoke."""
    then: Then = "next_channel"
    opens: int | None = None
    """When it is open again, before quiet hours and jitter, epoch milliseconds; None: never. Read if `then` is defer."""
    spread: int | None = None
    """Milliseconds over which customers are spread from then on; None: as the policy says."""
    defers_as: Reason | None = None
    """The reason that is used up by the deferral, if it is another: each may defer a candidate once."""
    keeps: Place | None = None
    """A place in the throughput that is kept for it until it comes back."""


class Rule(NamedTuple):
    """A row of a table of rules."""

    check: Callable[[Case, str | None], Closed | None]
    passed: str
    """How a candidate is when the rule has nothing against it, in words."""
    reasons: frozenset[Reason]
    """What it may object."""
