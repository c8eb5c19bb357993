"""The files of a version of the catalogue."""

from udfs.catalogue.snapshot import BadSnapshot, Layered, Snapshot
from udfs.core.items.published import Layer, Published
from udfs.published.files import copied


def fetch(layer: Layer) -> Snapshot:
    """The layer, complete and verified, from `file:` or any URI that pyarrow reads (`s3:`, `gs:`). Raises BadSnapshot."""
    return Snapshot(copied(layer, BadSnapshot))


def whole(published: Published) -> Layered:
    """A version with all its layers, fetched now. Raises BadSnapshot."""
    return Layered([fetch(layer) for layer in published.layers], published.version)
