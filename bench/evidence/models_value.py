"""Value: BG/NBD and Gamma-Gamma on CDNOW: the published parameters, the holdout through the training pipeline, ONNX against scipy, and its cost."""

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from click.testing import CliRunner

from bench import cdnow
from bench.report import Claim, at_most, measured
from training.command import training
from training.gate import ask, session_of
from training.inputs import Floats
from training.value import bg_nbd, gamma_gamma, graph
from training.value.estimators.bg_nbd import Fitted
from training.value.purchases import Purchases

FEATURES = Path(__file__).parents[2] / "docs" / "examples" / "value" / "features.yaml"
PUBLISHED = {"r": (0.243, 0.0005), "alpha": (4.414, 0.0005), "a": (0.793, 0.0005), "b": (2.426, 0.0005)}
SPENDING = {"p": (6.25, 0.005), "q": (3.74, 0.005), "v": (15.44, 0.01)}
"""Parameter -> its published value, and how far ours may be: half of the last digit that is printed."""
CUSTOMERS = 20_000


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """`customers`: how many made-up ones ONNX and scipy are compared on, besides those of CDNOW."""
    with cdnow.SUMMARY.open() as file:
        rows = np.array([[float(each) for each in row[1:]] for row in list(csv.reader(file))[1:]])
    found = Purchases(rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3], known=np.ones(len(rows), dtype=bool))
    orders, spending = bg_nbd.fit(found), gamma_gamma.fit(found)
    real = np.column_stack([rows[:, 0] + 1, rows[:, 2] * 7, (rows[:, 2] - rows[:, 1]) * 7, rows[:, 3]]).astype(np.float32)
    return [*_parameters(orders, spending), *_exact(orders, spending, real, _anybody(customers)), *_cost(orders, spending, real), *_holdout()]


def _parameters(orders: bg_nbd.BgNbd, spending: gamma_gamma.GammaGamma) -> Iterator[Claim]:
    for model, published in ((orders, PUBLISHED), (spending, SPENDING)):
        for name, (value, off) in published.items():
            ours = float(getattr(model, name))
            yield measured(f"CDNOW: {name}, published {value:g}", ours, "")
            yield at_most(f"CDNOW: {name} is off the published value by", abs(ours - value), "", off)


def _exact(orders: bg_nbd.BgNbd, spending: gamma_gamma.GammaGamma, real: Floats, anybody: Floats) -> Iterator[Claim]:
    for days in (90, 180):
        exported = graph.export(orders, spending, weeks=days / 7)
        for who, x in (("every customer of CDNOW", real), (f"{len(anybody):,} made-up customers and rows that are none", anybody)):
            ours, theirs = ask(session_of(exported, output=graph.OUTPUT), x, output=graph.OUTPUT), Fitted(orders, spending, days / 7).answers(x)
            worst = float((np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))).max())
            yield at_most(f"{days} days, {who}: ONNX and scipy differ by, of the answer or of 1", worst * 1e6, "millionths", 1)


def _cost(orders: bg_nbd.BgNbd, spending: gamma_gamma.GammaGamma, x: Floats) -> Iterator[Claim]:
    exported = graph.export(orders, spending, weeks=90 / 7)
    session, rows = session_of(exported, output=graph.OUTPUT), [x[n : n + 1] for n in range(500)]
    taken = []
    for _ in range(7):  # other rows each time; the least, since a machine is only ever slower than it is
        began = time.perf_counter()
        for row in rows:
            session.run([graph.OUTPUT], {"input": row})
        taken.append((time.perf_counter() - began) / len(rows) * 1e6)
    yield measured("an answer for one customer", min(taken), "us")
    yield measured("the model's file", len(exported), "bytes")


def _holdout() -> Iterator[Claim]:
    """Orders become events, events become features by the engine, and the model is asked about the 39 weeks after the split."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        cdnow.write(folder / "events.jsonl")
        ran = CliRunner().invoke(training, ["run", str(cdnow.training(folder, FEATURES, estimator="bg-nbd"))])
        if ran.exit_code:
            raise RuntimeError(ran.output)
        told: dict[str, Any] = json.loads((folder / "runs" / "cdnow-bg-nbd" / "0001" / "evaluation.json").read_text())
    figures = told["figures"]
    yield measured("holdout: customers", figures["rows"], "customers")
    yield at_most("holdout: mean absolute error of the number of orders in 39 weeks", figures["orders_mae"], "orders", 0.786)
    yield measured("holdout: mean absolute error of the value", figures["model"]["mae"]["value"], "USD")
    yield measured("holdout: the same if everybody goes on as before", figures["baseline"]["mae"]["value"], "USD")
    yield at_most("holdout: difference to that, upper end of its 95 % interval", figures["difference"]["mae"]["high"], "USD", 0)
    yield measured("holdout: rank correlation", figures["model"]["rank"]["value"], "")
    yield measured("holdout: all values together are off by", 100 * figures["bias"], "%")
    yield measured("holdout: of all that was spent, by the tenth with the highest forecasts", 100 * figures["tenths"][0]["captured"], "%")


def _anybody(number: int) -> Floats:
    """Customers of every kind, and rows that are no customer's."""
    random = np.random.default_rng(3)
    age = random.uniform(0, 3_000, number)
    x = np.column_stack([random.integers(0, 150, number), age, age * random.uniform(0, 1.2, number), random.gamma(2, 20, number)])
    x[::50, 3] = np.nan
    x[7::50, 1] = np.nan
    x[::97], x[1::97], x[2::97], x[3::97], x[4::97] = 3e38, -3e38, np.inf, -np.inf, np.nan
    return x.astype(np.float32)
