"""The ranker of the job's lists: boosted trees that read what the job can tell of a candidate.

It learns from validation items, by the job's own features. It is kept only where its lists beat retrieval alone on the items held out of half of
the people; what is said of it is measured on the other half.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from lightgbm import Booster

from training.estimators.ensemble import Ensemble
from training.estimators.lightgbm import tree
from training.gate import TOLERANCE, parity_of
from training.recommend import ranker
from training.recommend.candidates import Candidates, Features
from training.recommend.cases import Cases
from training.recommend.deployed import about, as_kept, lists
from training.recommend.evaluate import batches
from training.recommend.measures import CUT, Gain, Tally, gain
from training.recommend.ranker import Ranker, Settings
from training.recommend.sequences import Floats, Longs
from udfs.core.recommend.candidates import asked
from udfs.core.recommend.strategy import Strategy
from udfs.recommend.features import FEATURES
from udfs.recommend.packed import PackedRecommender
from udfs.recommend.ranker import OUTPUT

MAX_LEARNED = 8_000
"""Validation cases whose candidates are made: each costs as much as a list of the job."""
MAX_COMPARED = 4_000
"""Cases held out on which lists with and without the ranker are compared."""
TRIED = (Settings(8, 60, 0.1), Settings(4, 60, 0.1))
"""Fewer and smaller trees than where time does not count: each decision waits for them."""
HELD_OUT = "items that were held out"
ALONE, RANKED = Strategy(ranker=False), Strategy()

Categories = Sequence[Sequence[str]]
Measures = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A ranker against retrieval alone, on the same items held out, of people who did not decide whether it is kept."""

    onnx: bytes
    settings: str
    learned: int
    """Histories that it learned from."""
    learned_from: str
    """What these are: items that were held out, or clicks in lists that were shown."""
    cases: int
    by: str
    """The measure that decides."""
    alone: Measures
    ranked: Measures
    gain: Gain
    decided_on: int
    """Cases of the other people, who decide."""
    decided: Gain
    """What the ranker gains there."""
    rows: int
    """Candidates of which the exported ranker says the same as the trees."""
    difference: float
    """The largest difference."""

    @property
    def is_kept(self) -> bool:
        """Whether its lists are better for those who decide, and not by chance."""
        return self.decided.low > 0


def learn(recommender: PackedRecommender, cases: Cases, categories: Categories, *, seed: int) -> Ranker | None:
    """Trees that order what this recommender brings. None: there is too little to learn from."""
    cases = cases.sample(MAX_LEARNED, seed=seed)
    found = ranker.groups(((candidates(recommender, batch, categories), batch.target) for batch in batches(cases)), seed=seed)
    return None if found is None else ranker.fit(found, seed=seed, tried=TRIED)


def onnx(booster: Booster) -> bytes:
    """The trees, summed, behind a sigmoid: the order stays, and scores are from 0 to 1. No converter is involved."""
    return Ensemble([tree(each["tree_structure"]) for each in booster.dump_model()["tree_info"]], 0.0, sigmoid=True, width=len(FEATURES)).share(
        OUTPUT
    )


def trial(
    recommender: PackedRecommender,
    learned: Ranker,
    content: bytes,
    cases: Cases,
    *,
    categories: Categories,
    popularity: Floats,
    by: str,
    seed: int,
    learned_from: str = HELD_OUT,
) -> Trial:
    """Lists with the ranker and without, by the job's own function. Raises ParityError if it says anything else than the trees.

    `recommender`: learned from all that may be known before the cases, with the ranker `content`.
    """
    cases = cases.sample(MAX_COMPARED, seed=seed)
    decides = _half(cases.people, seed=seed)
    deciding, reported = (cases.take(np.flatnonzero(part)) for part in (decides, ~decides))
    (_, decided, decided_rows), (figures, found, rows) = (
        _compared(recommender, learned, content, part, categories=categories, popularity=popularity, by=by, seed=seed)
        for part in (deciding, reported)
    )
    return Trial(
        onnx=content,
        settings=str(learned.settings),
        learned=learned.histories,
        learned_from=learned_from,
        cases=len(reported),
        by=by,
        alone=figures[0],
        ranked=figures[1],
        gain=found,
        decided_on=len(deciding),
        decided=decided,
        rows=decided_rows[0] + rows[0],
        difference=max(decided_rows[1], rows[1]),
    )


def _half(people: Longs, *, seed: int) -> npt.NDArray[np.bool_]:
    """Which cases are of one half of the people."""
    persons = np.unique(people)
    drawn = np.random.default_rng(seed).permutation(persons)[: len(persons) // 2]
    return np.isin(people, drawn)


def _compared(
    recommender: PackedRecommender,
    learned: Ranker,
    content: bytes,
    cases: Cases,
    *,
    categories: Categories,
    popularity: Floats,
    by: str,
    seed: int,
) -> tuple[tuple[Measures, Measures], Gain, tuple[int, float]]:
    """Figures without the ranker and with it; its gain; how many rows were compared with the trees, and the largest difference."""
    alone, ranked = Tally(popularity), Tally(popularity)
    rows, difference = 0, 0.0
    for batch in batches(cases):
        histories = as_kept(batch.histories())
        alone.add(lists(recommender, ALONE, histories, CUT, categories), batch.target)
        ranked.add(lists(recommender, RANKED, histories, CUT, categories), batch.target)
        seen = candidates(recommender, batch, categories).features
        rows += len(seen)
        difference = max(difference, compare(content, learned.booster, seen))
    return (alone.figures(), ranked.figures()), gain(ranked.ranks, alone.ranks, cases.people, by, seed=seed), (rows, difference)


def compare(content: bytes, booster: Booster, rows: Features) -> float:
    """The largest difference between the exported ranker and the trees. Raises ParityError if it is more than the gate allows."""
    if not len(rows):
        return 0.0
    theirs: Floats = 1 / (1 + np.exp(-ranker.predict(booster, rows)))
    return parity_of(content, theirs[:, None], rows, output=OUTPUT, tolerance=TOLERANCE).max_abs_difference


def candidates(recommender: PackedRecommender, batch: Cases, categories: Categories) -> Candidates:
    """What the job would ask a ranker for each history, without what must not be shown."""
    found = list(_of_each(recommender, batch, categories))
    rows = np.repeat(np.arange(len(found), dtype=np.int64), [len(ids) for ids, _ in found])
    ids = np.array([item for ids, _ in found for item in ids], np.int32)
    features = np.concatenate([each for _, each in found]) if found else np.zeros((0, len(FEATURES)), np.float32)
    return Candidates(rows, ids, features, {})


def _of_each(recommender: PackedRecommender, batch: Cases, categories: Categories) -> Iterator[tuple[list[int], Features]]:
    for known, seen in about(recommender, as_kept(batch.histories()), categories):
        parts, told = asked(recommender, RANKED, known)
        numbers, features = recommender.features([part for part, _ in parts], told)
        kept = [place for place, number in enumerate(numbers) if number not in seen]
        yield [numbers[place] for place in kept], features[kept]
