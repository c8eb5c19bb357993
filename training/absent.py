"""What a history does not hold at all: the goal's event, or a single decision of the campaign."""

from training.errors import HistoryError
from training.replay import Replay
from training.rows import OPEN, Dataset
from training.split import TOO_SHORT
from udfs.core.values.problems import did_you_mean

NAMED = 5
"""Events that are named where the one looked for is missing."""


def require_goal(replay: Replay, goal: str) -> None:
    """Refuse a goal that never came: it may be another spelling of one that did. Raises HistoryError."""
    if goal not in replay.names:
        meant = did_you_mean("_".join(goal.lower().split()), replay.names)
        problem = f"no such event in the history: {goal!r} (--goal); {meant or _holds(replay)}"
        raise HistoryError(problem)


def require_rows(replay: Replay, data: Dataset, campaign: str) -> None:
    """Refuse a history of which no row is left, and say why. Raises HistoryError."""
    if data.rows:
        return
    if OPEN in data.left_out:
        raise HistoryError(TOO_SHORT)
    if data.left_out:
        problem = "no row is left to learn from: " + "; ".join(f"{number:,} {why}" for why, number in data.left_out.items())
        raise HistoryError(problem)
    problem = (
        f"no decision of campaign {campaign!r} is made by this history, for what it decides at is not in it: {_holds(replay)}; bring a history that "
        "has it, or name other campaigns (--campaigns)"
    )
    raise HistoryError(problem)


def _holds(replay: Replay) -> str:
    """The commonest events of the history."""
    more = len(replay.names) - NAMED
    names = ", ".join(f"{name} ({number:,})" for name, number in replay.names.most_common(NAMED))
    return f"it holds {names}" + (f" and {more:,} more" if more > 0 else "")
