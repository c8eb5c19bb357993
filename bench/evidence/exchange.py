"""Claim 3 of models: a publish and a rollback take effect within a second, and nothing is lost under traffic."""

import json
import statistics
import time
from pathlib import Path
from typing import Any

from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import Lab, lab
from bench.onnx_files import linear, manifest
from bench.report import Claim, at_most, exactly, measured
from jobs.read_to_end import read_to_end
from services.kafka import client
from services.local.book import book_of

CHANGES = 8
PER_SECOND = 500
SECOND = 1000.0
CAMPAIGN = """\
campaign: scored
trigger: {event: product_viewed}
variants:
  only: {channel: push, content: {body: "Hello"}}
score: {model: propensity, cold_start: 0.03}
"""


def check() -> list[Claim]:
    """Publish and roll back again and again while 500 events a second are scored."""
    with lab() as stack:
        start(stack)
        published, rolled = [], []
        with watch(stack.brokers, ["decisions", "control"]) as seen:
            with traffic(stack.brokers, {"Product Viewed": {"product_id": "tent"}}, per_second=PER_SECOND):
                seen.first(lambda each: each.topic == "decisions", what="a first decision")
                for number in range(CHANGES):
                    path = write(stack, linear([0.1 * number, 0.0]), name=f"{number}")
                    version = json.loads(path.read_bytes())["version"]
                    published.append(_spoken(stack, seen, version, "publish", path))
                    if number:
                        earlier = json.loads((stack.home / f"{number - 1}.json").read_bytes())["version"]
                        rolled.append(_spoken(stack, seen, earlier, "rollback", "propensity"))
            stack.wait_until_consumed()
            time.sleep(1)
            decided = {each.value["trigger_event_id"] for each in seen.of("decisions")}
            answers = len(seen.of("decisions"))
            models = {each.value["scores"]["propensity"]["model"] for each in seen.of("decisions")}
        sent = viewed(stack)
        restarts = stack.restarts()
    print(
        f"   ms to the first scored decision read: published {[round(ms) for ms in published]}, rolled back {[round(ms) for ms in rolled]}",
        flush=True,
    )
    return [
        at_most(f"from a published model to the first decision by it that is read, longest of {CHANGES}", max(published), "ms", SECOND),
        measured("the same, median", statistics.median(published), "ms"),
        at_most(f"from a rollback to the first decision by the version before that is read, longest of {len(rolled)}", max(rolled), "ms", SECOND),
        measured("the same, median", statistics.median(rolled), "ms"),
        exactly(f"events without a decision, of {len(sent):,} at {PER_SECOND} a second", len(sent - decided), "events", 0),
        exactly("decisions made twice", answers - len(decided), "decisions", 0),
        exactly("models that spoke", len(models - {"propensity:cold_start"}), "versions", CHANGES),
        exactly("restarts of the job", restarts, "restarts", 0),
    ]


def start(stack: Lab) -> None:
    """The job with one campaign that scores every view."""
    path = stack.home / "scored.yaml"
    path.write_text(CAMPAIGN)
    stack.kairos("submit", "--campaigns", path)


def write(stack: Lab, data: bytes, *, name: str, **changes: Any) -> Path:
    """A model's file and its manifest, in the form of training."""
    store = stack.home / "models"
    store.mkdir(exist_ok=True)
    document = manifest(store, data, features=book_of().features, inputs=["views_7d", "adds_7d"], **changes)
    path = stack.home / f"{name}.json"
    path.write_text(json.dumps(document))
    return path


def _spoken(stack: Lab, seen: Watch, version: str, command: str, argument: Path | str) -> float:
    """Milliseconds from the record on control to the first decision by this version that could be read."""
    mark = len(seen.seen)
    stack.kairos("models", command, argument)
    record = seen.first(lambda each: _current(each) == version, what=f"{command} on control", since=mark)
    answer = seen.first(
        lambda each: (
            each.topic == "decisions"
            and each.value["scores"]["propensity"]["model"] == f"propensity:{version}"
            and each.value["decided_at"] >= record.written_at
        ),
        what=f"a decision by {version}",
        since=mark,
    )
    return answer.seen_at - record.written_at


def _current(seen: Seen) -> str | None:
    return seen.value.get("document", {}).get("current") if seen.topic == "control" else None


def viewed(stack: Lab) -> set[str]:
    """The ids of every view that was sent."""
    found = [json.loads(record) for record in _values(stack) if record.startswith(b"{")]
    return {each["messageId"] for each in found if each.get("event") == "Product Viewed"}


def _values(stack: Lab) -> list[bytes]:
    reader = client.consumer(stack.brokers, ["events"])
    found = [record.value or b"" for batch in read_to_end(reader) for record in batch]
    reader.close()
    return found
