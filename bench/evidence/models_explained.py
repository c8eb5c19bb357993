"""Claim 7 of models: what each feature adds to a score is exact, for every estimator of trees, on real visits.

Exact means: equal to LightGBM's own (`pred_contrib`), and adding up to what the ONNX file answers. What adds up is compared on every row that is
looked at. The time is that of one score, on request: nothing of it runs where decisions are made.
"""

import csv
import time

import numpy as np

from bench.public_data import DATA
from bench.report import Claim, at_most, exactly, measured
from bench.shoppers import CATEGORIES, LABEL
from training.contributions import NoTrees, importance, trees_of
from training.estimators.all import ESTIMATORS, estimator
from training.estimators.estimator import Labels, fit_with
from training.estimators.lightgbm import Fitted, as_read
from training.gate import ask, session_of
from training.inputs import Floats
from udfs.core.features.model_inputs import Input

FILE = DATA / "online_shoppers" / "online_shoppers_intention.csv"
WITHOUT_TREES = frozenset({"logistic", "mlp"})
ROWS = 1_000
TOLERANCE = 1e-4
SLOW_MS = 100.0


def check(rows: int = ROWS) -> list[Claim]:
    """Every estimator, learned from two thirds of the visits, explained on the others."""
    if not FILE.exists():
        return [Claim(claim="the Online Shoppers data is there", figure=f"not at {FILE.parent.name}", unit="", goal="there", holds=False)]
    x, y, inputs = _visits()
    split = 2 * len(x) // 3
    train, test = (x[:split], y[:split]), x[split:][:rows]
    found = [measured("visits explained", len(test), "visits")]
    refused = 0
    for name in ESTIMATORS:
        made = estimator(name)
        settings = made.tried[0]
        model = fit_with(made, settings, *train, inputs=inputs, seed=18)
        content = model.onnx()
        if name in WITHOUT_TREES:
            refused += _is_refused(content)
            continue
        trees = trees_of(content)
        began = time.perf_counter()
        parts = [trees.parts(row) for row in test]
        took = 1_000 * (time.perf_counter() - began) / len(test)
        answers, sums = ask(session_of(content), test)[:, 1], np.array([each.sum for each in parts])
        told = np.clip(sums, 0, 1) if name in {"forest", "tree"} else 1 / (1 + np.exp(-sums))
        found.append(
            at_most(f"{made.title}: parts added up against the file's answer, largest difference", float(np.abs(told - answers).max()), "", TOLERANCE)
        )
        found.append(at_most(f"{made.title}: one score ({len(trees.leaves):,} leaves)", took, "ms", SLOW_MS))
        if isinstance(model, Fitted):
            found.append(
                at_most(f"{made.title}: against its own pred_contrib, largest difference", _apart(model, parts_of(parts), test), "", TOLERANCE)
            )
        if name == "boosted":
            moved = importance(trees, test[:: max(1, len(test) // 200)])
            order = np.argsort(-moved)[:3]
            told_of = ", ".join(f"{inputs[place].feature} {moved[place]:.2f}" for place in order)
            found.append(measured(f"{made.title}: what moves the score most ({told_of})", float(moved[order[0]]), "log-odds"))
    return [*found, exactly("models without trees that are refused", refused, "models", len(WITHOUT_TREES))]


def parts_of(parts: list) -> Floats:  # type: ignore[type-arg]
    """Rows of what each input adds, the base last, as LightGBM gives them."""
    return np.array([[*each.inputs, each.base] for each in parts])


def _apart(model: Fitted, ours: Floats, test: Floats) -> float:
    known = as_read(test, model.categories)
    theirs = np.mean([np.asarray(each.predict(known, num_threads=1, pred_contrib=True)) for each in model.boosters], axis=0)
    return float(np.abs(ours - theirs).max())


def _is_refused(content: bytes) -> bool:
    try:
        trees_of(content)
    except NoTrees:
        return True
    return False


def _visits() -> tuple[Floats, Labels, list[Input]]:
    with FILE.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = [name for name in rows[0] if name != LABEL]
    columns, inputs = [], []
    for name in names:
        told = [row[name] for row in rows]
        if name in CATEGORIES:
            kinds = {value: number for number, value in enumerate(sorted(set(told)))}
            inputs.append(Input(name, "", kinds))
            columns.append([float(kinds[value]) for value in told])
        else:
            inputs.append(Input(name, ""))
            columns.append(
                [{"TRUE": 1.0, "FALSE": 0.0}.get(value.upper(), np.nan) if value.upper() in {"TRUE", "FALSE"} else float(value) for value in told]
            )
    order = np.random.default_rng(18).permutation(len(rows))
    x = np.array(columns, dtype=np.float32).T[order]
    y = np.array([row[LABEL].upper() == "TRUE" for row in rows], dtype=np.int64)[order]
    return x, y, inputs
