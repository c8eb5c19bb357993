"""Claim 4 of models: more than ten kinds of bad model reach the running job, bypassing the command that would refuse them. None does harm."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.evidence.exchange import start, write
from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import Lab, lab
from bench.onnx_files import linear, slow
from bench.report import Claim, at_least, exactly
from services.control.model_records import put_in_front, record
from services.kafka import client

Document = dict[str, Any]
HUGE = 65 * 1024 * 1024


def check() -> list[Claim]:
    """Publish a good model, replace it with each bad one, and publish the good one again."""
    with lab() as stack:
        start(stack)
        good = _read(write(stack, linear([0.5, 0.0]), name="good"))
        claims: list[Claim] = []
        with (
            traffic(stack.brokers, {"Product Viewed": {"product_id": "tent"}}, per_second=100),
            watch(stack.brokers, ["decisions", "rejected"]) as seen,
        ):
            for kind, (make, at_control) in KINDS.items():
                _publish(stack, put_in_front(good, None))
                _decided(seen, lambda each: _score(each)["model"] == f"propensity:{good['version']}", f"before: {kind}")
                mark = len(seen.seen)
                bad = make(stack, good)
                _publish(stack, put_in_front(bad, {"versions": [good]}))
                told = seen.first(_refused, what=f"{kind}: a word on rejected", since=mark)
                refused_at = told.value["rejected_at"]  # until then it was loading, and the previous one was used
                after = _decided(seen, lambda each, at=refused_at: each["decided_at"] > at, kind, since=mark)  # type: ignore[misc]
                by_bad = [each for each in seen.of("decisions", since=mark) if _score(each.value)["model"] == f"propensity:{bad.get('version')}"]
                wrong = [each for each in by_bad if not _sound(each)]
                spoke = _score(after)
                serving = "the last good one" if spoke["model"].endswith(good["version"]) else f"the cold start ({spoke['reason']})"
                expected = "the last good one" if at_control else "the cold start"
                print(f"   {kind}: {serving} serves; {told.value['message'][:150]}", flush=True)
                claims.append(
                    exactly(
                        f"{kind}: {expected} is used, {told.value['reason']} is reported, unsound scores",
                        len(wrong) + (expected not in serving),
                        "",
                        0,
                    )
                )
            _publish(stack, put_in_front(good, None))
            _decided(seen, lambda each: _score(each)["model"] == f"propensity:{good['version']}", "afterwards")
        stack.wait_until_consumed()
        answered = sum(1 for _ in stack.records("decisions"))
        return [
            at_least("kinds of bad model", len(KINDS), "kinds", 10),
            *claims,
            at_least("decisions made meanwhile", answered, "decisions", 100),
            exactly("restarts of the job", stack.restarts(), "restarts", 0),
        ]


def _nan(stack: Lab, good: Document) -> Document:
    return _read(write(stack, linear([float("nan"), 0.0]), name="nan"))


def _tampered(stack: Lab, good: Document) -> Document:
    made = _read(write(stack, linear([3.0, 0.0]), name="tampered"))
    (stack.home / "models" / f"{made['sha256']}.onnx").write_bytes(linear([4.0, 0.0]))
    return made


def _huge(stack: Lab, good: Document) -> Document:
    path = stack.home / "models" / "huge.onnx"
    with path.open("wb") as file:
        file.truncate(HUGE)
    return {**good, "uri": path.as_uri(), "sha256": "e" * 64, "version": "e" * 12, "bytes": HUGE // 2}


KINDS: dict[str, tuple[Callable[[Lab, Document], Document], bool]] = {
    "a feature that is not declared": (lambda stack, good: {**good, "inputs": [{"feature": "clicks", "definition": "x"}]}, True),
    "a feature that means something else": (lambda stack, good: {**good, "inputs": [{"feature": "views_7d", "definition": "x"}]}, True),
    "a version that is not its hash": (lambda stack, good: {**good, "version": "v2"}, True),
    "a manifest that says it is huge": (lambda stack, good: {**good, "bytes": HUGE, "sha256": "d" * 64, "version": "d" * 12}, True),
    "a file that is not there": (lambda stack, good: {**good, "uri": "file:///nowhere.onnx", "sha256": "f" * 64, "version": "f" * 12}, False),
    "a file that was tampered with": (_tampered, False),
    "a file that is huge": (_huge, False),
    "a file that is no ONNX": (lambda stack, good: _read(write(stack, b"\x08\x01" * 500, name="no-onnx")), False),
    "fewer columns than its manifest": (lambda stack, good: _read(write(stack, linear([1.0]), name="narrow")), False),
    "an output that does not exist": (lambda stack, good: _read(write(stack, linear([1.5, 0.0]), name="output", output="label")), False),
    "more classes than answers": (lambda stack, good: _read(write(stack, linear([1.6, 0.0]), name="classes", classes=["a", "b", "c"])), False),
    "NaN for an answer": (_nan, False),
    "answers outside 0 to 1": (lambda stack, good: _read(write(stack, linear([1.0, 0.0], scale=9.0), name="scale")), False),
    "far slower than its budget": (lambda stack, good: _read(write(stack, slow(2), name="slow", budget_ms=5)), False),
}
"""Kind -> how to make it, and whether control itself refuses it, so that the last valid one stays."""


def _publish(stack: Lab, document: Document) -> None:
    """Write to control directly, bypassing the command."""
    made = record(document)
    sender = client.producer(stack.brokers)
    sender.send("control", key=made.key.encode(), value=made.value).get(timeout=15)
    sender.close()


def _decided(seen: Watch, wanted: Callable[[dict[str, Any]], bool], what: str, *, since: int | None = None) -> dict[str, Any]:
    found = seen.first(lambda each: each.topic == "decisions" and wanted(each.value), what=what, since=len(seen.seen) if since is None else since)
    return found.value


def _refused(seen: Seen) -> bool:
    return seen.topic == "rejected" and seen.value["key"] == "model/propensity"


def _score(decision: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = decision["scores"]["propensity"]
    return found


def _sound(seen: Seen) -> bool:
    score = _score(seen.value)["score"]
    return isinstance(score, float) and 0 <= score <= 1


def _read(path: Path) -> Document:
    found: Document = json.loads(path.read_bytes())
    return found
