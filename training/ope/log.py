"""Logged decisions as arrays: what could have been chosen, what was, with which probability, and the reward."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.errors import HistoryError
from udfs.core.values.numbers import MAX_MAGNITUDE

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
LEAST_PROBABILITY = 1e-9
"""A probability below it is a mistake: nothing that is chosen so rarely is ever seen."""
ROUNDED = 1e-4
"""How far logged probabilities may be from adding up to 1: they are written with a few digits."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One logged decision."""

    arm: str
    """The variant that was chosen."""
    reward: float
    probability: float
    """With which it was chosen, above 0."""
    feasible: Sequence[str] = ()
    """The variants that could be chosen; empty: not logged, so any."""
    context: str = ""
    person: str = ""
    """Whose decision it was; empty: somebody's of whom there is no other."""
    target: Mapping[str, float] | None = None
    """The probabilities of the other policy, if the log states them."""
    place: str = ""
    """Where it was read, for messages."""


@dataclass(frozen=True, kw_only=True)
class Log:
    """Decisions of one campaign. Rows are decisions, columns arms."""

    arms: tuple[str, ...]
    contexts: tuple[str, ...]
    chosen: Whole
    """Index of the arm."""
    rewards: Floats
    probabilities: Floats
    """Of the chosen arm."""
    feasible: Mask
    context: Whole
    """Index of the context."""
    person: Whole
    """Rows of one person have one number."""
    target: Floats | None = None
    """Probabilities of the other policy, where the log states them."""
    feasible_logged: bool = False
    """Whether the log says which arms could be chosen."""
    notes: tuple[str, ...] = ()
    """What was left out, and what else a reader of the figures has to know."""

    def __len__(self) -> int:
        return len(self.chosen)


def log_of(choices: Sequence[Choice], *, notes: Sequence[str] = ()) -> Log:
    """The choices as arrays. Raises HistoryError for none at all, or for one that contradicts itself."""
    if not choices:
        problem = "there is no decision to learn from"
        raise HistoryError(problem)
    for each in choices:
        _check(each)
    arms = tuple(sorted({each.arm for each in choices} | {arm for each in choices for arm in (*each.feasible, *(each.target or ()))}))
    contexts = tuple(sorted({each.context for each in choices}))
    column, number = {arm: place for place, arm in enumerate(arms)}, {context: place for place, context in enumerate(contexts)}
    feasible = np.zeros((len(choices), len(arms)), dtype=np.bool_)
    for row, each in enumerate(choices):
        feasible[row, [column[arm] for arm in each.feasible] if each.feasible else slice(None)] = True
    target: Floats | None = None
    if any(each.target is not None for each in choices):
        target = np.array([[(each.target or {}).get(arm, 0.0) for arm in arms] for each in choices])
    return Log(
        arms=arms,
        contexts=contexts,
        chosen=np.array([column[each.arm] for each in choices], dtype=np.int64),
        rewards=np.array([each.reward for each in choices]),
        probabilities=np.array([each.probability for each in choices]),
        feasible=feasible,
        context=np.array([number[each.context] for each in choices], dtype=np.int64),
        person=_people(choices),
        target=target,
        feasible_logged=all(each.feasible for each in choices),
        notes=tuple(notes),
    )


def _check(each: Choice) -> None:
    problem = ""
    if not LEAST_PROBABILITY <= each.probability <= 1 + ROUNDED:
        problem = f"the probability of what was chosen is above 0 and at most 1, not {each.probability!r}"
    elif not abs(each.reward) <= MAX_MAGNITUDE:
        problem = f"a reward is a number between -1e15 and 1e15, not {each.reward!r}"
    elif each.feasible and each.arm not in each.feasible:
        problem = f"{each.arm!r} was chosen, and is not among what could be: {', '.join(each.feasible)}"
    if problem:
        raise HistoryError(f"{each.place}: {problem}" if each.place else problem)


def _people(choices: Sequence[Choice]) -> Whole:
    """A number for each person; somebody without a name is a person of their own."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(each.person or f"\x1f{row}", len(known)) for row, each in enumerate(choices)], dtype=np.int64)
