"""How well candidates fit what somebody looks for in this visit: what fits moves up before the next page is shown.

The catalogue is asked about the first candidates only, and only in visits in which somebody filtered, searched or read a review.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from udfs.core.items.item import Catalogue, Item
from udfs.core.profile.wanted import Wanted, of_filter, words_of
from udfs.core.recommend.candidates import Candidate
from udfs.core.recommend.recommender import STEPS, Recommender
from udfs.core.recommend.strategy import Source, Strategy
from udfs.core.values.chance import fingerprint

MAX_FITTED = 60
"""Candidates that are looked up."""
WEIGHT = 0.5
"""What fits entirely gains this share of the best score, where training or a strategy says nothing else."""
_FILTER = 2
"""How much a filter counts, compared with a word."""

Fits = list[str | None]
"""For each thing that is looked for: how the item says it; empty where it says otherwise; None where it says nothing."""


def fitted(ordered: Iterator[Candidate], wanted: Sequence[Wanted], catalogue: Catalogue, weight: float) -> Iterator[Candidate]:
    """The candidates, the first of them in the order of their score and of how well they fit. Who looks for nothing has them as they are."""
    if not wanted or not weight or catalogue.version is None:
        yield from ordered
        return
    first = list(islice(ordered, MAX_FITTED))
    items = [catalogue.find(each.item) for each in first]
    told = [fit_of(item, wanted) if isinstance(item, Item) else None for item in items]
    useful = [place for place in range(len(wanted)) if any(fits and fits[place] for fits in told)]  # what no item has says nothing
    total = sum(_counts(wanted[place]) for place in useful)
    worth = weight * (max((each.score for each in first), default=0.0) or 1.0) / max(total, 1)
    found = [_with_fit(each, fits, wanted, worth) if fits else each for each, fits in zip(first, told, strict=True)]
    found.sort(key=lambda each: (-each.score, each.number))
    yield from found
    yield from ordered


def weight_of(recommender: Recommender, strategy: Strategy) -> float:
    """How much fitting counts: as the strategy says, else as training did."""
    if strategy.weights is not None:
        return strategy.weights.get(Source.WANTED, 0.0)
    return recommender.weights.get(Source.WANTED, WEIGHT)


def _with_fit(candidate: Candidate, fits: Fits, wanted: Sequence[Wanted], worth: float) -> Candidate:
    gained = sum((1 if said else -1) * _counts(each) for said, each in zip(fits, wanted, strict=True) if said is not None)
    return candidate._replace(score=round((candidate.score + worth * gained) * STEPS) / STEPS, fits=tuple(filter(None, fits)))


def _counts(wanted: Wanted) -> int:
    return _FILTER if wanted.name else 1


def fit_of(item: Item, wanted: Sequence[Wanted]) -> Fits:
    """What of it is looked for, in the words of the catalogue.

    >>> from udfs.core.profile.wanted import of_word
    >>> shoe = Item(id="a", name="Runner", tags=("arch support",), properties={"sizes": [9, 10]})
    >>> fit_of(shoe, [of_filter("size", "10"), of_filter("size", 12), of_word("arch"), of_word("blue"), of_filter("colour", "red")])
    ['size 10', '', 'arch', None, None]
    """
    filters = _filters_of(item) if any(each.name for each in wanted) else {}
    words = {fingerprint(word): word for word in _words_of(item)}
    found: Fits = []
    for each in wanted:
        known = filters.get(each.name) if each.name else words
        found.append(None if known is None else known.get(each.mark, "" if each.name else None))
    return found


def _filters_of(item: Item) -> dict[bytes, dict[bytes, str]]:
    """Name of a property -> its values, both as they are looked for. Of `sizes` the name is `size`, too."""
    found: dict[bytes, dict[bytes, str]] = {}
    for told, value in [*item.properties.items(), ("brand", item.brand)]:
        for name in {told, told.removesuffix("s")} if value is not None else ():
            for each in value if isinstance(value, list | tuple) else [value]:
                wanted = of_filter(name, each)
                found.setdefault(wanted.name, {})[wanted.mark] = f"{name} {each}"
            if isinstance(value, list | tuple):
                found.setdefault(fingerprint(name), {})
    return found


def _words_of(item: Item) -> set[str]:
    texts: list[Any] = [item.name, item.brand, item.category, *item.tags]
    for value in item.properties.values():
        texts += value if isinstance(value, list | tuple) else [value]
    return {word for text in texts if isinstance(text, str) for word in words_of(text)}
