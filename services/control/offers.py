"""An offer that is a slip of the finger, such as 80 for 8 percent, is refused before it is published: the first message would already be too many."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.control.listing import Published
from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.policy.anomaly import Usual, amount_in, limit
from udfs.core.policy.rules import TRANSACTIONAL


def too_large(file: CampaignFile, live: Iterable[Published], usual: Usual) -> list[Finding]:
    """Refuse each number of an offer that is far above the most that this campaign gives now, or (of a new one) any campaign, unless it is declared.

    Only numbers as they stand in the file. What is computed for a customer is checked by the engine, message by message.
    """
    if file.kind != "campaign" or file.document.get("purpose") == TRANSACTIONAL:
        return []
    known = {each.name: dict(_largest(each.document)) for each in live if each.kind == "campaign"}
    merged = Usual(offers={name: _merged(known.get(name, {}), usual.offers.get(name, {})) for name in {*known, *usual.offers}})
    declared = _mapping(_mapping(file.document.get("expect")).get("offer"))
    found = []
    for variant, name, value in _numbers(file.document):
        most = declared[name] if isinstance(declared.get(name), (int, float)) else limit(name, merged.most(file.name, name))
        if most is not None and value > most:
            whose = f"'{file.name}'" if name in merged.offers.get(file.name, {}) else "any campaign"
            before = None if name in declared else merged.most(file.name, name)
            than = f"at most {most:g} is expected" + (f", since the most that {whose} has given is {before:g}" if before is not None else "")
            message = f"{name} is {value:g}, and {than}: its messages would be held as out of line"
            hint = f"if it is meant, say so in the campaign: `expect: {{offer: {{{name}: {value:g}}}}}`"
            found.append(file.source.finding(("variants", variant, "offer", name), message, suggestion=hint))
    return found


def _largest(document: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    largest: dict[str, float] = {}
    for _, name, value in _numbers(document):
        largest[name] = max(value, largest.get(name, value))
    yield from largest.items()


def _numbers(document: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    """Variant, name in its offer, and value, of every number that stands in a document."""
    for variant, told in _mapping(document.get("variants")).items():
        for name, value in _mapping(_mapping(told).get("offer")).items():
            if (amount := amount_in(value)) is not None:
                yield str(variant), str(name), amount


def _merged(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    return {name: max(one.get(name, 0.0), other.get(name, 0.0)) for name in {*one, *other}}


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
