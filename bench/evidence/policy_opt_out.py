"""Claim 5 of policy: after an opt-out nothing is sent: not at the next event, not by a pending wait, not by a deferred message."""

import json
import random
import time
from collections.abc import Iterator
from typing import Any

from bench.evidence.stream import send_event
from bench.evidence.watch import watch
from bench.lab import Lab, lab
from bench.pace import paced
from bench.report import Claim, at_least, exactly, measured
from services.kafka.client import producer

PER_SECOND = 500
SECONDS = 60
POLICY = """\
consent: {default: {marketing: grant}}
throughput: {push: 20 per second}
"""
CAMPAIGNS = {
    "at-once": {"trigger": {"event": "looked"}, "variants": {"only": {"channel": "email", "content": {"body": "x"}}}},
    "waiting": {"trigger": {"event": "looked"}, "variants": {"only": {"channel": "sms", "wait": "3s", "content": {"body": "x"}}}},
    "silence": {"trigger": {"idle": "2s", "of": "any"}, "variants": {"only": {"channel": "onsite", "content": {"body": "x"}}}},
    "deferred": {"trigger": {"event": "looked"}, "variants": {"only": {"channel": "push", "content": {"body": "x"}}}},
}
CHANNELS = ("email", "sms", "onsite", "push")
OPT_OUTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("unsubscribed", {}),
    ("consent_withdrawn", {"purpose": "marketing"}),
    ("consent_withdrawn", {}),
    *(("unsubscribed", {"channel": channel}) for channel in CHANNELS),
)


def check() -> list[Claim]:
    """500 events a second of people who look around and, in between, one after the other, opt out of all or of one channel."""
    with lab() as stack:
        _start(stack)
        with watch(stack.brokers, ["decisions", *(f"actions.{channel}" for channel in CHANNELS)]) as seen:
            outs = _live(stack)
            stack.wait_until_consumed()
            time.sleep(20)  # heartbeats move time on, past every wait and deferral
            actions = [each.value for channel in CHANNELS for each in seen.of(f"actions.{channel}")]
            decisions = [each.value for each in seen.of("decisions")]
    late = [action for action in actions for at, channel in outs.get(action["user_id"], ()) if _concerns(action, at, channel)]
    refused = [decision for decision in decisions if decision["reason"] in {"UNSUBSCRIBED", "NO_CONSENT"}]
    released = [decision for decision in refused if decision["attempt"]]
    return [
        measured("opt-outs, of one channel or of all, in between", sum(map(len, outs.values())), "opt-outs"),
        at_least("sends before them", len(actions), "actions", 1_000),
        at_least("decisions withheld for them", len(refused), "decisions", 1_000),
        at_least("of these deferred before the opt-out and decided again after it", len(released), "decisions", 1),
        exactly("sends decided at or after the opt-out, in event time", len(late), "actions", 0),
    ]


def _concerns(action: dict[str, Any], at: int, channel: str | None) -> bool:
    return action["at"] >= at and channel in (None, action["channel"])


def _start(stack: Lab) -> None:
    folder = stack.home / "campaigns"
    folder.mkdir()
    for name, document in CAMPAIGNS.items():
        (folder / f"{name}.yaml").write_text(json.dumps({"campaign": name, **document}))
    (stack.home / "policy.yaml").write_text(POLICY)
    stack.kairos("submit", "--campaigns", folder, "--policy", stack.home / "policy.yaml")


def _live(stack: Lab) -> dict[str, list[tuple[int, str | None]]]:
    """Send everything. Returns who opted out, when, and from which channel (None: all)."""
    sender, outs = producer(stack.brokers), dict[str, list[tuple[int, str | None]]]()
    for number, (user, name, properties) in zip(paced(PER_SECOND, seconds=SECONDS), _steps(), strict=False):
        at = send_event(sender, user, name, message_id=f"{number}-{user}", **properties)
        if name != "looked":
            outs.setdefault(user, []).append((at, properties.get("channel")))
    sender.flush()
    sender.close(timeout=30)
    return outs


def _steps() -> Iterator[tuple[str, str, dict[str, Any]]]:
    chance = random.Random(5)
    while True:
        user = f"visitor-{chance.randrange(3_000)}"
        if chance.random() < 0.15:
            yield (user, *chance.choice(OPT_OUTS))
        else:
            yield user, "looked", {}
