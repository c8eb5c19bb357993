"""Whether a job that was just upgraded works, from a few looks at it. Pure: others look."""

from collections.abc import Sequence
from dataclasses import dataclass

SMALL = 1_000_000
"""Bytes. Of less state, most is the job's own: offsets, transactions, headers. Nothing is concluded from its size."""
SHRUNK = 0.5
FEW_EVENTS = 100
REFUSED, REFUSED_TIMES = 0.2, 2.0
"""More than a fifth of the events refused is too much, if it is more than twice as many as before."""
FAILED = 0.1
"""One checkpoint may fail, of many one in ten. Those before the watch do not count: they fail as long as not all tasks run."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """The job at one moment."""

    state: str
    tasks_run: bool
    failure: str
    """The cause of its last failure, or empty."""
    completed: int
    failed: int
    """Checkpoints."""
    state_bytes: int
    read: int
    """Records of its topic that it has read, as of its last checkpoint."""
    written: int
    """Records that there are."""
    events: int
    refused: int


def broken(look: Look) -> str:
    """What ends the watch at once, in a sentence; or empty."""
    if look.failure:
        return f"it failed and started again: {look.failure}"
    if look.state not in ("RUNNING", "CREATED", "INITIALIZING"):
        return f"it is {look.state}"
    return ""


def wrong(looks: Sequence[Look], *, bytes_before: int, refused_before: float, watch_s: float) -> list[str]:
    """What is wrong after the watch, a sentence each; none: it works. `refused_before`: the old job's share, 0 to 1."""
    first, last = looks[0], looks[-1]
    found = [broken(last)] if broken(last) else []
    completed, failed = last.completed - first.completed, last.failed - first.failed
    if not last.tasks_run:
        found.append("not all of its tasks run")
    if not completed:
        found.append(f"no checkpoint completed within {watch_s:.0f} s")
    elif failed > max(1, FAILED * completed):
        found.append(f"{failed} of {completed + failed} checkpoints failed")
    if last.read <= first.read and last.written > last.read:
        found.append(f"it reads nothing: {last.written - last.read:,} records are unread, and none was read within {watch_s:.0f} s")
    if bytes_before > SMALL and last.state_bytes < SHRUNK * bytes_before:
        found.append(f"its state is {last.state_bytes:,} bytes, and was {bytes_before:,}: customers are missing")
    share = last.refused / last.events if last.events else 0.0
    if last.events >= FEW_EVENTS and share > max(REFUSED, REFUSED_TIMES * refused_before):
        found.append(f"it refused {share:.0%} of {last.events:,} events, and the old code {refused_before:.0%}")
    return found


def in_words(looks: Sequence[Look], *, bytes_before: int) -> str:
    """What was seen, on one line."""
    first, last = looks[0], looks[-1]
    return (
        f"{last.completed - first.completed:,} checkpoints ({last.failed - first.failed} failed), "
        f"{last.read - first.read:,} records read, {last.written - last.read:,} unread, "
        f"state {last.state_bytes / 1e6:.1f} MB (savepoint {bytes_before / 1e6:.1f} MB), no restart"
    )
