"""Intent: BANKING77 and CLINC150 through the training pipeline, parity on every test text, and what a text costs."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from click.testing import CliRunner

from bench import intents
from bench.report import Claim, at_least, at_most, measured
from training.command import training
from training.export import OUTPUT
from training.gate import session_of
from udfs.core.features.grams import MAX_CHARACTERS, grams
from udfs.scoring.texts import PLACES, WEIGHTS

TEXTS = 500
ROUNDS = 7


def check(texts: int = TEXTS) -> list[Claim]:
    """`texts`: how many the cost is measured on."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        banking = _trained(intents.training(folder, "banking", intents.BANKING, threshold=0))
        clinc = _trained(intents.training(folder, "clinc", intents.CLINC, threshold=0.3))
        return [*_banking(banking), *_clinc(clinc), *_cost(banking, texts)]


def _trained(config: Path) -> Path:
    """The folder of the run."""
    ran = CliRunner().invoke(training, ["run", str(config)])
    if ran.exit_code:
        raise RuntimeError(ran.output)
    return config.parent / "runs" / config.stem / "0001"


def _banking(run: Path) -> Iterator[Claim]:
    told = _read(run / "evaluation.json")["figures"]
    yield at_least("BANKING77: accuracy", told["accuracy"], "", 0.910)
    yield measured("BANKING77: lower end of its 95 % interval", told["low"], "")
    yield from _parity("BANKING77", run)


def _clinc(run: Path) -> Iterator[Claim]:
    told = _read(run / "evaluation.json")
    plain = next(each for each in told["thresholds"] if each["threshold"] == 0)
    yield at_least("CLINC150: accuracy in scope, without a threshold", plain["accuracy"], "", 0.91)
    yield at_least("CLINC150: accuracy in scope, with out of scope below 0.3", told["figures"]["accuracy"], "", 0.89)
    yield at_least("CLINC150: of the texts out of scope, found to be so", told["figures"]["out_of_scope"], "", 0.80)
    yield from _parity("CLINC150", run)


def _parity(name: str, run: Path) -> Iterator[Claim]:
    told = _read(run / "parity.json")
    yield at_most(f"{name}: ONNX and training differ by, over {told['rows']:,} test texts", told["max_abs_difference"] * 1e6, "millionths", 100)
    yield measured(f"{name}: the model's file", (run / "model.onnx").stat().st_size / 1e6, "MB")


def _cost(run: Path, number: int) -> Iterator[Claim]:
    """Other texts each time; the least of several rounds, since a machine is only ever slower than it is."""
    texts = [json.loads(line)[0] for line in (run / "test.jsonl").read_text().splitlines()[:number]]
    session = session_of((run / "model.onnx").read_bytes(), inputs=(PLACES, WEIGHTS), output=OUTPUT)
    bits = _read(run / "fit.json")["bits"]
    cut, asked = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = [grams(text, bits) for text in texts]
        between = time.perf_counter()
        for places, weights in found:
            session.run([OUTPUT], {PLACES: np.array(places, dtype=np.int64), WEIGHTS: np.array(weights, dtype=np.float32)})
        cut.append((between - began) / len(texts) * 1e6)
        asked.append((time.perf_counter() - between) / len(texts) * 1e6)
    yield measured("BANKING77: cutting up a text", min(cut), "us")
    yield measured("BANKING77: asking the model about it", min(asked), "us")
    longest = "abcdefgh " * (10 * MAX_CHARACTERS)
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        grams(longest, bits)
        taken.append(time.perf_counter() - began)
    took = min(taken) * 1e3
    yield at_most(f"cutting up a text of {len(longest):,} characters, of which the first {MAX_CHARACTERS:,} are read", took, "ms", 20)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found
