"""Claim 1 of models: a propensity learned from a year of retail and evaluated on later orders. The job's scores are the estimator's."""

import json
from typing import Any

import numpy

from bench.evidence.shop_learning import Silent
from bench.lab import CheckFailed, Lab, lab
from bench.public_data import RETAIL
from bench.report import Claim, at_least, at_most, exactly, measured
from services.local.book import book_of
from training.history import from_file
from training.measures import Estimate
from training.options import PROBE
from training.results import keep
from training.run import Learned, Task, learn
from training.store import Store
from udfs.core.features.model_inputs import encode
from udfs.core.values.durations import DAY

FEATURES = PROBE.parent / "online-retail.yaml"
WITHIN = 30 * DAY
CAMPAIGN = """\
campaign: after-order
trigger: {event: order_completed}
variants:
  probe: {channel: email, content: {body: probe}}
score: {model: purchase-propensity, cold_start: 0.5}
"""


def check() -> list[Claim]:
    """Learn, publish into a job with the replay clock, replay the whole year, and compare every score with the estimator's."""
    if not RETAIL.exists():
        message = f"the public data is not here ({RETAIL.name} is looked for in ../shared/data/online_retail): this section cannot run"
        raise CheckFailed(message)
    book = book_of([PROBE], features=FEATURES)
    task = Task(source=from_file(RETAIL, "online-retail"), book=book, campaign="after-order", goal="order_completed", within=WITHIN)
    learned = learn(task, Silent())
    with lab() as stack:
        manifest, _ = keep(learned, task, name="purchase-propensity", store=Store(str(stack.home / "models")), out=stack.home / "out", at=0)
        scored, mute, far = _replayed(stack, learned, manifest.document())
    return [
        measured("rows to learn from, an order each", len(learned.parts.train), "rows"),
        measured("test rows, 30 days and more after the last of those", len(learned.parts.test), "rows"),
        *(_figures(learned, name) for name in ("auc", "ap", "brier")),
        *(_figures(learned, name, of="baseline") for name in ("auc", "ap", "brier")),
        *(_figures(learned, name, of="difference") for name in ("auc", "ap", "brier")),
        at_least("AUC of the model, lower end of its interval", learned.evaluation.model["auc"].low, "", 0.7),
        at_most("ONNX against estimator over those rows, largest difference", learned.parity.max_abs_difference, "", 1e-4),
        at_least("decisions scored by the job over the whole year", scored, "decisions", 20_000),
        exactly("decisions that the model did not score", mute, "decisions", 0),
        at_most("the job's score against the estimator's on the logged vector, largest difference", far, "", 1e-4),
    ]


def _figures(learned: Learned, name: str, *, of: str = "model") -> Claim:
    found: Estimate = getattr(learned.evaluation, of)[name]
    label = {"model": "model", "baseline": "recency and frequency, logistic regression", "difference": "model less baseline, paired"}[of]
    figure = f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
    return Claim(claim=f"{name.upper()}, {label}", figure=figure, unit="95 %", goal="", holds=True)


def _replayed(stack: Lab, learned: Learned, manifest: dict[str, Any]) -> tuple[int, int, float]:
    """How many decisions were scored, how many not, and the largest difference from the estimator."""
    files = {"after-order.yaml": CAMPAIGN, "features.yaml": FEATURES.read_text(), "manifest.json": json.dumps(manifest)}
    folder = stack.home / "campaigns-of-the-check"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    campaigns = [folder / name for name in ("after-order.yaml", "features.yaml")]
    stack.kairos("submit", "--clock", "replay", "--campaigns", *campaigns)
    stack.kairos("models", "publish", folder / "manifest.json")
    stack.kairos("replay", "--source", "online-retail", RETAIL, "--drain", "1d")
    decisions = [value for _, _, value in stack.records("decisions")]
    answered = [each for each in decisions if each["scores"]["purchase_propensity"]["reason"] == "SCORED"]
    table = numpy.array([encode(learned.chosen.inputs, each["features"]) for each in answered], dtype=numpy.float32)
    differences = numpy.abs(learned.fitted.scores(table) - numpy.array([each["scores"]["purchase_propensity"]["score"] for each in answered]))
    return len(answered), len(decisions) - len(answered), float(differences.max())
