"""Compare ways to find segments and numbers of them, choose one, and make the model that serves it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.errors import HistoryError, ParityError, TrainingError
from training.gate import ask, session_of
from training.inputs import Floats
from training.segments.measures import Scores, agreement, scores, stability
from training.segments.methods.all import method
from training.segments.methods.method import OUTSIDE, Method, Places, Rule
from training.segments.methods.mixture import Mixture
from training.segments.scale import Points, Scale, learned, model_of

STABLE = 0.7
"""Segments that resamples agree on less than this are not chosen while others are: next month's would be other ones."""
LEAST = 0.01
"""A segment of a smaller share of the customers is hardly worth a name."""
MIN_CUSTOMERS = 100
TOLERANCE = 1e-6

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One way to find segments, with one setting. Without scores there were not two segments."""

    name: str
    title: str
    setting: Any
    places: Places
    scores: Scores | None
    stability: float = 0.0
    agreement: float | None = None
    """Of a stand-in, on customers that it was not made from; None: the model is the method itself."""
    bic: float | None = None

    @property
    def fits(self) -> bool:
        """Whether it is stable and its segments are large enough."""
        return self.scores is not None and self.stability >= STABLE and self.scores.smallest >= LEAST


@dataclass(frozen=True, kw_only=True)
class Found:
    """Segments of these customers, all that were compared, and the model."""

    trials: Sequence[Trial]
    best: Trial
    why: str
    """Why it was chosen."""
    scale: Scale
    z: Points
    rule: Rule
    model: bytes
    parity: float
    """The largest difference between the model's answers and the rule's, over all customers."""
    served: Places
    """The segment of each customer, as the job will say."""


def find(x: Floats, *, names: Sequence[str], numbers: Sequence[int], seed: int = 0, say: Say = lambda _: None) -> Found:
    """Compare and choose. Raises HistoryError where there is nothing to tell apart, ParityError where the model is not the rule."""
    if len(x) < MIN_CUSTOMERS:
        problem = f"too few customers: {len(x):,}, and segments need at least {MIN_CUSTOMERS}: use a longer history"
        raise HistoryError(problem)
    scale = learned(x)
    z = scale.scaled(x)
    different = len(np.unique(z, axis=0))
    if (most := max(numbers)) > different:
        problem = f"{most} segments of {different:,} different customers: ask for fewer, or name more features"
        raise TrainingError(problem)
    trials = []
    for name in names:
        way = method(name)
        for setting in way.settings(numbers, z):
            say(f"{way.title}, {setting}")
            trials.append(_trial(name, way, setting, z, seed))
    best, why = _best(trials)
    way = method(best.name)
    rule = way.rule(best.setting, z, best.places, seed=seed)
    nodes, constants = rule.nodes("scaled", "answer")
    model = model_of(scale, nodes, constants, width=x.shape[1], classes=rule.segments + rule.outliers)
    answers = ask(session_of(model), x)
    parity = float(np.abs(answers - rule.answers(z)).max())
    if not parity <= TOLERANCE:
        problem = f"export refused: the model and the segments differ by {parity:.1e}: another method may be exported faithfully"
        raise ParityError(problem)
    places = answers.argmax(axis=1).astype(np.int64)
    served = np.where(places == rule.segments, OUTSIDE, places)
    return Found(trials=trials, best=best, why=why, scale=scale, z=z, rule=rule, model=model, parity=parity, served=served)


def _trial(name: str, way: Method, setting: Any, z: Points, seed: int) -> Trial:
    places = way.fit(setting, z, seed=seed)
    found = scores(z, places, seed=seed)
    if found is None:
        return Trial(name=name, title=way.title, setting=setting, places=places, scores=None)
    return Trial(
        name=name,
        title=way.title,
        setting=setting,
        places=places,
        scores=found,
        stability=stability(way, setting, z, places, seed=seed),
        agreement=None if way.exact else agreement(way, setting, z, places, seed=seed),
        bic=way.bic(setting, z, seed=seed) if isinstance(way, Mixture) else None,
    )


def _best(trials: Sequence[Trial]) -> tuple[Trial, str]:
    """The highest silhouette among those that are stable and have no tiny segment; if there are none, among all."""
    scored = [each for each in trials if each.scores is not None]
    if not scored:
        problem = "no segments: everybody is in one place, or nobody is near to anybody. Name other features, or another method"
        raise HistoryError(problem)
    fit = [each for each in scored if each.fits]
    best = max(fit or scored, key=lambda each: each.scores.silhouette if each.scores else -1.0)
    if len(scored) == 1:
        return best, "it is the only one that was asked for"
    if fit:
        return best, f"of those that are stable (at least {STABLE}) and have no segment below {LEAST:.0%}, its silhouette is the highest"
    return best, f"its silhouette is the highest, but none is both stable (at least {STABLE}) and without a segment below {LEAST:.0%}"
