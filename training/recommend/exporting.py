"""`--export`: what the job recommends from, learned from the whole history, with the weights that validation items chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.recommend import blend, exposed, publishable, reranked, segments
from training.recommend.catalogue import Catalogue
from training.recommend.evaluate import Evaluation
from training.recommend.interactions import Interactions
from training.recommend.publishable import Published
from training.recommend.ranker import MIN_HISTORIES
from training.recommend.reranked import Trial
from training.recommend.sequences import Floats, Sequences
from training.recommend.shown import Log
from training.recommend.split import Parts, sessions
from training.recommend.strategies.strategy import Strategy
from udfs.core.recommend.categories import upwards
from udfs.recommend.packed import Learned, PackedRecommender, pack

TOGETHER, ALIKE, TRENDING = "item-to-item", "content", "trending"
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
    settings = compared.settings

    def learned(
        train: Sequences,
        weights: Mapping[str, float],
        *,
        ranker: bytes | None = b"",
        popular: Mapping[str, Floats] | None = None,
        facts: Mapping[str, Any] = {},
    ) -> tuple[Learned, Any]:
        together: Any = made[TOGETHER].fit(train, settings[TOGETHER], seed=seed)
        alike: Any = made[ALIKE].fit(train, settings[ALIKE], seed=seed) if ALIKE in made else None
        lately: Any = made[TRENDING].fit(train, settings[TRENDING], seed=seed) if TRENDING in made else None
        found = publishable.learned(
            train,
            read.items,
            together,
            alike=None if alike is None else alike.table,
            known=known,
            trending=None if lately is None else lately.values[-1],
            weights=weights,
            facts={"settings": str(settings[TOGETHER]), "items": len(read.items), "sequences": len(train), **facts},
            segments=popular,
            ranker=ranker,
        )
        return found, together

    def opened(train: Sequences, weights: Mapping[str, float], ranker: bytes | None = b"") -> PackedRecommender:
        return PackedRecommender(pack(learned(train, weights, ranker=ranker)[0]), "")

    notes: list[str] = []
    categories = [upwards(each) if each else [] for each in known.categories] if known is not None else []
    choices = blend.tried(has_content=ALIKE in made, has_categories=any(categories) and TRENDING in made)
    weights, reached = choices[0], None
    if len(choices) > 1:
        on_train, popularity = opened(parts.train, choices[0]), parts.train.popularity
        weights, reached = blend.choose(on_train, parts.validation, choices, categories=categories, popularity=popularity, by=by, seed=seed)
    said = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    notes.append(f"weights: {said}" + (f" ({by} {reached:.4f} on validation items, the best of {len(choices)})" if reached is not None else ""))

    found_ranker, learned_from = None, reranked.HELD_OUT
    if shown is not None:
        of_visits = parts.everything is not read.sequences
        found_ranker, why = exposed.learn(
            shown, read, lambda early: opened(sessions(early)[0] if of_visits else early, weights, None), categories, seed=seed
        )
        learned_from = why if found_ranker is not None else learned_from
        notes.append(f"ranker learns from {learned_from if found_ranker is not None else f'{reranked.HELD_OUT}: {why}'}")
    if found_ranker is None:
        found_ranker = reranked.learn(opened(parts.train, weights, None), parts.validation, categories, seed=seed)
    trial = None
    if found_ranker is not None:
        content = reranked.onnx(found_ranker.booster)
        trial = reranked.trial(
            opened(parts.full, weights, content),
            found_ranker,
            content,
            parts.test,
            categories=categories,
            popularity=parts.full.popularity,
            by=by,
            seed=seed,
            learned_from=learned_from,
        )
    notes.append(told(trial))

    popular: Mapping[str, Floats] = {}
    if segments_file is not None:
        members, bad = segments.read(segments_file)
        popular = segments.popularity(read.sequences, read.people, members)
        notes.append(f"segments: {len(popular)} with {segments.MIN_PEOPLE} people or more of the history, of {len(members)}; {bad:,} lines left out")
    kept = trial is not None and trial.is_kept
    content = trial.onnx if trial is not None and kept else b""
    found, together = learned(parts.everything, weights, ranker=content, popular=popular, facts={"ranker": told(trial)} if kept else {})
    histories = parts.test.take(np.arange(min(len(parts.test), COMPARED))).histories()
    done = publishable.write(found, together, histories, file)
    notes.append(f"exported {file.name} to {file.parent}: {done.bytes:,} bytes, {done.compared:,} lists are the same")
    return Export(done, weights, trial, notes)


def told(trial: Trial | None) -> str:
    """The ranker against retrieval alone, in a sentence."""
    if trial is None:
        return f"ranker: none, because the items of fewer than {MIN_HISTORIES} validation histories are among their candidates"
    ranked, alone, gain = trial.ranked[trial.by], trial.alone[trial.by], trial.gain
    figures = f"{trial.by} {ranked:.4f} against {alone:.4f} of retrieval alone, {gain.gain:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
    why = "kept" if trial.is_kept else "left out, since it is not better beyond chance"
    return f"ranker: {why}: {figures} on {trial.cases:,} items of people who did not decide that"
