"""The ways to find segments, by name. Each is imported only when it is asked for."""

import importlib

from training.segments.methods.method import Method

METHODS = {
    "kmeans": "training.segments.methods.kmeans:KMeans",
    "mixture": "training.segments.methods.mixture:Mixture",
    "hierarchical": "training.segments.methods.hierarchical:Hierarchical",
    "dbscan": "training.segments.methods.dbscan:Dbscan",
}
DEFAULT = "kmeans"


def method(name: str) -> Method:
    """A way to find segments, one of METHODS."""
    module, kind = METHODS[name].split(":")
    made: Method = getattr(importlib.import_module(module), kind)()
    return made
