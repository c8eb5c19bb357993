"""How much each source counts in the job's lists: chosen on validation items, by the job's own function."""

from collections.abc import Mapping, Sequence

import numpy as np

from training.recommend.cases import Cases
from training.recommend.deployed import as_kept, lists
from training.recommend.evaluate import batches
from training.recommend.measures import CUT, OF_RANKS, Tally
from training.recommend.sequences import Floats
from udfs.core.recommend.recommender import Recommender
from udfs.core.recommend.strategy import Source, Strategy

MAX_COMPARED = 1_000
"""Validation cases: each costs as much as a decision of the job, for each choice."""
SHARES = (0.0, 0.1, 0.3, 1.0)
TRENDING = (0.0, 0.05, 0.2)

Weights = Mapping[str, float]


def tried(*, has_content: bool, has_categories: bool) -> list[Weights]:
    """The choices, the plainest first."""
    return [
        {name.value: weight for name, weight in ((Source.TOGETHER, 1.0), (Source.ALIKE, alike), (Source.TRENDING, trending)) if weight}
        for alike in (SHARES if has_content else (0.0,))
        for trending in (TRENDING if has_categories else (0.0,))
    ]


def choose(
    recommender: Recommender, cases: Cases, choices: Sequence[Weights], *, categories: Sequence[Sequence[str]], popularity: Floats, by: str, seed: int
) -> tuple[Weights, float | None]:
    """The weights that find validation items best, the first of equals, and how well. `categories`: of each item, the narrowest first."""
    cases = cases.sample(MAX_COMPARED, seed=seed)
    if len(choices) == 1 or not len(cases):
        return choices[0], None
    found: list[float] = []
    for weights in choices:
        tally = Tally(popularity)
        for batch in batches(cases):
            tally.add(lists(recommender, Strategy(weights=weights), as_kept(batch.histories()), CUT, categories), batch.target)
        found.append(float(OF_RANKS[by](tally.ranks).mean()))
    best = int(np.argmax(found))
    return choices[best], found[best]
