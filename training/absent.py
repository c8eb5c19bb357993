"""Errors for a history without the goal's event, or without any decision of the campaign."""

from training.errors import HistoryError
from training.replay import Replay
from training.rows import OPEN, Dataset
from training.split import TOO_SHORT
from udfs.core.values.problems import did_you_mean

NAMED = 5
"""How many events the message lists when the goal's event is missing."""


def require_goal(replay: Replay) -> None:
    """Refuse a goal whose events are not in the history, and suggest similar names. Raises HistoryError."""
    for name in replay.goal.events:
        if name not in replay.names:
            meant = did_you_mean("_".join(name.lower().split()), replay.names)
            problem = f"no such event in the history: {name!r} (--goal); {meant or _holds(replay)}"
            raise HistoryError(problem)


def require_rows(replay: Replay, data: Dataset, campaign: str) -> None:
    """Refuse a history that leaves no rows, and say why. Raises HistoryError."""
    if data.rows:
        return
    if OPEN in data.left_out:
        raise HistoryError(TOO_SHORT)
    if data.left_out:
        problem = "no rows are left to learn from: " + "; ".join(f"{number:,} {why}" for why, number in data.left_out.items())
        raise HistoryError(problem)
    problem = (
        f"this history leads to no decision of campaign {campaign!r}, because its trigger never fires: {_holds(replay)}; use a history that "
        "contains the trigger, or other campaigns (--campaigns)"
    )
    raise HistoryError(problem)


def _holds(replay: Replay) -> str:
    """The commonest events of the history."""
    more = len(replay.names) - NAMED
    names = ", ".join(f"{name} ({number:,})" for name, number in replay.names.most_common(NAMED))
    return f"it holds {names}" + (f" and {more:,} more" if more > 0 else "")
