"""Reads a document of recommendations (YAML as plain values) into strategies. Every problem is collected, each with its path."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from udfs.core.recommend.language.shape import MAX_PER, MAX_STRATEGIES, MAX_WEIGHT, RECOMMENDATIONS, STRATEGY, WEIGHTS
from udfs.core.recommend.strategy import MAX_COUNT, Fill, Left, Strategies, Strategy
from udfs.core.values.chance import fingerprint
from udfs.core.values.document_reader import DocumentReader, KeyPath
from udfs.core.values.problems import DocumentError, Problem, did_you_mean, shown
from udfs.core.values.shapes import keys

KEY = "recommendations"
"""The key on control, and the one with which the document begins."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_EXAMPLE = "{default: {exclude: [bought], max_per: {brand: 2}}}"
Word = TypeVar("Word", bound=StrEnum)


def compile_strategies(document: Any, *, version: str = "") -> Strategies:
    """The strategies of a document; DocumentError with every problem in it. `version` is that of the document; each strategy has its own."""
    if not isinstance(document, Mapping):
        raise DocumentError([Problem((), f"recommendations are a mapping: recommendations: {_EXAMPLE}")])
    reader = DocumentReader()
    reader.keys((), document, keys(RECOMMENDATIONS))
    reader.text((), document)
    declared = reader.mapping((KEY,), document.get(KEY), _EXAMPLE)
    if not declared and not reader.problems:
        reader.refuse((KEY,), "names no strategy", f"such as {_EXAMPLE}")
    if len(declared) > MAX_STRATEGIES:
        reader.refuse((KEY,), f"there are at most {MAX_STRATEGIES} strategies, here are {len(declared)}")
    found = {str(name): _strategy(reader, (KEY, str(name)), str(name), value) for name, value in declared.items()}
    if reader.problems:
        raise DocumentError(reader.problems)
    return Strategies(found)


def _strategy(reader: DocumentReader, path: KeyPath, name: str, found: Any) -> Strategy:
    if not _NAME.fullmatch(name) or len(name) > 64:
        reader.refuse(path, f"{shown(name)} is not a name: write lower-case words joined by hyphens, at most 64 characters", at_key=True)
    found = reader.mapping(path, found, "{exclude: [bought, seen], max_per: {brand: 2}}")
    reader.keys(path, found, keys(STRATEGY))
    reader.text(path, found)
    most = reader.mapping((*path, "max_per"), found.get("max_per", {}), "{category: 3, brand: 2}")
    reader.keys((*path, "max_per"), most, keys(MAX_PER))
    ranker = found.get("ranker", True)
    if not isinstance(ranker, bool):
        reader.refuse((*path, "ranker"), f"is true or false, not {shown(ranker)}")
    elif ranker and "ranker" in found and "weights" in found:
        reader.refuse((*path, "ranker"), "there are weights, and with weights no ranker is used", "leave one of the two out")
    explore = reader.share((*path, "explore"), found["explore"]) if "explore" in found else 0.0
    if explore >= 1:
        reader.refuse((*path, "explore"), "draws every place: the best items would never be shown", "write a share such as 10%")
    return Strategy(
        name=name,
        version=fingerprint(msgspec.json.encode(found, order="sorted").decode()).hex()[:12],
        weights=_weights(reader, (*path, "weights"), found["weights"]) if "weights" in found else None,
        ranker=ranker is True,
        fill=_words(reader, (*path, "fill"), found["fill"], Fill) if "fill" in found else tuple(Fill),
        exclude=frozenset(_words(reader, (*path, "exclude"), found["exclude"], Left) if "exclude" in found else tuple(Left)),
        max_per_category=_most(reader, path, most, "category"),
        max_per_brand=_most(reader, path, most, "brand"),
        explore=explore,
    )


def _weights(reader: DocumentReader, path: KeyPath, found: Any) -> Mapping[str, float]:
    found = reader.mapping(path, found, "{together: 1, alike: 0.3}")
    reader.keys(path, found, keys(WEIGHTS))
    for source, weight in found.items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= MAX_WEIGHT:
            reader.refuse((*path, str(source)), f"a weight is a number from 0 to {MAX_WEIGHT}, not {shown(weight)}")
    if not reader.problems and not any(found.values()):
        reader.refuse(path, "no source counts anything", "write {together: 1}, or leave weights out: then training says how much each counts")
    return {str(source): float(weight) for source, weight in found.items() if isinstance(weight, (int, float))}


def _words(reader: DocumentReader, path: KeyPath, found: Any, known: type[Word]) -> tuple[Word, ...]:
    """A list of words, each once; it may be empty."""
    if not isinstance(found, list):
        reader.refuse(path, f"is a list, such as [{', '.join(known)}]; an empty one for nothing")
        return ()
    words: list[Word] = []
    for at, each in enumerate(found):
        if each not in list(known):
            reader.refuse((*path, at), f"{shown(each)} is not known here", did_you_mean(str(each), list(known)) or f"known here: {', '.join(known)}")
        elif (word := known(each)) not in words:
            words.append(word)
    return tuple(words)


def _most(reader: DocumentReader, path: KeyPath, found: Mapping[str, Any], name: str) -> int | None:
    if name not in found:
        return None
    return reader.whole((*path, "max_per", name), found[name], least=1, most=MAX_COUNT, what=f"how many items of one {name}")
