"""`--export`: what the job recommends from, learned from the whole history, with the weights that validation items chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.recommend import blend, exposed, publishable, reranked, segments
from training.recommend.catalogue import Catalogue
from training.recommend.evaluate import Evaluation
from training.recommend.interactions import Interactions
from training.recommend.publishable import Published
from training.recommend.ranker import MIN_HISTORIES, Ranker
from training.recommend.recipe import ALIKE, TRENDING, Recipe
from training.recommend.reranked import Categories, Trial
from training.recommend.sequences import Floats
from training.recommend.shown import Log
from training.recommend.split import Parts, sessions
from training.recommend.strategies.strategy import Strategy
from udfs.core.recommend.categories import upwards

COMPARED = 500
"""Histories whose lists must be the same."""


@dataclass(frozen=True)
class Export:
    """What was written."""

    done: Published
    weights: Mapping[str, float]
    trial: Trial | None
    """The ranker against retrieval alone; None: there was too little to learn from."""
    notes: Sequence[str]
    """What there is to say of it."""


def published(
    file: Path,
    read: Interactions,
    parts: Parts,
    made: Mapping[str, Strategy],
    known: Catalogue | None,
    compared: Evaluation,
    *,
    segments_file: Path | None,
    shown: Log | None = None,
    by: str,
    seed: int,
) -> Export:
    """Write the file. `shown`: lists that people were shown; None: the ranker learns from items held out.

    Raises ParityError if a list of the engine differs from the evaluation's, or the exported ranker from the trees.
    """
    recipe = Recipe(read.items, made, known, compared.settings, seed)
    categories = [upwards(each) if each else [] for each in known.categories] if known is not None else []
    weights, of_weights = _weights(recipe, parts, categories, by=by)
    ranker, learned_from, of_ranker = _ranker(recipe, read, parts, weights, categories, shown)
    trial = None if ranker is None else _trial(recipe, ranker, parts, weights, categories, by=by, learned_from=learned_from)
    popular, of_segments = _popular(read, segments_file) if segments_file is not None else ({}, [])

    content, facts = (trial.onnx, {"ranker": told(trial)}) if trial is not None and trial.is_kept else (b"", {})
    found, together = recipe.learned(parts.everything, weights, ranker=content, popular=popular, facts=facts)
    histories = parts.test.take(np.arange(min(len(parts.test), COMPARED))).histories()
    done = publishable.write(found, together, histories, file)
    of_file = f"exported {file.name} to {file.parent}: {done.bytes:,} bytes, {done.compared:,} lists are the same"
    return Export(done, weights, trial, [of_weights, *of_ranker, told(trial), *of_segments, of_file])


def _weights(recipe: Recipe, parts: Parts, categories: Categories, *, by: str) -> tuple[Mapping[str, float], str]:
    """How much each source counts, as validation items chose, and what there is to say of it."""
    choices = blend.tried(has_content=ALIKE in recipe.made, has_categories=any(categories) and TRENDING in recipe.made)
    weights, reached = choices[0], None
    if len(choices) > 1:
        on_train, popularity = recipe.opened(parts.train, choices[0]), parts.train.popularity
        weights, reached = blend.choose(on_train, parts.validation, choices, categories=categories, popularity=popularity, by=by, seed=recipe.seed)
    said = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    return weights, f"weights: {said}" + (f" ({by} {reached:.4f} on validation items, the best of {len(choices)})" if reached is not None else "")


def _ranker(
    recipe: Recipe, read: Interactions, parts: Parts, weights: Mapping[str, float], categories: Categories, shown: Log | None
) -> tuple[Ranker | None, str, list[str]]:
    """The ranker, what it learned from, and what there is to say of that. None: there was too little to learn from."""
    notes: list[str] = []
    if shown is not None:
        of_visits = parts.everything is not read.sequences
        found, why = exposed.learn(
            shown, read, lambda early: recipe.opened(sessions(early)[0] if of_visits else early, weights, None), categories, seed=recipe.seed
        )
        if found is not None:
            return found, why, [f"ranker learns from {why}"]
        notes = [f"ranker learns from {reranked.HELD_OUT}: {why}"]
    found = reranked.learn(recipe.opened(parts.train, weights, None), parts.validation, categories, seed=recipe.seed)
    return found, reranked.HELD_OUT, notes


def _trial(
    recipe: Recipe, ranker: Ranker, parts: Parts, weights: Mapping[str, float], categories: Categories, *, by: str, learned_from: str
) -> Trial:
    """This ranker against retrieval alone, on test items."""
    content = reranked.onnx(ranker.booster)
    return reranked.trial(
        recipe.opened(parts.full, weights, content),
        ranker,
        content,
        parts.test,
        categories=categories,
        popularity=parts.full.popularity,
        by=by,
        seed=recipe.seed,
        learned_from=learned_from,
    )


def _popular(read: Interactions, file: Path) -> tuple[Mapping[str, Floats], list[str]]:
    """How popular each item is in each segment of this file, and what there is to say of it."""
    members, bad = segments.read(file)
    popular = segments.popularity(read.sequences, read.people, members)
    said = f"segments: {len(popular)} with {segments.MIN_PEOPLE} people or more of the history, of {len(members)}; {bad:,} lines left out"
    return popular, [said]


def told(trial: Trial | None) -> str:
    """The ranker against retrieval alone, in a sentence."""
    if trial is None:
        return f"ranker: none, because the items of fewer than {MIN_HISTORIES} validation histories are among their candidates"
    ranked, alone, gain = trial.ranked[trial.by], trial.alone[trial.by], trial.gain
    figures = f"{trial.by} {ranked:.4f} against {alone:.4f} of retrieval alone, {gain.gain:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    why = "kept" if trial.is_kept else "left out, since it is not better beyond chance"
    return f"ranker: {why}: {figures} on {trial.cases:,} items of people who did not decide that"
