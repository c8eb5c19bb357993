"""Outcomes of decisions in a run, by campaign, variant and whether a message went out: the last record of each decision counts."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.goal import GUARDS
from udfs.core.goal_outcome import GoalOutcome

_WORDS = dict(zip(GUARDS, ("unsubscribed", "complained", "bounced", "dismissed"), strict=True))
"""Rate -> what happened to the messages that it counts."""
Group = tuple[str, str, str]
"""Campaign, variant and outcome."""


class _Told(NamedTuple):
    """What the last record of a decision said, as far as it is counted."""

    group: Group
    conversions: int
    value: float
    linear: float
    happened: tuple[str, ...]


class Goals:
    """Counts decisions whose campaigns have a goal."""

    def __init__(self) -> None:
        self.decisions: Counter[Group] = Counter()
        self.converted: Counter[Group] = Counter()
        """Decisions after which the goal was reached."""
        self.conversions: Counter[Group] = Counter()
        self.value: defaultdict[Group, float] = defaultdict(float)
        self.linear: defaultdict[Group, float] = defaultdict(float)
        """Conversions that are credited, by the model linear."""
        self.happened: Counter[tuple[Group, str]] = Counter()
        """What happened to how many messages."""
        self._latest: dict[str, _Told] = {}

    def take(self, outcome: GoalOutcome) -> None:
        """Add a record; it replaces the one before of the same decision."""
        before = self._latest.get(outcome.decision_id)
        if before is not None:
            self._add(before, -1)
        group = (outcome.campaign, outcome.variant, outcome.outcome.value)
        told = _Told(group, outcome.conversions, outcome.value or 0.0, outcome.credit["linear"], tuple(outcome.engagement))
        self._latest[outcome.decision_id] = told
        self._add(told, 1)

    def _add(self, told: _Told, sign: int) -> None:
        group = told.group
        self.decisions[group] += sign
        self.converted[group] += sign * (told.conversions > 0)
        self.conversions[group] += sign * told.conversions
        self.value[group] += sign * told.value
        self.linear[group] += sign * told.linear
        for word in told.happened:
            self.happened[group, word] += sign

    def lines(self, campaigns: Mapping[str, Campaign]) -> Iterator[str]:
        """A table, if there is anything to tell. `campaigns`: by name; those that have a guard show its rate."""
        groups = sorted(group for group, number in self.decisions.items() if number)
        if not groups:
            return
        yield f"{'goals':<46} {'decisions':>9} {'reached':>9} {'rate':>7} {'times':>7} {'value':>12} {'credited':>9}"
        for group in groups:
            number, reached = self.decisions[group], self.converted[group]
            name, variant, outcome = group
            shown = variant or "nothing"
            guards = "".join(f"  {guard} {self._rate(group, guard):.1%}" for guard in self._guards(campaigns.get(name)))
            yield (
                f"  {name[:22]:<22} {shown[:11]:<11} {outcome:<9} {number:>9,} {reached:>9,} {reached / number:>7.1%} "
                f"{self.conversions[group]:>7,} {self.value[group]:>12,.2f} {self.linear[group]:>9,.1f}{guards}"
            )

    def _guards(self, campaign: Campaign | None) -> tuple[str, ...]:
        return campaign.goal.guards if campaign is not None and campaign.goal is not None else ()

    def _rate(self, group: Group, guard: str) -> float:
        return self.happened[group, _WORDS[guard]] / self.decisions[group]
