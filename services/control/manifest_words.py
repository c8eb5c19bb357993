"""What is wrong with the shape of a manifest, in words: which field, what is there, and what belongs there."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from udfs.core.features.language.manifests import ManifestForm

_KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_CURE = "training writes manifest.json: take it again from the folder of the version in the registry, or train again"
_PLACE = re.compile(r" - at (?:`key` in )?`\$\.?([^`]*)`$")
_EXPECTED = re.compile(r"Expected `([^`]+)`, got `([^`]+)`")
_MISSING = re.compile(r"Object missing required field `([^`]+)`")


def misshapen(manifest: Mapping[str, Any]) -> str:
    """What keeps it from being read, and the cure; empty if nothing does. What its values say is checked elsewhere."""
    try:
        msgspec.convert(manifest, ManifestForm)
    except msgspec.ValidationError as error:
        return f"{_in_words(str(error))}; {_CURE}"
    return ""


def _in_words(said: str) -> str:
    """A message of msgspec, without its notation."""
    place = _PLACE.search(said)
    where = place[1].removesuffix("[...]") if place else ""  # of an object with keys of any name
    if found := _MISSING.match(said):
        return f"{'.'.join(filter(None, (where, found[1])))} is missing"
    if found := _EXPECTED.match(said):
        kinds = [each for each in found[1].split(" | ") if each != "int" or "float" not in found[1]]
        wanted = " or ".join(filter(None, (", ".join(map(_kind, kinds[:-1])), _kind(kinds[-1]))))
        return f"{where or 'the manifest'} is {_kind(found[2])}, where {wanted} belongs"
    return f"{where or 'the manifest'} cannot be read ({_PLACE.sub('', said)})"


def _kind(name: str) -> str:
    return _KINDS.get(name, name)
