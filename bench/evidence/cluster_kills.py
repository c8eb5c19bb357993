"""Claim 4: TaskManager, broker, heartbeat and leading JobManager are killed -9 under a steady stream; nothing is lost or doubled."""

from collections.abc import Callable
from statistics import median

from bench.evidence.cluster_stream import Streamed, streamed, submit
from bench.lab import Lab, lab
from bench.report import Claim, at_most, exactly, measured
from services.devstack.running import task_managers_of
from services.devstack.zookeeper import leader

KILLS = 3
"""Of each kind, so that all sections fit into an hour. `make evidence-cluster-long` kills twenty."""
PER_SECOND = 1_000
EVERY_S = 45.0
WARM_S = 60.0
"""A spare TaskManager is warm again half a minute to 45 s after the failure before: on these two cores, next to 1,000 events/s."""
GOAL_S = 5.0


def check(kills: int = KILLS) -> list[Claim]:
    """One stack with a second JobManager and a spare TaskManager for all kinds."""
    claims: list[Claim] = []
    with lab(up=("--jobmanagers", "2", "--spares", "1")) as stack:
        kinds: dict[str, Callable[[], None]] = {
            "TaskManager": lambda: stack.kill(_host(stack)),
            "broker": lambda: stack.kill("broker"),
            "heartbeat": lambda: stack.kill("heartbeat"),
            "leading JobManager": lambda: stack.kill(leader(stack.settings)),
        }
        submit(stack)
        for kind, kill in kinds.items():
            found = streamed(stack, [kill] * kills, per_second=PER_SECOND, every_s=WARM_S if kind == "TaskManager" else EVERY_S)
            print(f"   {kind}: gaps {', '.join(f'{gap:.1f}' for gap in found.gaps)} s", flush=True)
            claims += _claims(kind, found, kills)
    return claims


def _host(stack: Lab) -> str:
    """The TaskManager that the job runs on."""
    return min(task_managers_of(stack.rest, stack.rest.unfinished()))


def _claims(kind: str, found: Streamed, kills: int) -> list[Claim]:
    label = f"{kind} killed {kills} times under {PER_SECOND:,} events/s"
    longest = max(found.gaps)
    return [
        exactly(f"{label}: decisions lost, of {found.sent:,}", found.lost, "decisions", 0),
        exactly(f"{label}: decisions doubled", found.doubled, "decisions", 0),
        measured(f"{label}: longest time without a decision, median", median(found.gaps), "s"),
        at_most(f"{label}: longest time without a decision, worst", longest, "s", GOAL_S)
        if kind == "TaskManager"
        else measured(f"{label}: longest time without a decision, worst", longest, "s"),
    ]
