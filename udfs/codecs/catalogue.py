"""The events Kairos knows and the properties that each requires, compiled from schemas/catalogue.yaml once per process."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from udfs.codecs.kinds import KINDS, Kind, NotFinite, Wrong
from udfs.codecs.reasons import Refused, RejectionReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One event of the catalogue."""

    name: str
    means: str
    needs: tuple[str, ...] = ()
    passive: bool = False
    """Not an action of the customer: it never extends a session or ends a silence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All events of the catalogue, and the kind of each property."""

    events: Mapping[str, Known]
    kinds: Mapping[str, Kind]
    kind_names: Mapping[str, str]

    def check(self, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        """Normalise the properties (in the same dict if nothing is left out). Unknown events require nothing. Raises `Refused`."""
        if None in properties.values():  # null is absent
            properties = {key: value for key, value in properties.items() if value is not None}
        known = self.events.get(name)
        if known is None:
            return properties
        for needed in known.needs:
            if needed not in properties:
                message = f"{name} requires {needed}: send it in properties"
                raise Refused(RejectionReason.MISSING_PROPERTY, f"properties.{needed}", message)
        self._normalise(properties, "properties")
        return properties

    def _normalise(self, properties: dict[str, Any], path: str) -> None:
        kinds = self.kinds
        for key, value in properties.items():
            kind = kinds.get(key)
            if kind is None:
                continue
            try:
                properties[key] = kind(value)  # replacing a value while going through a dict is allowed, adding a key is not
            except Wrong as wrong:
                reason = RejectionReason.NOT_FINITE if isinstance(wrong, NotFinite) else RejectionReason.BAD_PROPERTY
                message = f"{key} must be {wrong}; got {_shown(value)}"
                raise Refused(reason, f"{path}.{key}", message) from wrong
        items = properties.get("products")
        if items:
            for index, item in enumerate(items):
                for key in [key for key, value in item.items() if value is None]:
                    del item[key]
                self._normalise(item, f"{path}.products[{index}]")


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read at first use."""
    document = YAML(typ="safe", pure=True).load(files("schemas").joinpath("catalogue.yaml").read_text(encoding="utf-8"))
    kind_names: dict[str, str] = document["properties"]
    events = {
        name: Known(name=name, means=entry["means"], needs=tuple(entry.get("needs", ())), passive=entry.get("passive", False))
        for name, entry in document["events"].items()
    }
    return Catalogue(events=events, kinds={key: KINDS[kind] for key, kind in kind_names.items()}, kind_names=kind_names)


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
