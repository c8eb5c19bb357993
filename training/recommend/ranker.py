"""The second stage: boosted trees that order the candidates of each history (LambdaMART, https://doi.org/10.1007/978-3-642-14267-3).

It learns from validation items only: which of the candidates was the one that came next.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from lightgbm import Booster, Dataset, train

from training.recommend.candidates import Candidates, Features
from training.recommend.measures import OF_RANKS, ranks
from training.recommend.scores import Lists, best
from training.recommend.sequences import Floats, Ints, Longs

MIN_HISTORIES = 50
"""With fewer histories whose item is among the candidates nothing is learned."""
MAX_HISTORIES = 5_000
"""More of them cost time and change little."""
HELD_OUT = 0.25
"""The share of these histories on which settings are compared."""


@dataclass(frozen=True)
class Settings:
    """Hyperparameters."""

    leaves: int
    trees: int
    rate: float

    def __str__(self) -> str:
        return f"{self.trees} trees of {self.leaves} leaves, rate {self.rate:g}"


TRIED = (Settings(15, 150, 0.05), Settings(7, 100, 0.05))


@dataclass(frozen=True)
class Ranker:
    """Trees that have learned."""

    booster: Booster
    settings: Settings
    histories: int
    """How many it learned from."""

    def lists(self, candidates: Candidates, number: int, k: int) -> Lists:
        """The `k` best candidates of each of `number` histories."""
        scores = predict(self.booster, candidates.features)
        return best(candidates.rows, candidates.ids, scores, number=number, k=k)


@dataclass(frozen=True)
class Groups:
    """Candidates of the histories whose item is among them."""

    features: Features
    label: Longs
    """1: it came next."""
    rows: Longs
    """The number of the history, counted from 0 without a gap."""
    ids: Ints
    target: Ints
    """Of each history."""
    weights: Floats
    """How much each history counts."""

    def take(self, chosen: Longs) -> "Groups":
        """The histories with these numbers, in order."""
        number = np.full(len(self.target), -1, np.int64)
        number[chosen] = np.arange(len(chosen))
        kept = number[self.rows] >= 0
        return Groups(self.features[kept], self.label[kept], number[self.rows[kept]], self.ids[kept], self.target[chosen], self.weights[chosen])


def groups(batches: Iterable[tuple[Candidates, Ints]], *, seed: int | None = None) -> Groups | None:
    """What can be learned from: batches of candidates, each with the items to find. None: nothing. `seed`: it draws MAX_HISTORIES of more of them, as
    `fit` would, and the others take no memory meanwhile."""
    return weighted_groups(((candidates, target, np.ones(len(target))) for candidates, target in batches), seed=seed)


def weighted_groups(batches: Iterable[tuple[Candidates, Ints, Floats]], *, seed: int | None = None) -> Groups | None:
    """The same, with how much each history counts. One whose item is the only candidate says nothing."""
    found: list[Groups] = []
    begun = 0
    for candidates, target, weights in batches:
        label = (candidates.ids == target[candidates.rows]).astype(np.int64)
        reached = np.zeros(len(target), dtype=bool)
        reached[candidates.rows[label == 1]] = True
        reached &= np.bincount(candidates.rows, minlength=len(target)) > 1
        kept = reached[candidates.rows]
        number = (np.cumsum(reached) - 1)[candidates.rows[kept]]
        found.append(Groups(candidates.features[kept], label[kept], number, candidates.ids[kept], target[reached], weights[reached]))
        begun += int(reached.sum())
    if not found:
        return None
    if seed is not None and begun > MAX_HISTORIES:
        found = _some(found, np.sort(np.random.default_rng(seed).permutation(begun)[:MAX_HISTORIES]))
    return _joined(found)


def _some(parts: list[Groups], chosen: Longs) -> list[Groups]:
    """The histories with these numbers, in order. Each part is let go when it has been read: all of them are hundreds of megabytes."""
    kept: list[Groups] = []
    begun = 0
    for place, part in enumerate(parts):
        end = begun + len(part.target)
        kept.append(part.take(chosen[np.searchsorted(chosen, begun) : np.searchsorted(chosen, end)] - begun))
        parts[place] = kept[-1]
        begun = end
    return kept


def _joined(parts: list[Groups]) -> Groups:
    """One after the other, with their histories counted on."""
    begins = np.concatenate([[0], np.cumsum([len(each.target) for each in parts])]).astype(np.int64)
    return Groups(
        features=np.concatenate([each.features for each in parts]),
        label=np.concatenate([each.label for each in parts]),
        rows=np.concatenate([each.rows + begin for each, begin in zip(parts, begins[:-1], strict=True)]),
        ids=np.concatenate([each.ids for each in parts]),
        target=np.concatenate([each.target for each in parts]),
        weights=np.concatenate([each.weights for each in parts]),
    )


def fit(learned: Groups, *, seed: int, tried: Sequence[Settings] = TRIED) -> Ranker | None:
    """Fit with the settings that order held-out histories best. None: there is too little to learn from."""
    number = len(learned.target)
    if number < MIN_HISTORIES:
        return None
    order = np.random.default_rng(seed).permutation(number)
    if number > MAX_HISTORIES:
        learned = learned.take(np.sort(order[:MAX_HISTORIES]))
        number, order = MAX_HISTORIES, np.random.default_rng(seed).permutation(MAX_HISTORIES)
    held, others = np.sort(order[: int(number * HELD_OUT)]), np.sort(order[int(number * HELD_OUT) :])
    there, here = learned.take(held), learned.take(others)

    def reached(settings: Settings) -> float:
        scores = predict(_booster(here, settings, seed), there.features)
        lists = best(there.rows, there.ids, scores, number=len(there.target), k=10)
        return float(np.average(OF_RANKS["NDCG@10"](ranks(lists, there.target)), weights=there.weights))

    settings = max(tried, key=reached)  # the first of equals
    return Ranker(_booster(learned, settings, seed), settings, number)


def predict(booster: Booster, features: Features) -> Floats:
    """On one thread, so that sums are added in one order."""
    if not len(features):
        return np.zeros(0)
    found: Floats = np.asarray(booster.predict(features, num_threads=1, raw_score=True), dtype=np.float64)
    return found


def _booster(learned: Groups, settings: Settings, seed: int) -> Booster:
    parameters = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": 20,
        "num_leaves": settings.leaves,
        "learning_rate": settings.rate,
        "min_data_in_leaf": 50,
        "lambda_l2": 1.0,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
        "seed": seed % 2**31,
    }
    weight = None if (learned.weights == 1).all() else learned.weights[learned.rows]
    data = Dataset(learned.features, learned.label, weight=weight, group=np.bincount(learned.rows), free_raw_data=False)
    return train(parameters, data, num_boost_round=settings.trees)
