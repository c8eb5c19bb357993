"""Claim 5 of models: which idle carts of a simulated shop are bought within a day, by trees, by a network over the steps of the visit, and by both.

Then the job: whatever happens to it, a customer's answer is that of her whole sequence at once. And what a sequence costs, whole, at the decision.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper

from bench.forecast_stories import WAYS, differences
from bench.report import Claim, at_most, exactly, measured
from services.documents.training_shape import READ_STEPS
from simulation.segment_spec import encoded
from simulation.world import World
from tests.training.forecast.test_in_the_job import INPUTS, SETTINGS, rows
from training.command import training
from training.config import read_config
from training.estimators.estimator import fit_with
from training.estimators.forecast import Forecast
from training.export import OUTPUT
from training.fit import fit
from training.gate import ask, parity, session_of
from training.inputs import Floats, labels, matrix
from training.manifest import Manifest, manifest_of, read
from training.measures import Ranking, bootstrap, estimate
from training.steps.folder import RunFolder
from training.steps.material import Material, material
from training.steps.step import Run
from udfs.core.features.model_inputs import Row as ModelRow
from udfs.core.features.steps import MAX_STEPS, WIDTH, Steps, value_of

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "docs" / "examples" / "forecast" / "features.yaml"
PROBE = ROOT / "training" / "probes" / "idle-cart.yaml"
START = 1_764_547_200_000
DAY = 86_400_000
CUSTOMERS, DAYS, SEED = 2_000, 42, 18
DRAWS, ROWS, UNITS, STORIES = 1_000, 300, 32, 400
WHOLE_US = 1_000
"""Twenty of them fit into the time that a model may take by its manifest."""
NAMES = ("lightgbm", "lstm", "forecast")
TITLES: Mapping[str, str] = {"lightgbm": "trees", "lstm": "the network", "forecast": "their mean, one file"}


def check(customers: int = CUSTOMERS) -> list[Claim]:
    """`customers`: of the shop."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        events = shop(folder / "events.jsonl", customers=customers)
        config = written(folder)
        ran = CliRunner().invoke(training, ["run", str(config)])
        if ran.exit_code:
            raise RuntimeError(ran.output)
        run = folder / "runs" / "checkout-forecast" / "0001"
        found = material(Run(config=read_config(config), folder=RunFolder(run), at=0))
        manifest = manifest_of(json.loads((run / "results" / "manifest.json").read_text()))
        exported = (run / "model.onnx").read_bytes()
        return [
            measured(f"a shop of {customers:,} customers, {DAYS} days: events", events, "events"),
            measured("carts that were idle for an hour, to learn from", len(found.parts.train), "carts"),
            measured("carts of the time after, for the test", len(found.parts.test), "carts"),
            *_lengths(found),
            *_compared(found),
            measured("ONNX and estimator on every test row differ by at most", manifest.parity.max_abs_difference * 1e6, "millionths"),
            *_cost(manifest, exported, found),
            *_whole(folder),
        ]


def shop(path: Path, *, customers: int, days: int = DAYS, seed: int = SEED) -> int:
    """Write the events of a shop, one a line. Returns how many."""
    number = 0
    with path.open("wb") as file:
        for posted in World(seed=seed, start=START, customers=customers).until(START + days * DAY):
            file.write(encoded(posted) + b"\n")
            number += 1
    return number


def written(folder: Path) -> Path:
    """A training file like the one that ships, on these events."""
    path = folder / "forecast.yaml"
    path.write_text(
        f"training: checkout-forecast\nhistory: {{file: events.jsonl}}\ncampaigns: {PROBE}\nfeatures: {FEATURES}\ngoal: order_completed\n"
        f"within: 1d\nestimator: forecast\nanonymous: true\ncheck: 20\nruns: runs\nstore: store\nregistry: registry\n"
    )
    return path


def _compared(found: Material) -> Iterator[Claim]:
    """The three on the same rows, each with its interval, and the differences, paired by customer."""
    train, test = found.parts.train, found.parts.test
    y, users, ranked = labels(test), [row.user_id for row in test], {}
    for name in NAMES:
        inputs = found.chosen.inputs if name in READ_STEPS else [each for each in found.chosen.inputs if not each.steps]
        x = matrix(inputs, test)
        fitted = fit(train, inputs, within=found.facts.within, seed=0, estimator=name)
        session = session_of(exported := fitted.model.onnx())
        ranked[name] = Ranking(y, ask(session, x)[:, 1])
        far = parity(exported, fitted.model.probabilities(x), x, test).max_abs_difference
        yield at_most(f"{TITLES[name]}: ONNX and estimator differ on every test row by at most", far * 1e6, "millionths", 100)
        yield measured(f"{TITLES[name]}: a row through onnxruntime ({len(exported):,} bytes)", _us(session, x), "us")
    draws = bootstrap(list(ranked.values()), users, draws=DRAWS, seed=0)
    for n, name in enumerate(NAMES):
        for m, title in enumerate(("AUC", "average precision", "Brier score")):
            told = estimate(ranked[name].figures()[m], draws[:, n, m])
            yield measured(f"{TITLES[name]}: {title}, 95 % interval {told.low:.3f} to {told.high:.3f}", told.value, "")
    for one, other in ((1, 0), (2, 0), (2, 1)):
        told = estimate(ranked[NAMES[one]].figures()[0] - ranked[NAMES[other]].figures()[0], draws[:, one, 0] - draws[:, other, 0])
        title = f"AUC of {TITLES[NAMES[one]]} less that of {TITLES[NAMES[other]]}, 95 % interval {told.low:.3f} to {told.high:.3f}"
        yield measured(title, told.value, "")


def _whole(folder: Path) -> Iterator[Claim]:
    """Made-up visits and two small models, so that the job's answers are those of the estimator about the whole visit, or are not."""
    models = [fit_with(Forecast(), SETTINGS, *rows(400, seed), inputs=INPUTS, seed=seed) for seed in (1, 2)]
    told = Counter(differences(models, folder, stories=STORIES))
    for way in WAYS:
        claim = f"answers that are not those of the whole sequence at once, of {told[way, False] + told[way, True]} visits: {way}"
        yield exactly(claim, told[way, True], "answers", 0)


def _us(session: Any, x: Floats) -> float:
    """Microseconds for one row: other rows each time, time of the processor, the least of seven rounds."""
    rows, taken = [x[n : n + 1] for n in range(min(ROWS, len(x)))], []
    for _ in range(7):
        began = time.thread_time()
        for row in rows:
            session.run([OUTPUT], {"input": row})
        taken.append((time.thread_time() - began) / len(rows) * 1e6)
    return min(taken)


def _cost(manifest: Manifest, exported: bytes, found: Material) -> Iterator[Claim]:
    """What a sequence costs: to keep a step, to write fifty of them, to make a row of them, and to ask about them, whole."""
    steps = Steps(("product_viewed", "product_added"))
    values = [value_of(1 + n % 2, float(n), 1, f"p{n % 20}") for n in range(MAX_STEPS)]
    state: Any = None
    for n, value in enumerate(values):
        state = steps.update(state, START + n * 60_000, START + n * 60_000, value)
    now = START + MAX_STEPS * 60_000
    text, row = steps.evaluate(state, now), ModelRow(read(manifest.inputs))
    session = session_of(exported)
    features = [{**each.features, "visit_steps": text} for each in found.parts.test[:ROWS]]
    x = np.array([row.of(each) for each in features], dtype=np.float32)
    yield measured("bytes of state for fifty steps", len(state), "bytes")
    yield measured("one more step in a full visit", _each(lambda n: steps.update(state, now + n, now + n, values[n % MAX_STEPS])), "us")
    yield measured("the text of fifty steps, at a decision", _each(lambda n: steps.evaluate(state, now + n)), "us")
    yield measured("a row of numbers from it", _each(lambda n: row.of(features[n % len(features)])), "us")
    whole = _us(session, x)
    yield at_most("the whole sequence of fifty steps, and the trees, through onnxruntime", whole, "us", WHOLE_US)
    yield from _carried(whole)


def _each(call: Callable[[int], Any], times: int = 2_000) -> float:
    taken = []
    for _ in range(5):
        began = time.thread_time()
        for n in range(times):
            call(n)
        taken.append((time.thread_time() - began) / times * 1e6)
    return min(taken)


def _carried(whole: float) -> Iterator[Claim]:
    """The other way: the state of the network kept in the profile, and one step run at each event."""
    random, width = np.random.default_rng(0), 15
    held = {
        "w": random.normal(size=(1, 4 * UNITS, width)),
        "r": random.normal(size=(1, 4 * UNITS, UNITS)) / UNITS,
        "b": np.zeros((1, 8 * UNITS)),
        "o": random.normal(size=(UNITS, 1)),
        "z": np.zeros(1),
    }
    tell, kind = helper.make_tensor_value_info, TensorProto.FLOAT
    graph = helper.make_graph(
        [
            helper.make_node("LSTM", ["x", "w", "r", "b", "", "h", "c"], ["", "h_after", "c_after"], hidden_size=UNITS),
            helper.make_node("Reshape", ["h_after", "shape"], ["last"]),
            helper.make_node("Gemm", ["last", "o", "z"], ["sum"]),
            helper.make_node("Sigmoid", ["sum"], ["p"]),
        ],
        "one step",
        [tell("x", kind, [1, 1, width]), tell("h", kind, [1, 1, UNITS]), tell("c", kind, [1, 1, UNITS])],
        [tell("p", kind, [1, 1]), tell("h_after", kind, [1, 1, UNITS]), tell("c_after", kind, [1, 1, UNITS])],
        [
            *(numpy_helper.from_array(value.astype(np.float32), name) for name, value in held.items()),
            numpy_helper.from_array(np.array([1, UNITS], dtype=np.int64), "shape"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session = session_of(model.SerializeToString(), inputs=("x", "h", "c"), output="p")
    x = random.normal(size=(1, 1, width)).astype(np.float32)
    kept = [np.zeros((1, 1, UNITS), dtype=np.float32).tobytes()] * 2

    def step(_: int) -> None:
        h, c = (np.frombuffer(each, dtype=np.float32).reshape(1, 1, UNITS) for each in kept)
        _, *after = session.run(None, {"x": x, "h": h, "c": c})
        kept[:] = [each.tobytes() for each in after]

    one = _each(step, 500)
    yield measured(f"instead, with (h, c) of {UNITS} units kept in the profile: one step, at each event", one, "us")
    yield measured("bytes of state for (h, c)", 2 * UNITS * 4, "bytes")
    yield measured("so many events cost as much as the whole sequence once, at the decision", whole / one, "events")


def _lengths(found: Material) -> Iterator[Claim]:
    lengths = [len(each.features["visit_steps"] or "") // WIDTH - 1 for each in found.rows if each.features["visit_steps"]]
    yield measured("carts whose visit has steps", 100 * len(lengths) / len(found.rows), "%")
    yield measured("steps of such a visit at the decision, mean", float(np.mean(lengths)), "steps")
    yield measured("one in a hundred has more than", float(np.percentile(lengths, 99)), "steps")
