"""Ways to spoil a document: each key misspelt, each value of a wrong type, each key left out."""

import copy
import re
from collections.abc import Iterator
from typing import Any

NAMES = re.compile(
    r"campaign/variants|campaign/because/say|training/because|campaign/variants/[^/]+/(offer|content)|campaign/expect/offer|campaign/experiment/factors(/[^/]+)?"
    r"|campaign/steps/.*/split|campaign/steps/[^/]+/split|policy/consent/(default|categories)|policy/currency/rates|policy/throughput|policy/answered"
    r"|policy/addresses|policy/traits|features/(introduced|removed)|training/validate/features|metrics/metrics|metrics/metrics/[^/]+/funnel/stages"
)
"""Mappings whose keys are names that people give."""

Place = tuple[str | int, ...]


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from places(child, (*path, key))


def at(document: Any, path: Place) -> Any:
    for step in path:
        document = document[step]
    return document


def is_of_names(kind: str, document: dict[str, Any], path: Place) -> bool:
    """Whether the keys of the mapping at this place are names that people give. `score` holds names where it is of several models."""
    several = (kind, path) == ("campaign", ("score",)) and all(isinstance(each, dict) for each in document["score"].values())
    return several or NAMES.fullmatch("/".join(map(str, (kind, *path)))) is not None


def mutated(kind: str, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each key misspelt, each value of a wrong type; keys that are names are left alone."""
    for path in places(document):
        *above, last = path
        if isinstance(last, str) and not is_of_names(kind, document, tuple(above)):
            changed = copy.deepcopy(document)
            holder = at(changed, tuple(above))
            holder[f"{last}x"] = holder.pop(last)
            yield f"{path} misspelt", changed
        wrongs: tuple[Any, ...] = ({"wrong": {}}, [[]])
        for wrong in wrongs:
            changed = copy.deepcopy(document)
            at(changed, tuple(above))[last] = wrong
            yield f"{path} = {wrong}", changed


def without_a_key(kind: str, document: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The document without one of its keys, each in turn; keys that are names are left alone."""
    for path in places(document):
        *above, last = path
        if isinstance(last, str) and not is_of_names(kind, document, tuple(above)):
            changed = copy.deepcopy(document)
            del at(changed, tuple(above))[last]
            yield path, changed
