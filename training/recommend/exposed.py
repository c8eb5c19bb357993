"""The ranker of the job's lists, learned from what people took of lists that they were shown.

What it reads of candidates comes from the time before these lists, so that no click has made its own item look good.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from training.recommend import ranker
from training.recommend.candidates import Candidates
from training.recommend.cases import Cases
from training.recommend.clicks import Clicks, clicks
from training.recommend.evaluate import batches
from training.recommend.interactions import Interactions
from training.recommend.ranker import Groups, Ranker
from training.recommend.reranked import MAX_LEARNED, TRIED, Categories, candidates
from training.recommend.sequences import Floats, Ints, Longs, Sequences
from training.recommend.shown import Log
from udfs.recommend.packed import PackedRecommender

MIN_CLICKS = 200
"""With fewer clicks nothing is learned from lists."""
BEFORE = 0.5
"""The share of the history, by its items, that is never taken for clicks: candidates must come from somewhere."""

Opened = Callable[[Sequences], PackedRecommender]


class Learned(NamedTuple):
    """A ranker from lists that were shown, or why there is none."""

    ranker: Ranker | None
    told: str


def learn(log: Log, read: Interactions, opened: Opened, categories: Categories, *, seed: int) -> Learned:
    """Trees that order what was shown. `opened`: what the job would recommend from, if it had learned from these sequences."""
    if not log.lists:
        return Learned(None, f"no list that was shown can be used{_left_out(log)}")
    times = read.sequences.times
    since = max(log.lists[0].at, int(np.quantile(times, BEFORE)))
    found = clicks(log.lists, read, since=since)
    if len(found.clicks) < MIN_CLICKS:
        return Learned(
            None, f"{found.lists:,} lists of people of the history have {len(found.clicks):,} clicks, fewer than {MIN_CLICKS}{_left_out(log)}"
        )
    made = groups(_some(found, seed=seed), read.sequences, opened(_before(read.sequences, since)), categories)
    fitted = None if made is None else ranker.fit(made, seed=seed, tried=TRIED)
    if fitted is None:
        return Learned(None, f"too few of {len(found.clicks):,} clicks are on what the sources bring")
    how = "measured on drawn items" if found.is_measured else "assumed, since too few drawn items were clicked"
    return Learned(
        fitted, f"{len(found.clicks):,} clicks in {found.lists:,} lists that were shown; how much is looked at each place is {how}{_left_out(log)}"
    )


def groups(found: Clicks, sequences: Sequences, recommender: PackedRecommender, categories: Categories) -> Groups | None:
    """Each click among the items of its list that were not taken, as the job would see them; None: there is none."""
    cases = Cases(
        base=sequences,
        begin=np.array([sequences.starts[each.person] for each in found.clicks], np.int64),
        end=np.array([each.end for each in found.clicks], np.int64),
        target=np.array([each.item for each in found.clicks], np.int32),
        own=np.full(len(found.clicks), -1, np.int64),
        people=np.array([each.person for each in found.clicks], np.int64),
        masked=False,
    )
    weights = found.weights
    shown = [frozenset((each.item, *each.shown)) for each in found.clicks]

    def of_batches() -> Iterator[tuple[Candidates, Ints, Floats]]:
        begun = 0
        for batch in batches(cases):
            listed = _only(candidates(recommender, batch, categories), shown[begun : begun + len(batch)])
            yield listed, batch.target, weights[begun : begun + len(batch)]
            begun += len(batch)

    return ranker.weighted_groups(of_batches())


def _some(found: Clicks, *, seed: int) -> Clicks:
    """At most `MAX_LEARNED` clicks, drawn by the seed: each costs as much as a list of the job."""
    if len(found.clicks) <= MAX_LEARNED:
        return found
    drawn = np.sort(np.random.default_rng(seed).choice(len(found.clicks), MAX_LEARNED, replace=False))
    return replace(found, clicks=[found.clicks[each] for each in drawn])


def _only(found: Candidates, shown: list[frozenset[int]]) -> Candidates:
    """The candidates that were shown."""
    kept = np.array([item in shown[row] for row, item in zip(found.rows.tolist(), found.ids.tolist(), strict=True)], bool)
    return Candidates(found.rows[kept], found.ids[kept], found.features[kept], {})


def _before(sequences: Sequences, since: int) -> Sequences:
    early = np.bincount(sequences.owners[sequences.times < since], minlength=len(sequences))
    ends: Longs = sequences.starts[:-1] + early
    return sequences.cut(sequences.starts[:-1], ends)


def _left_out(log: Log) -> str:
    return f" (left out: {', '.join(f'{number:,} {why}' for why, number in log.left_out.items())})" if log.left_out else ""
