"""What control holds under `catalogue`: where the files of the version in force are. The files travel by URI and hash, never in state."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from udfs.core.values.problems import DocumentError, Problem

KEY = "catalogue"
"""The key on control."""
FORMAT = 1
MAX_LAYERS = 4
MAX_LAYER_BYTES = 4 * 1024**3
_SHA256 = re.compile(r"[0-9a-f]{64}")


class CatalogueError(DocumentError):
    """A pointer to a catalogue that cannot be taken."""


class Layer(NamedTuple):
    """One file: all items, or what has changed since the layer below it."""

    uri: str
    sha256: str
    size: int
    """Bytes."""
    items: int


class Published(NamedTuple):
    """A version of the catalogue: its layers, the lowest first."""

    layers: tuple[Layer, ...]

    @property
    def version(self) -> str:
        """The version, as decisions name it: of the whole snapshot and of what has changed since."""
        return "+".join(layer.sha256[:12] for layer in self.layers)


def read_published(document: Any) -> Published:
    """A version from its document: {format: 1, layers: [{uri, sha256, size, items}]}. Raises CatalogueError with every problem in it."""
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        message = f"is no pointer to a catalogue of format {FORMAT}: `kairos catalogue serve` writes it"
        raise CatalogueError([Problem(("format",), message)])
    layers = document.get("layers")
    if not isinstance(layers, list) or not 1 <= len(layers) <= MAX_LAYERS:
        raise CatalogueError([Problem(("layers",), f"are 1 to {MAX_LAYERS} files")])
    problems = [problem for number, layer in enumerate(layers) for problem in _problems(layer, number)]
    if problems:
        raise CatalogueError(problems)
    return Published(tuple(Layer(each["uri"], each["sha256"], each["size"], each["items"]) for each in layers))


def document_of(published: Published) -> dict[str, Any]:
    """The document that `read_published` reads."""
    return {"format": FORMAT, "layers": [layer._asdict() for layer in published.layers]}


def _problems(layer: Any, number: int) -> list[Problem]:
    if not isinstance(layer, Mapping):
        return [Problem(("layers", number), "is a mapping with uri, sha256, size and items")]
    wrong = []
    if not isinstance(layer.get("uri"), str) or not 0 < len(layer["uri"]) <= 2_000:
        wrong.append(("uri", "is where the file is, as a text"))
    if not isinstance(layer.get("sha256"), str) or not _SHA256.fullmatch(layer["sha256"]):
        wrong.append(("sha256", "is the hash of the file, 64 hex digits"))
    if not _is_count(layer.get("size"), MAX_LAYER_BYTES) or layer["size"] == 0:
        wrong.append(("size", f"is how many bytes the file has, {MAX_LAYER_BYTES:,} at most"))
    if not _is_count(layer.get("items"), MAX_LAYER_BYTES):
        wrong.append(("items", "is how many items the file has"))
    return [Problem(("layers", number, field), message) for field, message in wrong]


def _is_count(value: Any, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
