"""How well candidates fit what somebody looks for in this visit: what fits moves up before the next page is shown.

The catalogue is asked about the first candidates only, and only in visits in which somebody filtered, searched or read a review.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from udfs.core.items.item import Catalogue, Item, ItemReason
from udfs.core.recommend.candidates import Candidate
from udfs.core.recommend.recommender import STEPS, Recommender
from udfs.core.recommend.strategy import Source, Strategy

MAX_FITTED = 60
"""Candidates that are looked up."""
WEIGHT = 0.5
"""What fits entirely gains this share of the best score, where training or a strategy says nothing else."""
_FILTER = 2
"""How much a filter counts, compared with a word."""
_WORD = re.compile(r"\w{3,}")


def fitted(ordered: Iterator[Candidate], wanted: Sequence[str], catalogue: Catalogue, weight: float) -> Iterator[Candidate]:
    """The candidates, the first of them in the order of their score and of how well they fit. Who looks for nothing has them as they are."""
    if not wanted or not weight or catalogue.version is None:
        yield from ordered
        return
    first = list(islice(ordered, MAX_FITTED))
    told = [_said(catalogue.find(each.item), wanted) for each in first]
    useful = [place for place in range(len(wanted)) if any(said and said[place] for said in told)]  # a word that no item has says nothing
    total = sum(_counts(wanted[place]) for place in useful)
    worth = weight * (max((each.score for each in first), default=0.0) or 1.0) / max(total, 1)
    found = [_with_fit(each, said, wanted, worth) if said else each for each, said in zip(first, told, strict=True)]
    found.sort(key=lambda each: (-each.score, each.number))
    yield from found
    yield from ordered


def weight_of(recommender: Recommender, strategy: Strategy) -> float:
    """How much fitting counts: as the strategy says, else as training did."""
    if strategy.weights is not None:
        return strategy.weights.get(Source.WANTED, 0.0)
    return recommender.weights.get(Source.WANTED, WEIGHT)


def _with_fit(candidate: Candidate, said: Sequence[int], wanted: Sequence[str], worth: float) -> Candidate:
    gained = sum(sign * _counts(key) for sign, key in zip(said, wanted, strict=True))
    fits = tuple(key.replace("=", " ") for sign, key in zip(said, wanted, strict=True) if sign > 0)
    return candidate._replace(score=round((candidate.score + worth * gained) * STEPS) / STEPS, fits=fits)


def _counts(key: str) -> int:
    return _FILTER if "=" in key else 1


def _said(item: Item | ItemReason, wanted: Sequence[str]) -> list[int] | None:
    return fit_of(item, wanted) if isinstance(item, Item) else None


def fit_of(item: Item, wanted: Sequence[str]) -> list[int]:
    """For each word and filter: 1 where the item fits, -1 where it has another value of what is filtered by, else 0.

    >>> shoe = Item(id="a", name="Runner", tags=("arch support",), properties={"sizes": [9, 10]})
    >>> fit_of(shoe, ["size=10", "size=12", "arch", "blue", "colour=red"])
    [1, -1, 1, 0, 0]
    """
    words, found = _words_of(item), []
    for key in wanted:
        name, mark, value = key.partition("=")
        known = _values(item, name) if mark else None
        fits = value in known if known is not None else (value or name) in words
        found.append(1 if fits else 0 if known is None else -1)
    return found


def _values(item: Item, name: str) -> set[str] | None:
    """What an item says of a property, also of several (`sizes` for `size`); None where it says nothing."""
    told = item.brand if name == "brand" else item.properties.get(name, item.properties.get(f"{name}s"))
    return None if told is None else {_plain(each) for each in (told if isinstance(told, list | tuple) else [told])}


def _words_of(item: Item) -> set[str]:
    texts = [item.name, item.brand, item.category, *item.tags]
    for value in item.properties.values():
        texts += [each for each in (value if isinstance(value, list | tuple) else [value]) if isinstance(each, str)]
    return {word for text in texts if text for word in _WORD.findall(text.casefold())}


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else " ".join(str(value).split()).casefold()
