"""The events Kairos knows and what each should carry, compiled from schemas/catalogue.yaml once a process."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from udfs.codecs.amounts import Renamed
from udfs.codecs.kinds import KINDS, Kind
from udfs.core.values.names import other_spellings


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One event of the catalogue."""

    name: str
    means: str
    needs: tuple[str, ...] = ()
    passive: bool = False
    """Not something the person did just then: it never prolongs a session or ends a silence."""
    stops: bool = False
    """Says that something is over: never refused for what else it carries."""
    strict: bool = False
    """Any fault refuses the whole event."""
    identity: str | None = None
    """The property for which the message id stands in."""
    each: bool = False
    """About one product; with a list of products it is as many events."""
    lists: bool = False
    """Carries a list of products."""
    expects: tuple[str, ...] = ()
    """What it needs, its list, and what it mostly carries: without one of these, another sender's way to say it is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All of them, and the kind that each property and trait has wherever it appears."""

    events: Mapping[str, Known]
    kinds: Mapping[str, Kind]
    """By the name of the property, and by every other spelling of it: a kind that says the name."""
    trait_kinds: Mapping[str, Kind]
    trait_names: Mapping[str, str]
    """Every spelling of a trait that has a kind -> its name."""
    kind_names: Mapping[str, str]
    nobody: frozenset[str]
    """Ids that are nobody's, in lower case."""


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read at first use."""
    return compiled(YAML(typ="safe", pure=True).load(files("schemas").joinpath("catalogue.yaml").read_text(encoding="utf-8")))


def compiled(document: Mapping[str, Any]) -> Catalogue:
    """A catalogue as its file says it."""
    return Catalogue(
        events={name: _known(name, entry) for name, entry in document["events"].items()},
        kinds=_kinds(document["properties"]),
        trait_kinds={name: KINDS[kind] for name, kind in document["traits"].items()},
        trait_names={spelling: name for name in document["traits"] for spelling in (name, *other_spellings(name))},
        kind_names=document["properties"],
        nobody=frozenset(word.strip().lower() for word in document["nobody"]),
    )


def _known(name: str, entry: Mapping[str, Any]) -> Known:
    needs = tuple(entry.get("needs", ()))
    expects = (*needs, *(("products",) if entry.get("lists") else ()), *entry.get("expects", ()))
    return Known(name=name, **{**entry, "needs": needs, "expects": expects})


def _kinds(names: Mapping[str, str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {key: KINDS[kind] for key, kind in names.items()}
    return {**{spelling: _spelling_of(key) for key in kinds for spelling in other_spellings(key)}, **kinds}


def _spelling_of(name: str) -> Kind:
    def renamed(_: Any) -> Any:
        raise Renamed(name)

    return renamed
