"""What happened to every trigger, by campaign. It answers "why did so few get anything?", which decisions alone do not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.local.job import Output
from udfs.core.counts import Count
from udfs.core.records import Decision, Outcome


@dataclass(frozen=True, kw_only=True)
class Row:
    """One campaign's audience, in numbers of triggers."""

    campaign: str
    triggered: int
    """The trigger fired."""
    unmet: int
    """… and the condition did not hold."""
    warming: int
    """… and a feature that the condition reads was introduced so lately that its window has not filled yet."""
    blocked: int
    """… and the entry rule did not admit the customer."""
    cancelled: int
    """Ended by an exit such as a purchase, before the trigger fired or before the message was due."""
    decided: int
    """Final decisions; a journey makes several for one trigger."""
    lost: int = 0
    """Runs of a journey that ended at a wait, because nobody knows until when."""

    def __bool__(self) -> bool:
        """Whether anything happened in the campaign."""
        return bool(self.triggered or self.cancelled or self.decided or self.lost)


class Audience:
    """Counts the events of a `LocalJob` (`watchers=[audience.watch]`), and its decisions."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def watch(self, user: str, at: int, count: Count, campaign: str) -> None:
        """Add one count of a campaign."""
        self._counts[campaign, count] += 1

    def count(self, outputs: Iterable[Output]) -> None:
        """Add the decisions of one record or timer."""
        for output in outputs:
            if isinstance(output, Decision) and output.outcome is not Outcome.DEFERRED:
                self._counts[output.campaign, "decided"] += 1

    def rows(self, campaigns: Iterable[str] = ()) -> Iterator[Row]:
        """One row per campaign, by name. Campaigns in `names` have a row even if nothing happened."""
        found = self._counts
        for name in sorted({*campaigns, *(campaign for campaign, _ in found)}):
            yield Row(
                campaign=name,
                triggered=found[name, "triggers"],
                unmet=found[name, "triggers_unmet"],
                warming=found[name, "triggers_warming"],
                blocked=found[name, "entries_blocked"],
                cancelled=found[name, "pending_cancelled"],
                decided=found[name, "decided"],
                lost=found[name, "journeys_lost"],
            )
