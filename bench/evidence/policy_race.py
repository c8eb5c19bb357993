"""Claim 2 of policy: two campaigns race for the last place under a cap, under load, with a TaskManager killed in between."""

import json
import time
from collections import Counter, defaultdict
from threading import Thread
from typing import Any

from bench.evidence.stream import stream
from bench.evidence.watch import watch
from bench.lab import Lab, lab
from bench.report import Claim, at_least, exactly, measured

PER_SECOND = 500
SECONDS = 60
KILL_AFTER_S = 20
CAP = "one-a-day"
POLICY = f"""\
consent: {{default: {{marketing: grant}}}}
caps:
  - {{id: {CAP}, channel: any, max: 1, within: 24h}}
"""
RACERS = ("left", "right")


def check() -> list[Claim]:
    """Each customer is a candidate of both campaigns, half of them at the same time, half shortly after each other."""
    with lab() as stack:
        _start(stack)
        with watch(stack.brokers, ["decisions", "actions.push"]) as seen:
            killer = Thread(target=_kill, args=(stack,), daemon=True)
            killer.start()
            users = stream(stack.brokers, _events(), per_second=PER_SECOND, seconds=SECONDS)
            killer.join(timeout=60)
            stack.wait_until_consumed()
            time.sleep(1)
            decisions, actions = [each.value for each in seen.of("decisions")], [each.value for each in seen.of("actions.push")]
        restarts = stack.restarts()
    by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for decision in decisions:
        by_user[decision["user_id"]].append(decision)
    wrong = [user for user in users if not _is_right(by_user[user])]
    winners = Counter(decision["campaign"] for decision in decisions if decision["outcome"] == "acted")
    return [
        measured(f"customers for whom both campaigns raced, at {PER_SECOND} events/s", len(users), "customers"),
        exactly("of them with anything but one act and one CAP_REACHED that names the rule", len(wrong), "customers", 0),
        exactly("actions beyond one a customer", len(actions) - len({action["user_id"] for action in actions}), "actions", 0),
        exactly("customers without their action", len(users - {action["user_id"] for action in actions}), "customers", 0),
        measured("races won by the one", winners[RACERS[0]], "races"),
        measured("races won by the other", winners[RACERS[1]], "races"),
        at_least("restarts of the job after the kill -9 of its TaskManager", restarts, "restarts", 1),
    ]


def _is_right(decided: list[dict[str, Any]]) -> bool:
    told = sorted((decision["outcome"], decision["reason"]) for decision in decided)
    named = all(CAP in decision["detail"] for decision in decided if decision["reason"] == "CAP_REACHED")
    return told == [("acted", "ELIGIBLE"), ("withheld", "CAP_REACHED")] and named


def _start(stack: Lab) -> None:
    folder = stack.home / "race"
    folder.mkdir()
    for name in RACERS:
        document = {
            "campaign": name,
            "trigger": {"event": ["raced", f"raced_{name}"]},
            "variants": {"only": {"channel": "push", "content": {"body": name}}},
        }
        (folder / f"{name}.yaml").write_text(json.dumps(document))
    (stack.home / "policy.yaml").write_text(POLICY)
    stack.kairos("submit", "--campaigns", folder, "--policy", stack.home / "policy.yaml")


def _events() -> Any:
    """Endless (user, event name): one event that both answer, or one for each, right after the other."""
    number = 0
    while True:
        user = f"racer-{number}"
        yield from [(user, "raced")] if number % 2 else [(user, f"raced_{name}") for name in sorted(RACERS, reverse=number % 4 == 0)]
        number += 1


def _kill(stack: Lab) -> None:
    time.sleep(KILL_AFTER_S)
    stack.kill_task_manager()
