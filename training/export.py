"""Export a trained estimator as ONNX, so that the job needs no scikit-learn."""

from collections.abc import Sequence
from typing import Any

import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

INPUT = "input"
OUTPUT = "probabilities"
OPSET = {"": 18, "ai.onnx.ml": 3}
"""The newest versions that may be used, fixed so that the same estimator gives the same bytes. The file names what its operators need."""


def export(estimator: Any, *, width: int) -> bytes:
    """The model as bytes: from `input`, rows of `width` float32, to `probabilities`, one float32 per class. Check it with `gate.parity` first."""
    types = [(INPUT, FloatTensorType([None, width]))]
    plain = {id(estimator): {"zipmap": False}} if hasattr(estimator, "predict_proba") else None  # a regressor has no such option
    model = to_onnx(estimator, initial_types=types, options=plain, target_opset=OPSET)
    _sort_opsets(model)
    exported: bytes = model.SerializeToString()
    return exported


def with_covers(content: bytes, covers: Sequence[float]) -> bytes:
    """The same model, which says how often the nodes of its trees were reached. `covers`: of every node, tree by tree, in the order of the file.
    A file with other nodes stays as it is."""
    model = onnx.load_from_string(content)
    for node in model.graph.node:
        for each in node.attribute:
            if each.name == "nodes_hitrates" and len(each.floats) == len(covers):
                each.floats[:] = covers
    told: bytes = model.SerializeToString(deterministic=True)
    return told


def _sort_opsets(model: Any) -> None:
    """Sort the domains by name: skl2onnx writes them in the order of a set, which changes with every process."""
    versions: dict[str, int] = {}
    for each in model.opset_import:
        versions[each.domain] = max(each.version, versions.get(each.domain, 0))
    del model.opset_import[:]
    for domain in sorted(versions):
        model.opset_import.add(domain=domain, version=versions[domain])
