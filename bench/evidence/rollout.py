"""Shadow → canary → champion under load; a harmful model is rolled back by its guardrail, a corrupt one refused; seconds for each."""

import json
import random
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.evidence.exchange import start, viewed, write
from bench.evidence.traffic import traffic
from bench.evidence.watch import Seen, Watch, watch
from bench.lab import KAIROS, Lab, lab
from bench.onnx_files import hanging, linear
from bench.report import Claim, at_least, at_most, exactly, measured
from services.control.model_records import record
from services.control.rollouts import begun
from services.kafka import client
from services.rollout.plan import plan_of

PER_SECOND = 200
CUSTOMERS = 2_000
STEPS = ("shadow", "10%", "25%", "100%")
HOLD_S = 5
PERIOD_S = 0.5
SETTLED_MS = 2_000
"""Milliseconds after which every task has read a step."""
WEIGHT = 0.05
"""Of the views of seven days, in the model that is the champion."""


def check() -> list[Claim]:
    """One good version through all steps, with the monitor killed on the way; then versions that harm, each in its own way."""
    with lab() as stack:
        start(stack)
        first = write(stack, linear([WEIGHT, 0.0]), name="first")
        stack.kairos("models", "publish", first)
        drawn = random.Random(7)
        few = lambda _: f"visitor-{int(CUSTOMERS * drawn.random() ** 2)}"  # noqa: E731 - some come often, so that scores differ
        with watch(stack.brokers, ["decisions", "control", "rejected"]) as seen:
            with traffic(stack.brokers, {"Product Viewed": {"product_id": "tent"}}, per_second=PER_SECOND, visitor=few):
                seen.first(lambda each: each.topic == "decisions", what="a first decision")
                time.sleep(20)  # customers come to differ
                claims = [*_good(stack, seen), *_reversed_in_shadow(stack, seen), *_reversed_as_challenger(stack, seen)]
                claims += [*_hanging(stack, seen), *_corrupt(stack, seen)]
            stack.wait_until_consumed()
            time.sleep(1)
            claims += _nothing_lost(stack, seen)
        return claims


def _good(stack: Lab, seen: Watch) -> list[Claim]:
    """From the shadow to the champion, with the monitor killed at 25 %."""
    path = write(stack, linear([WEIGHT * 1.05, 0.0]), name="good")
    version, mark, began = _version(path), len(seen.seen), time.time()
    with _monitor(stack):
        _roll_out(stack, path, STEPS)
        at_25 = seen.first(lambda each: _share(each) == 0.25, what="25 %", since=mark, seconds=240)
    time.sleep(2)  # the monitor is dead
    with _monitor(stack):
        at_100 = seen.first(lambda each: _share(each) == 1.0, what="100 %", since=mark, seconds=240)
        champion = seen.first(lambda each: _current(each) == version, what="champion", since=mark, seconds=240)
    told: dict[float, set[str]] = defaultdict(set)
    steps = [(each.written_at, _share(each)) for each in seen.of("control", since=mark) if _share(each)]
    others: dict[float, set[str]] = defaultdict(set)
    for each in seen.of("decisions", since=mark):
        at, share = next((step for step in reversed(steps) if step[0] < each.value["decided_at"]), (0, None))
        if share is not None and at + SETTLED_MS < each.value["decided_at"] < champion.written_at:
            (told if _model(each) == f"propensity:{version}" else others)[share].add(each.value["user_id"])
    moved = [user for less, more in ((0.1, 0.25), (0.25, 1.0)) for user in told[less] & others[more]]
    observed = {share: len(told[share]) / max(1, len(told[share] | others[share])) for share in told}
    shares = [share for _, share in steps]
    print(f"   shares of customers with the new version: { {share: round(found, 3) for share, found in observed.items()} }", flush=True)
    return [
        measured(f"from the command to the champion, {len(STEPS)} steps of {HOLD_S} s at least", champion.written_at / 1000 - began, "s"),
        exactly("steps on control, each once, though the monitor was killed", len(shares), "steps", len(STEPS) - 1),
        measured("of these, 25 % with the monitor killed and begun again", (at_100.written_at - at_25.written_at) / 1000, "s"),
        exactly("customers of the new version who were given back as its share grew", len(moved), "customers", 0),
        at_most("customers with the new version at 25 %, of all", 100 * observed[0.25], "%", 32),
        at_least("the same, at least", 100 * observed[0.25], "%", 18),
    ]


def _reversed_in_shadow(stack: Lab, seen: Watch) -> list[Claim]:
    """Its scores say the contrary: the shadow's step finds it, and it never speaks."""
    path = write(stack, linear([-WEIGHT, 0.0]), name="reversed")
    mark = len(seen.seen)
    with _monitor(stack):
        _roll_out(stack, path, STEPS)
        first = seen.first(lambda each: (_score(each).get("shadow") or {}).get("score") is not None, what="a shadow's answer", since=mark)
        back = _taken_back(seen, path, mark, "reversed scores")
        why = _why(stack, "have shifted")  # while the monitor lives: it writes control first, and then the audit
    spoke = [each for each in seen.of("decisions", since=mark) if _model(each) == f"propensity:{_version(path)}"]
    return [
        at_most("reversed scores in the shadow: from its first answer until it is taken back", (back.written_at - first.seen_at) / 1000, "s", 30),
        exactly("decisions that it made", len(spoke), "decisions", 0),
        exactly("its reason on the audit names the shift", why, "records", 1),
    ]


def _reversed_as_challenger(stack: Lab, seen: Watch) -> list[Claim]:
    """The same without a shadow: a quarter of the customers meet it."""
    path = write(stack, linear([-WEIGHT * 0.9, 0.0]), name="reversed-again")
    label, mark = f"propensity:{_version(path)}", len(seen.seen)
    with _monitor(stack):
        _roll_out(stack, path, ("25%", "100%"))
        first = seen.first(lambda each: _model(each) == label, what="its first decision", since=mark)
        back = _taken_back(seen, path, mark, "reversed scores as challenger")
        time.sleep(3)
    last = max(each.value["decided_at"] for each in seen.of("decisions", since=mark) if _model(each) == label)
    return [
        at_most("reversed scores for 25 %: from its first decision until it is taken back", (back.written_at - first.seen_at) / 1000, "s", 60),
        at_most("from then until its last decision", (last - back.written_at) / 1000, "s", 1),
    ]


def _hanging(stack: Lab, seen: Watch) -> list[Claim]:
    """It passes the check, and hangs on real customers: the champion speaks for them."""
    path = write(stack, hanging(2), name="hanging")
    label, mark = f"propensity:{_version(path)}", len(seen.seen)
    with _monitor(stack):
        _roll_out(stack, path, ("25%", "100%"))
        first = seen.first(lambda each: (_score(each).get("instead_of") or {}).get("model") == label, what="a failure", since=mark)
        back = _taken_back(seen, path, mark, "a model that hangs")
    cold = [each for each in seen.of("decisions", since=mark) if str(_model(each)).endswith("cold_start")]
    return [
        at_most("one that hangs: from the first failure until it is taken back", (back.written_at - first.seen_at) / 1000, "s", 10),
        exactly("cold starts meanwhile", len(cold), "decisions", 0),
    ]


def _corrupt(stack: Lab, seen: Watch) -> list[Claim]:
    """The command refuses it; written to control past the command, the job refuses it and the monitor takes it back."""
    path = write(stack, linear([WEIGHT * 1.1, 0.0]), name="corrupt")
    manifest = json.loads(path.read_bytes())
    file = Path(manifest["uri"].removeprefix("file://"))
    file.write_bytes(file.read_bytes()[:100])
    mark = len(seen.seen)
    done = stack.kairos("models", "rollout", "propensity", "--manifest", path, "--plan", _plan(stack, STEPS), check=False)
    written = len(seen.of("control", since=mark))
    current = [each.value["document"] for each in seen.of("control") if each.key == b"model/propensity"][-1]
    made = record(begun(current, manifest, plan_of(_document(("25%", "100%"))), at=int(time.time() * 1000)), act="rolled_out")
    with _monitor(stack):
        mark = len(seen.seen)
        sender = client.producer(stack.brokers)
        sender.send("control", key=made.key.encode(), value=made.value).get(timeout=15)
        sender.close()
        put = seen.first(lambda each: _share(each) is not None, what="on control", since=mark)
        refused = seen.first(lambda each: each.topic == "rejected" and each.value["key"] == "model/propensity", what="rejected", since=mark)
        back = _taken_back(seen, path, mark, "a corrupt file")
    cold = [each for each in seen.of("decisions", since=mark) if str(_model(each)).endswith("cold_start")]
    return [
        exactly("a corrupt file: exit code of the command", done.returncode, "", 1),
        exactly("what it wrote to control", written, "records", 0),
        at_most("past the command: until the job refuses it", (refused.seen_at - put.seen_at) / 1000, "s", 5),
        at_most("until the monitor takes it back", (back.written_at - put.written_at) / 1000, "s", 15),
        exactly("cold starts meanwhile", len(cold), "decisions", 0),
    ]


def _nothing_lost(stack: Lab, seen: Watch) -> list[Claim]:
    decisions = seen.of("decisions")
    sent, decided = viewed(stack), {each.value["trigger_event_id"] for each in decisions}
    unnamed = [each for each in decisions if ":" not in str(_model(each))]
    return [
        exactly(f"events without a decision, of {len(sent):,} at {PER_SECOND} a second", len(sent - decided), "events", 0),
        exactly("decisions made twice", len(decisions) - len(decided), "decisions", 0),
        exactly("decisions that do not name the version that spoke", len(unnamed), "decisions", 0),
        exactly("restarts of the job", stack.restarts(), "restarts", 0),
    ]


@contextmanager
def _monitor(stack: Lab) -> Iterator[None]:
    """`kairos models watch`, killed at the end of the block, like a machine that fails."""
    command = [str(KAIROS), "models", "watch", "--period", str(PERIOD_S), "--registry", str(stack.home / "registry")]
    path = stack.home / "watch.log"
    with path.open("ab") as log:
        before = path.stat().st_size
        process = subprocess.Popen(command, env={**stack.environment, "PYTHONUNBUFFERED": "1"}, stdout=log, stderr=log)
        try:
            stack.wait(lambda: path.stat().st_size > before, what="the monitor watches")
            yield
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


def _roll_out(stack: Lab, manifest: Path, steps: Sequence[str]) -> None:
    stack.kairos("models", "rollout", "propensity", "--manifest", manifest, "--plan", _plan(stack, steps))


def _plan(stack: Lab, steps: Sequence[str]) -> Path:
    path = stack.home / "rollout.yaml"
    path.write_text(json.dumps(_document(steps)))  # JSON is YAML
    return path


def _document(steps: Sequence[str]) -> dict[str, Any]:
    return {"rollout": "propensity", "steps": list(steps), "hold": f"{HOLD_S}s", "sample": 100, "guardrails": {"latency_ms": 50}}


def _taken_back(seen: Watch, manifest: Path, mark: int, what: str) -> Seen:
    """The record of control without the version, after one with it."""
    version = _version(manifest)

    def holds(each: Seen) -> bool:
        return any(one["version"] == version for one in each.value.get("document", {}).get("versions", ()))

    on = seen.first(lambda each: each.topic == "control" and holds(each), what=f"{what}: on trial", since=mark)

    def gone(each: Seen) -> bool:
        return each.topic == "control" and each.key == b"model/propensity" and not holds(each)

    return seen.first(gone, what=f"{what}: taken back", since=seen.seen.index(on), seconds=120)


def _why(stack: Lab, words: str) -> int:
    """How many records of the audit say so. They are written right after those of control."""
    for _ in range(20):
        if found := sum(words in str(value.get("why")) for _, _, value in stack.records("audit")):
            return found
        time.sleep(0.5)
    return 0


def _version(manifest: Path) -> str:
    return str(json.loads(manifest.read_bytes())["version"])


def _share(seen: Seen) -> float | None:
    challenger = seen.value.get("document", {}).get("challenger") if seen.topic == "control" else None
    return float(challenger["share"]) if challenger else None


def _current(seen: Seen) -> str | None:
    return seen.value.get("document", {}).get("current") if seen.topic == "control" else None


def _score(seen: Seen) -> dict[str, Any]:
    return seen.value["scores"]["propensity"] if seen.topic == "decisions" else {}


def _model(seen: Seen) -> str | None:
    return _score(seen).get("model")
