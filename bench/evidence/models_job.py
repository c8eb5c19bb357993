"""Section 5b of models: segments and forecasts in the running job, on a broker and a cluster.

Segments: from the event that was sent to the record of the changed membership that could be read. Forecasts: the TaskManager is killed, guests log in
and a new version is published while visits go on, and each score is what the version that the decision names says of the whole sequence.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np

from bench import segment_changes
from bench.forecast_visits import QUESTION, Asked, Right, Visits
from bench.lab import Lab, lab, send_all
from bench.onnx_files import manifest
from bench.report import Claim, at_least, exactly, measured
from services.local.book import book_of
from services.local.models import with_models
from tests.core.features.test_steps import VISIT
from tests.training.forecast.test_in_the_job import SETTINGS, rows
from training.estimators.estimator import fit_with
from training.estimators.forecast import Forecast
from training.segments.results import MODEL_FILE
from udfs.core.campaigns.book import Book
from udfs.core.features.model_inputs import Input
from udfs.core.features.steps import LENGTH

RATE, SECONDS, WARM_UP, SHOPPERS, VISITORS = 100, 60, 20, 600, 300
NEAR = 1e-6
NAME, SCORE = "checkout-forecast", "checkout_forecast"
"""Of the model, and of its score in a decision."""
CAMPAIGN = f"""\
campaign: forecast
trigger: {{event: {QUESTION.lower().replace(" ", "_")}}}
score: {{model: {NAME}, cold_start: 0.3}}
variants:
  only: {{channel: push, content: {{body: "Your cart waits."}}}}
"""
FEATURES = [
    {"name": "recency", "event": "order_completed", "aggregate": "time_since", "unit": "d"},
    {"name": "frequency", "event": "order_completed", "aggregate": "count"},
    {"name": "monetary", "event": "order_completed", "aggregate": "sum", "of": "properties.total"},
    {"name": "cart_value", "expression": "cart.value"},
    VISIT,
]


def check(visitors: int = VISITORS) -> list[Claim]:
    """`visitors`: whom the forecast is about."""
    with lab() as stack:
        files = stack.home / "files"
        files.mkdir()
        (files / "forecast.yaml").write_text(CAMPAIGN)
        (files / "features.yaml").write_text(json.dumps({"features": FEATURES}))
        book = book_of([files / "forecast.yaml", files / "features.yaml"])
        found = segment_changes.model(book, stack.home)
        (found / MODEL_FILE).rename(files / "segments.yaml")
        inputs, made = versions(book)
        manifests = [written(stack.home, book, inputs, content) for content in made.values()]
        stack.kairos("submit", "--campaigns", files, "--link-ids", "on", "--restore", "none", "--from", "latest")
        for path in (found / "manifest.json", manifests[0]):
            stack.kairos("models", "publish", path)
        _wait_for_both(stack)
        with_segments = with_models(book_of([files]), [found / "manifest.json"])
        segments = [*_segments(stack, "exactly-once", with_segments)]
        visits = _visited(stack, manifests[1], visitors)
        decisions = [value for _, _, value in stack.records("decisions") if value["trigger_event_id"].startswith("visit-")]
        stack.kairos("submit", "--campaigns", files, "--link-ids", "on", "--guarantee", "at-least-once")
        segments += _segments(stack, "at-least-once", with_segments)
        return [*segments, *forecasts(visits, decisions, Right(made, inputs), [*made])]


def versions(book: Book) -> tuple[list[Input], dict[str, bytes]]:
    """Two small networks with trees, as in section 5: what they read, and their files by the name that decisions have for them."""
    known = book.features.features
    inputs = [Input("cart_value", known["cart_value"].definition), Input("visit", known["visit"].definition, steps=LENGTH)]
    made = [fit_with(Forecast(), SETTINGS, *rows(400, seed), inputs=inputs, seed=seed).onnx() for seed in (1, 2)]
    return inputs, {f"{NAME}:{sha256(content).hexdigest()[:12]}": content for content in made}


def written(folder: Path, book: Book, inputs: Sequence[Input], content: bytes) -> Path:
    """The manifest of a version, in a file that can be published."""
    document = manifest(folder, content, features=book.features, inputs=[], name=NAME, input="input")
    document["inputs"] = [{"feature": i.feature, "definition": i.definition} | ({"steps": i.steps} if i.steps else {}) for i in inputs]
    path = folder / f"{document['version']}.json"
    path.write_text(json.dumps(document))
    return path


def _wait_for_both(stack: Lab) -> None:
    """Until somebody came into a segment, and a decision was scored."""
    number = 0

    def answered() -> bool:
        nonlocal number
        number += 1
        user, now = f"early-{number}", int(time.time() * 1000)
        question = {"messageId": f"early-{number}", "type": "track", "event": QUESTION, "userId": user, "timestamp": now}
        asked = (user.encode(), json.dumps(question).encode(), now)
        bought = segment_changes.order(user, number, now, 50.0)
        send_all(stack.brokers, "events", [asked, (bought.key, bought.value, now)])
        time.sleep(1)
        scored = any(value["scores"][SCORE]["reason"] == "SCORED" for _, _, value in stack.records("decisions"))
        return scored and any(True for _ in stack.records("segments"))

    stack.wait(answered, what="both models in force")


def _segments(stack: Lab, guarantee: str, book: Book) -> Iterator[Claim]:
    """Orders at a steady rate. With exactly-once a record can be read when its checkpoint is complete."""
    who, count = f"{guarantee}-shopper-", RATE * (SECONDS + WARM_UP)
    told = segment_changes.told(stack, who, rate=RATE, count=count, shoppers=SHOPPERS)
    found = Counter(segment_changes.change(each.value) for each in told)
    right = segment_changes.in_one_process(stack, who, book)
    took = []
    for value, seen_at in told:
        number, sent = map(int, value["trigger_event_id"].split("-"))
        if number >= RATE * WARM_UP:
            took.append(seen_at - sent / 1e6)
    what = f"segments, {guarantee}, {RATE} orders/s"
    yield measured(f"{what}: changes of membership of {SHOPPERS} customers in {SECONDS + WARM_UP} s", right.total(), "changes")
    yield measured(f"{what}: from the order sent to the changed membership read, p50 of {len(took):,}", float(np.quantile(took, 0.5)), "ms")
    yield measured(f"{what}: p99", float(np.quantile(took, 0.99)), "ms")
    yield exactly(f"{what}: changes that are there twice", found.total() - len(found), "changes", 0)
    differing = len(found.keys() ^ right.keys())
    yield exactly(f"{what}: changes that one process does not find in the same events, or that are missing", differing, "changes", 0)


def _visited(stack: Lab, newer: Path, visitors: int) -> Visits:
    """A kill, logins and a new version in the middle of the visits. Before and after ids change, the job reads all that was sent: two partitions of
    a topic have no common order, and a question that is read late is answered with what came after it, too."""
    visits = Visits(stack.brokers, visitors)

    def kill() -> None:
        visits.note_kill()
        stack.kill_task_manager()

    for _ in range(3):
        visits.steps()
    visits.questions()
    visits.steps()
    visits.questions(halfway=kill)
    visits.steps()
    visits.questions()
    stack.wait_until_consumed()
    visits.logins()
    visits.steps()
    visits.steps(as_guest=True)
    stack.wait_until_consumed()
    visits.questions()
    publishes = Thread(target=stack.kairos, args=("models", "publish", newer))
    publishes.start()
    while publishes.is_alive():
        visits.steps()
        visits.questions()
    publishes.join()
    visits.steps()
    visits.questions()
    stack.wait_until_consumed()
    return visits


def forecasts(visits: Visits, decisions: Sequence[Mapping[str, Any]], right: Right, versions: Sequence[str]) -> Iterator[Claim]:
    """What was decided, compared with what is right by the events that were sent. `versions`: as decisions name them, in the order of publication."""
    by_question = {each["trigger_event_id"]: each for each in decisions}
    answered = [(visits.asked[each], decision) for each, decision in by_question.items()]
    scores = [(asked, decision["scores"][SCORE], decision["at"]) for asked, decision in answered]
    scored = [each for each in scores if each[1]["reason"] == "SCORED"]
    spoken = Counter(score["model"] for _, score, _ in scored)
    yield measured(f"forecasts: {len(visits.visitors)} visits, {visits.sent:,} events; questions", len(visits.asked), "questions")
    yield exactly("forecasts: questions without a decision", len(visits.asked.keys() - by_question.keys()), "questions", 0)
    yield exactly("forecasts: decisions that are there twice", len(decisions) - len(by_question), "decisions", 0)
    yield exactly("forecasts: decisions that no version of the model scored", len(scores) - len(scored), "decisions", 0)
    for number, version in enumerate(versions, 1):
        yield at_least(f"forecasts: decisions by version {number}", spoken[version], "decisions", len(visits.visitors))
    parts = {
        "all": scored,
        "after the kill, in the same visit": [each for each in scored if each[0].killed],
        "after a login in the visit": [each for each in scored if each[0].logged_in],
        "by the new version, about steps from before it": [each for each in scored if each[1]["model"] == versions[1]],
    }
    worst = 0.0
    for title, part in parts.items():
        far = [abs(score["score"] - right.answer(score["model"], asked.told, asked.worth, at)) for asked, score, at in part]
        wrong = [each for each, by in zip(part, far, strict=True) if by > NEAR]
        worst = max([worst, *far])
        for asked, score, at in wrong[:5]:
            print(f"   {title}: {score} at {at}, after {asked}", flush=True)
        yield exactly(f"forecasts, {title}: of {len(part):,}, not the answer about the whole sequence", len(wrong), "decisions", 0)
    yield measured("forecasts: the largest difference", worst * 1e6, "millionths")
    for title, before in (("the kill", "killed"), ("the login", "logged_in")):
        lost = [_without(right, asked, getattr(asked, before), score, at) for asked, score, at in scored if getattr(asked, before)]
        claim = f"forecasts: of {len(lost):,}, those that would differ if the steps before {title} were lost"
        yield at_least(claim, float(np.mean(lost)), "of 1", 0.95)


def _without(right: Right, asked: Asked, first: int, score: Mapping[str, Any], at: int) -> bool:
    return bool(abs(score["score"] - right.answer(score["model"], asked.told[first:], asked.worth, at)) > NEAR)
