"""`--export`: what the job recommends from, learned from the whole history, with the weights that validation items chose."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from training.recommend import blend, publishable, segments
from training.recommend.catalogue import Catalogue
from training.recommend.evaluate import Evaluation
from training.recommend.interactions import Interactions
from training.recommend.sequences import Floats, Sequences
from training.recommend.split import Parts
from training.recommend.strategies.strategy import Strategy
from udfs.core.recommend.categories import upwards
from udfs.recommend.packed import Learned, PackedRecommender, pack

TOGETHER, ALIKE, TRENDING = "item-to-item", "content", "trending"
COMPARED = 500
"""Histories whose lists must be the same."""


def published(
    file: Path,
    read: Interactions,
    parts: Parts,
    made: Mapping[str, Strategy],
    known: Catalogue | None,
    compared: Evaluation,
    *,
    segments_file: Path | None,
    by: str,
    seed: int,
) -> Iterator[str]:
    """Write the file, and say what it holds. Raises ParityError if a list of the engine differs from the evaluation's."""
    settings = compared.settings

    def learned(train: Sequences, weights: Mapping[str, float], popular: Mapping[str, Floats]) -> tuple[Learned, Any]:
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
            facts={"settings": str(settings[TOGETHER]), "items": len(read.items), "sequences": len(train)},
            segments=popular,
        )
        return found, together

    categories = [upwards(each) if each else [] for each in known.categories] if known is not None else []
    choices = blend.tried(has_content=ALIKE in made, has_categories=any(categories) and TRENDING in made)
    weights, reached = choices[0], None
    if len(choices) > 1:
        on_train = PackedRecommender(pack(learned(parts.train, choices[0], {})[0]), "")
        popularity = parts.train.popularity
        weights, reached = blend.choose(on_train, parts.validation, choices, categories=categories, popularity=popularity, by=by, seed=seed)
    popular: Mapping[str, Floats] = {}
    if segments_file is not None:
        members, bad = segments.read(segments_file)
        popular = segments.popularity(read.sequences, read.people, members)
        yield f"segments: {len(popular)} with {segments.MIN_PEOPLE} people or more of the history, of {len(members)}; {bad:,} lines left out"
    found, together = learned(parts.everything, weights, popular)
    histories = parts.test.take(np.arange(min(len(parts.test), COMPARED))).histories()
    done = publishable.write(found, together, histories, file)
    said = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    yield f"weights: {said}" + (f" ({by} {reached:.4f} on validation items, the best of {len(choices)})" if reached is not None else "")
    yield f"exported {file.name} to {file.parent}: {done.bytes:,} bytes, {done.compared:,} lists are the same"
