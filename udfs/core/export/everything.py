"""Everything that is known of somebody, in an order in which people read it, and the meaning of each part."""

from typing import Any

from udfs.core.export import messages, person, shopping
from udfs.core.export.part import Known, Part

PARTS: tuple[Part, ...] = (*person.PARTS, *shopping.PARTS, *messages.PARTS)


def exported(known: Known) -> dict[str, Any]:
    """Name of each part -> its value, in JSON types. It reads, and changes nothing."""
    return {part.name: part.read(known) for part in PARTS}


def with_meanings(found: dict[str, Any]) -> dict[str, Any]:
    """The same, each value next to its meaning. Parts that this version does not know, from a newer job, have none."""
    means = {part.name: part for part in PARTS}
    return {name: _told(means.get(name), value) for name, value in found.items()}


def _told(part: Part | None, value: Any) -> dict[str, Any]:
    if part is None:
        return {"value": value}
    return {"means": part.means, **({"fields": dict(part.fields)} if part.fields else {}), "value": value}
