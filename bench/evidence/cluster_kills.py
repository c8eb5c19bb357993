"""Claim 4: TaskManager, broker, heartbeat and leading JobManager are killed -9 under a steady stream; nothing is lost or doubled."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median

from bench.evidence.cluster_stream import Streamed, streamed, submit
from bench.lab import Lab, lab
from bench.report import Claim, at_most, exactly, measured
from services.devstack.running import task_managers_of
from services.devstack.zookeeper import leader

KILLS = 3
"""Of each kind, so that all sections fit into an hour. `make evidence-cluster-long` kills twenty."""
PER_SECOND = 1_000
GOAL_S = 5.0


TASK_MANAGER, BROKER, HEARTBEAT, LEADER = "TaskManager", "broker", "heartbeat", "leading JobManager"
KINDS: Mapping[str, Callable[[Lab], str]] = {
    TASK_MANAGER: lambda stack: min(task_managers_of(stack.rest, stack.rest.unfinished())),  # the one that the job runs on
    BROKER: lambda _: "broker",
    HEARTBEAT: lambda _: "heartbeat",
    LEADER: lambda stack: leader(stack.settings),
}
"""What is killed -> the name of its process at that moment."""
EVERY_S: Mapping[str, float] = {TASK_MANAGER: 60.0, BROKER: 40.0, HEARTBEAT: 15.0, LEADER: 45.0}
"""Seconds between two kills: until what was killed is back, and all is read. A spare TaskManager is warm again half a minute to
45 s after the failure before: on these two cores, next to 1,000 events/s."""


def check(kills: int = KILLS, kinds: Sequence[str] = tuple(KINDS)) -> list[Claim]:
    """One stack with a second JobManager and a spare TaskManager for all kinds."""
    claims: list[Claim] = []
    with lab(up=("--jobmanagers", "2", "--spares", "1")) as stack:
        submit(stack)
        for kind in kinds:
            kill = partial(_kill, stack, KINDS[kind])
            found = streamed(stack, [kill] * kills, per_second=PER_SECOND, every_s=EVERY_S[kind])
            print(f"   {kind}: gaps {', '.join(f'{gap:.1f}' for gap in found.gaps)} s", flush=True)
            claims += _claims(kind, found, kills)
    return claims


def _kill(stack: Lab, name: Callable[[Lab], str]) -> None:
    stack.kill(name(stack))


def _claims(kind: str, found: Streamed, kills: int) -> list[Claim]:
    label = f"{kind} killed {kills} times under {PER_SECOND:,} events/s"
    longest = max(found.gaps)
    return [
        exactly(f"{label}: decisions lost, of {found.sent:,}", found.lost, "decisions", 0),
        exactly(f"{label}: decisions doubled", found.doubled, "decisions", 0),
        measured(f"{label}: longest time without a decision, median", median(found.gaps), "s"),
        at_most(f"{label}: longest time without a decision, worst", longest, "s", GOAL_S)
        if kind == TASK_MANAGER
        else measured(f"{label}: longest time without a decision, worst", longest, "s"),
    ]
