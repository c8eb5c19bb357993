"""What it costs to use an answer again: cached scores against fresh ones over history, by the rules of the job.

The rules are those of `udfs.core.decision.scores`: an answer about a customer stands for `ttl`, and ends earlier by an event of a certain
name, or after so many events of the customer.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.inputs import labels
from training.measures import DRAWS, NAMES, Estimate, Floats, Ranking, bootstrap, estimate
from training.rows import Row

Happened = Mapping[str, Sequence[tuple[int, str]]]
"""User -> time and name of each of their events, in order of time."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When an answer is used again."""

    ttl: int
    """Milliseconds."""
    until: frozenset[str] = frozenset()
    after: int = 0
    """Events; 0: no number ends it."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a rule saves, and what it loses."""

    rows: int
    hits: int
    """Rows whose score was an earlier answer."""
    mean_difference: float
    """Between cached and fresh scores, over the hits; 0 without any."""
    largest_difference: float
    figures: Mapping[str, tuple[float, float, Estimate]]
    """auc, ap, brier -> with fresh scores, with cached ones, and the paired difference (cached less fresh) with its interval by user."""

    @property
    def hit_rate(self) -> float:
        """The share of rows whose score was an earlier answer."""
        return self.hits / self.rows if self.rows else 0.0


def cost(rows: Sequence[Row], fresh: Floats, happened: Happened, rule: Rule, *, draws: int = DRAWS, seed: int = 0) -> Cost:
    """Compare. `fresh`: the score of each row by the model, evaluated again. Raises ValueError without rows."""
    if not rows:
        message = "there are no rows to compare"
        raise ValueError(message)
    source = np.array(answered_at(rows, happened, rule))
    cached, y = fresh[source], labels(rows)
    far = np.abs(cached - fresh)[source != np.arange(len(rows))]
    rankings = [Ranking(y, fresh), Ranking(y, cached)]
    values = [ranking.figures() for ranking in rankings]
    drawn = bootstrap(rankings, [row.user_id for row in rows], draws=draws, seed=seed)
    return Cost(
        rows=len(rows),
        hits=len(far),
        mean_difference=float(far.mean()) if len(far) else 0.0,
        largest_difference=float(far.max()) if len(far) else 0.0,
        figures={
            name: (
                float(values[0][at]),
                float(values[1][at]),
                estimate(float(values[1][at] - values[0][at]), drawn[:, 1, at] - drawn[:, 0, at]),
            )
            for at, name in enumerate(NAMES)
        },
    )


def answered_at(rows: Sequence[Row], happened: Happened, rule: Rule) -> list[int]:
    """For each row, the row whose answer it uses: its own, or that of an earlier row of the same customer."""
    found = list(range(len(rows)))
    by_user: dict[str, list[int]] = defaultdict(list)
    for at in sorted(range(len(rows)), key=lambda at: rows[at].at):
        by_user[rows[at].user_id].append(at)
    for user, places in by_user.items():
        events = happened.get(user, ())
        times = [at for at, _ in events]
        kept: int | None = None
        for place in places:
            now = rows[place].at
            if kept is not None:
                since = events[bisect_right(times, rows[kept].at) : bisect_right(times, now)]
                ends = any(name in rule.until for _, name in since) or (rule.after and len(since) >= rule.after)
                if now < rows[kept].at + rule.ttl and not ends:
                    found[place] = kept
                    continue
            kept = place
    return found


def happened(events: Iterable[tuple[str, int, str]]) -> Happened:
    """Events (user, time, name) by user, in order of time."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for user, at, name in events:
        found[user].append((at, name))
    for each in found.values():
        each.sort()
    return found
