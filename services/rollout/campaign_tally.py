"""What decisions and outcomes say of a campaign that is rolled out, at one step of it. Pure.

A customer counts once, from the first decision at this step that acted or would have, and by the version of it: whoever had the new version at an
earlier step and comes again is new here. Only those whose time is over are compared, as in `kairos lift`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from services.lift.dump import read_values
from services.lift.persons import person_ids, persons_of
from services.lift.records import ACTED, CONTROL, Decided, Log, Told
from udfs.core.records import Reason

MAX_PEOPLE = 50_000
"""Of each group whose decisions are kept: enough for any comparison, and bounded."""
FAILED = frozenset({Reason.RENDER_FAILED.value, Reason.ENGINE_FAILED.value})
ENDED = frozenset({"final", "cut"})

log = logging.getLogger("rollout")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One group: its customers whose time is over."""

    told: Sequence[Told]
    assigned: int
    """Ids that were met at this step, whether their time is over or not."""

    @property
    def people(self) -> int:
        """How many those are whose time is over."""
        return len(self.told)

    def happened(self, word: str) -> int:
        """Of how many customers something happened to the message: unsubscribed, complained, bounced, dismissed."""
        return sum(word in each.happened for each in self.told)


@dataclass(kw_only=True)
class Tally:
    """One step. A first version is compared with the control group, another one with the version before."""

    campaign: str
    version: str
    """Of the version that is rolled out, as its decisions carry it at this step."""
    since: int
    """When the step began, epoch milliseconds."""
    before: str | None = None
    """The version that everybody else has; None: they get nothing."""
    decisions: int = 0
    """Of the new version, however they ended."""
    failures: int = 0
    failed_as: str = ""
    """The reason of the latest failure."""
    log: Log = field(default_factory=Log)
    _kept: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})

    def afresh(self) -> "Tally":
        """The same step, and nothing is known of it yet."""
        return Tally(campaign=self.campaign, version=self.version, since=self.since, before=self.before)

    def take_decision(self, decision: Mapping[str, Any]) -> None:
        """One decision, of whatever campaign. What it lacks makes it none of ours."""
        if decision.get("campaign") != self.campaign or decision.get("decided_at", 0) < self.since:
            return
        version, outcome = decision.get("campaign_version"), decision.get("outcome")
        if version == self.version:
            self.decisions += 1
            if decision.get("reason") in FAILED:
                self.failures += 1
                self.failed_as = str(decision["reason"])
            if outcome == ACTED:
                self._keep(decision, is_new=True)
            elif outcome == CONTROL and self.before is None:
                self._keep(decision, is_new=False)
        elif version is not None and version == self.before and outcome == ACTED:
            self._keep(decision, is_new=False)

    def take_outcome(self, outcome: Mapping[str, Any]) -> None:
        """One outcome; it counts if its decision was one of this step."""
        if outcome.get("decision_id") in self.log.decided and "revision" in outcome:
            self._take(outcome)

    def sides(self) -> tuple[Seen, Seen]:
        """Those who have the new version, and those they are compared with."""
        persons = persons_of(self.log, self.log.decided.values())
        firsts = person_ids(persons)
        found = []
        for side in (True, False):
            told = [self.log.told.get(person.first.decision) for person in persons if self._is_new(person.first) is side]
            ended = [each for each in told if each is not None and each.status in ENDED]
            found.append(Seen(told=ended, assigned=sum(self._is_new(each) is side for each in firsts)))
        return found[0], found[1]

    def _is_new(self, decided: Decided) -> bool:
        return decided.group == ACTED and decided.version == self.version

    def _keep(self, decision: Mapping[str, Any], *, is_new: bool) -> None:
        """Of somebody who is known already, or for whom there is room."""
        kept = self._kept[is_new]
        user = str(decision.get("user_id"))
        if user in kept or len(kept) < MAX_PEOPLE:
            kept.add(user)
            self._take(decision)

    def _take(self, value: Mapping[str, Any]) -> None:
        try:
            read_values(self.log, [value])
        except (msgspec.ValidationError, KeyError) as problem:
            log.debug("no decision of %s: %s", self.campaign, problem)  # anybody can write to a topic
