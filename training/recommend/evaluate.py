"""The evaluation of strategies: settings by validation items, then every strategy and the two stages on the items held out, batch by batch."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.recommend import ranker
from training.recommend.candidates import FirstStage
from training.recommend.cases import Cases
from training.recommend.measures import CUT, OF_RANKS, Gain, Tally, gain
from training.recommend.ranker import Ranker
from training.recommend.sequences import Longs
from training.recommend.split import Parts
from training.recommend.strategies.strategy import Fitted, Strategy

MAX_COMPARED = 3_000
"""Validation cases on which the settings of a strategy are compared."""
MAX_LEARNED = 15_000
"""Validation cases from which the ranker learns."""
MAX_CASES = 200_000
"""Cases that are evaluated, at most."""
MAX_CELLS = 1 << 23
"""Scores that are held at a time: the number of histories in a batch times that of items."""
MAX_BATCH = 512

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One strategy, or the two stages, on the cases held out."""

    title: str
    settings: str
    measures: Mapping[str, float | None]
    ranks: Longs
    seconds: float
    """To choose settings and to learn."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The two stages against the best strategy alone."""

    best: str
    by: str
    """The measure that says which is the best, and by which they are compared."""
    gains: Mapping[str, Gain]

    @property
    def beats(self) -> bool:
        """Whether the two stages are better, and not by chance."""
        return self.gains[self.by].low > 0


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What an evaluation found."""

    strategies: Mapping[str, Figures]
    two_stages: Figures | None
    """None: there was too little to learn from."""
    verdict: Verdict | None
    cases: int
    people: int
    validation: int
    unknown: int
    """Items to find that nobody had taken among those who were learned from: no strategy but content can find them."""
    reached: float
    """The share of items to find that are among the candidates."""
    left_out: Mapping[str, int]
    lists_s: float
    """Seconds to make and evaluate the lists of all cases."""
    fitted: Mapping[str, Fitted]
    settings: Mapping[str, Any]


def evaluate(parts: Parts, strategies: Mapping[str, Strategy], *, by: str, seed: int, say: Say = lambda _: None) -> Evaluation:
    """Choose settings, learn and evaluate. `by`: the measure that settings are chosen by. The same input and seed give the same figures."""
    left_out = dict(parts.left_out)
    test = parts.test.sample(MAX_CASES, seed=seed)
    if len(test) < len(parts.test):
        left_out[f"cases beyond {MAX_CASES:,}, drawn by the seed"] = len(parts.test) - len(test)
    chosen: dict[str, Any] = {}
    fitted: dict[str, Fitted] = {}
    seconds: dict[str, float] = {}
    for name, strategy in strategies.items():
        say(f"{strategy.title}: settings")
        begun = time.perf_counter()
        chosen[name] = choose(strategy, parts, by=by, seed=seed)
        fitted[name] = strategy.fit(parts.train, chosen[name], seed=seed)
        seconds[name] = time.perf_counter() - begun
    say("two stages: candidates and ranker")
    begun = time.perf_counter()
    second = _ranker(FirstStage.of(fitted, parts.train), parts.validation.sample(MAX_LEARNED, seed=seed), seed=seed)
    ranker_s = time.perf_counter() - begun
    if parts.full is not parts.train:
        for name, strategy in strategies.items():
            begun = time.perf_counter()
            fitted[name] = strategy.fit(parts.full, chosen[name], seed=seed)
            seconds[name] += time.perf_counter() - begun
    say(f"evaluating {len(test):,} cases")
    begun = time.perf_counter()
    tallies, both, reached = assess(FirstStage.of(fitted, parts.full), second, test)
    lists_s = time.perf_counter() - begun
    popularity = parts.full.popularity
    found = {
        name: Figures(
            title=strategies[name].title,
            settings=str(chosen[name]),
            measures=tally.figures(),
            ranks=tally.ranks,
            seconds=seconds[name],
        )
        for name, tally in tallies.items()
    }
    stages = None
    if second is not None:
        stages = Figures(title="two stages", settings=str(second.settings), measures=both.figures(), ranks=both.ranks, seconds=ranker_s)
    return Evaluation(
        strategies=found,
        two_stages=stages,
        verdict=None if stages is None else _verdict(found, stages, test, by, seed),
        cases=len(test),
        people=len(np.unique(test.people)),
        validation=len(parts.validation),
        unknown=int((popularity[test.target] == 0).sum()),
        reached=reached,
        left_out=left_out,
        lists_s=lists_s,
        fitted=fitted,
        settings=chosen,
    )


def choose(strategy: Strategy, parts: Parts, *, by: str, seed: int) -> Any:
    """The settings that find validation items best, the first of equals; the first of all if there is nothing to choose."""
    cases = parts.validation.sample(MAX_COMPARED, seed=seed)
    if len(strategy.tried) == 1 or not len(cases):
        return strategy.tried[0]
    found: list[float] = []
    for settings in strategy.tried:
        fitted, tally = strategy.fit(parts.train, settings, seed=seed), Tally(parts.train.popularity)
        for batch in batches(cases):
            histories = batch.histories()
            tally.add(fitted.scores(histories).top(CUT, histories.seen), batch.target)
        found.append(float(OF_RANKS[by](tally.ranks).mean()))
    return strategy.tried[int(np.argmax(found))]


def assess(first: FirstStage, second: Ranker | None, cases: Cases) -> tuple[dict[str, Tally], Tally, float]:
    """The tallies of all strategies and of the two stages, and the share of items that are among the candidates."""
    tallies, both = {name: Tally(first.popularity) for name in first.fitted}, Tally(first.popularity)
    reached = 0
    for batch in batches(cases):
        histories = batch.histories()
        if second is None:
            lists = first.lists(histories)
        else:
            candidates = first.candidates(histories)
            lists = dict(candidates.lists)
            reached += int((candidates.ids == batch.target[candidates.rows]).sum())
            both.add(second.lists(candidates, len(batch), CUT), batch.target)
        for name, found in lists.items():
            tallies[name].add(found, batch.target)
    return tallies, both, reached / max(len(cases), 1)


def batches(cases: Cases) -> Iterator[Cases]:
    """All cases in order, as many at a time as fit into memory."""
    size = max(1, min(MAX_BATCH, MAX_CELLS // cases.base.n_items))
    for low in range(0, len(cases), size):
        yield cases.take(np.arange(low, min(low + size, len(cases)), dtype=np.int64))


def _ranker(first: FirstStage, cases: Cases, *, seed: int) -> Ranker | None:
    found = ranker.groups(((first.candidates(batch.histories()), batch.target) for batch in batches(cases)), seed=seed)
    return None if found is None else ranker.fit(found, seed=seed)


def _verdict(found: Mapping[str, Figures], stages: Figures, test: Cases, by: str, seed: int) -> Verdict:
    best = max(found, key=lambda name: float(OF_RANKS[by](found[name].ranks).mean()))
    gains = {measure: gain(stages.ranks, found[best].ranks, test.people, measure, seed=seed) for measure in dict.fromkeys([by, "HR@10", "HR@20"])}
    return Verdict(best=best, by=by, gains=gains)


def chosen_by(protocol: str) -> str:
    """The measure that a protocol is about."""
    return "NDCG@10" if protocol == "leave-one-out" else "MRR@20"
