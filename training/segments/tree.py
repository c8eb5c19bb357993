"""Segments as rules that people can read and change: a decision tree that learns who is in which, written as `segments.yaml`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import numpy.typing as npt
from ruamel.yaml import YAML
from sklearn.tree import DecisionTreeClassifier

from training.inputs import Floats
from training.segments.customers import Chosen
from training.segments.methods.method import Places
from training.segments.scale import Scale
from training.segments.words import Described
from udfs.core.expressions.compiler import MAX_CHARACTERS

MAX_DEPTH = 5
LEAVES = (4, 3, 2, 1)
"""Leaves for each segment: as many as fit into conditions that a segment may have."""
SHARE = 0.7
"""The share of customers that a tree learns from when its agreement is measured."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A condition for each segment. Everybody meets exactly one of them."""

    conditions: dict[str, str]
    agreement: float
    """The share of customers that such a tree, made without them, puts into the same segment."""
    same: float
    """The same of this tree, on the customers that it was made from."""


def rules(x: Floats, places: Places, chosen: Chosen, scale: Scale, found: Sequence[Described], *, seed: int = 0) -> Rules:
    """Learn a tree, and write it as conditions."""
    fill = _fill(scale)
    filled = np.where(np.isnan(x), fill, x).astype(np.float32)
    unknown = np.isnan(x).any(axis=0)
    names = [f"default({each.feature}, {_plain(float(fill[n]))})" if unknown[n] else each.feature for n, each in enumerate(chosen.inputs)]
    by_place = {each.place: each.name for each in found}
    drawn = np.random.default_rng(seed).random(len(x)) < SHARE
    for leaves in LEAVES:
        most = max(2, leaves * len(by_place))
        tree = _tree(filled, places, most, seed)
        conditions: dict[str, list[str]] = {}
        for place, bounds in _leaves(tree, filled):
            told = [part for n in sorted(bounds) for part in _bounds(names[n], *bounds[n])]
            conditions.setdefault(by_place[place], []).append(" and ".join(told) or "true")
        written = {name: _any(conditions[name]) for name in by_place.values() if name in conditions}
        if all(len(each) <= MAX_CHARACTERS for each in written.values()):
            break
    unseen = 0.0 if drawn.all() else float((_tree(filled[drawn], places[drawn], most, seed).predict(filled[~drawn]) == places[~drawn]).mean())
    return Rules(conditions=written, agreement=unseen, same=float((tree.predict(filled) == places).mean()))


def document(found: Sequence[Described], conditions: dict[str, str], *, head: str, model: str = "") -> str:
    """The file of segments, by conditions or by a model."""
    yaml = YAML()
    yaml.width = 110
    listed = [
        {"segment": each.name, "description": each.sentence, **({"model": model} if model else {"when": conditions[each.name]})}
        for each in found
        if model or each.name in conditions
    ]
    text = StringIO()
    yaml.dump({"segments": listed}, text)
    return "".join(f"# {line}\n" for line in head.splitlines()) + text.getvalue()


def _tree(x: Floats, places: Places, leaves: int, seed: int) -> Any:
    few = max(5, len(x) // 200)
    return DecisionTreeClassifier(max_depth=MAX_DEPTH, max_leaf_nodes=leaves, min_samples_leaf=few, random_state=seed).fit(x, places)


def _fill(scale: Scale) -> npt.NDArray[np.float64]:
    """What stands for an unknown value: the mean, as on the scale."""
    found: npt.NDArray[np.float64] = np.round(np.sign(scale.means) * np.expm1(np.abs(scale.means)), 3)
    return found


def _leaves(tree: Any, x: Floats) -> Iterator[tuple[int, dict[int, tuple[float | None, float | None]]]]:
    """The segment of each leaf, and the bounds of each input that lead there: above, at most."""
    nodes = tree.tree_
    waiting: list[tuple[int, dict[int, tuple[float | None, float | None]]]] = [(0, {})]
    while waiting:
        node, bounds = waiting.pop()
        if nodes.children_left[node] < 0:
            yield int(tree.classes_[nodes.value[node][0].argmax()]), bounds
            continue
        n = int(nodes.feature[node])
        cut = _short(float(nodes.threshold[node]), x[:, n])
        low, high = bounds.get(n, (None, None))
        waiting.append((int(nodes.children_right[node]), bounds | {n: (cut, high)}))
        waiting.append((int(nodes.children_left[node]), bounds | {n: (low, cut)}))


def _short(threshold: float, values: Floats) -> float:
    """The shortest number that parts the customers as this threshold does."""
    below, above = float(values[values <= threshold].max()), float(values[values > threshold].min())
    for digits in range(-6, 12):
        cut = round(threshold, digits)
        if below <= cut < above:
            return cut
    return threshold


def _bounds(name: str, low: float | None, high: float | None) -> Iterator[str]:
    if low is not None:
        yield f"{name} > {_plain(low)}"
    if high is not None:
        yield f"{name} <= {_plain(high)}"


def _plain(value: float) -> str:
    """A number as a condition has it: no exponent."""
    return np.format_float_positional(value, trim="-")


def _any(paths: Sequence[str]) -> str:
    return paths[0] if len(paths) == 1 else " or ".join(f"({each})" for each in paths)
