"""Rows from what the job wrote: decisions of one campaign, what was chosen with which probability, and the final outcome of each.

Whoever was held out, in the holdout or the control group, was sent nothing, as was whoever nothing was chosen for. How many are held out is
drawn by hash, so the share that is found among those who would have been sent something is the probability of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from training.errors import HistoryError
from training.inputs import Chosen, choose, matrix
from training.logged import lines
from training.ope.decisions import Came
from training.ope.log import ROUNDED
from training.rows import Row
from training.uplift.table import NOTHING, Table
from udfs.core.campaigns.uplift import NOTHING as NOTHING_CHOSEN
from udfs.core.chosen import Chosen as Drawn
from udfs.core.features.features import FeatureSet

MOST = 1e12
"""Of what followed a decision: larger values would drown all others in the arithmetic of the trees."""
HELD = frozenset({"held_out", "control"})


class Decided(msgspec.Struct, kw_only=True):
    """What is read of a decision."""

    decision_id: str
    user_id: str
    campaign: str
    outcome: str
    at: int
    features: dict[str, Any]
    variant: str | None = None
    probability: float | None = None
    reason: str = ""
    choice: Drawn | None = None

    @property
    def arm(self) -> str | None:
        """What was chosen; None: that is not known, or something else forbade it."""
        if self.outcome in HELD:
            return NOTHING_CHOSEN
        if self.outcome == "withheld":
            return NOTHING_CHOSEN if self.reason == "NOTHING_CHOSEN" else None
        return self.variant if self.outcome == "acted" else None


@dataclass(frozen=True, kw_only=True)
class Logged:
    """The rows, in order of time, and how many were left out and why."""

    table: Table
    chosen: Chosen
    first: int
    last: int
    left_out: dict[str, int]


def read(paths: Iterable[Path], campaign: str, features: FeatureSet, *, reward: str, without: Sequence[str] = ()) -> Logged:
    """Rows from files of JSON lines, as `kairos tail decisions --json`, `kairos tail outcomes --json` and `kairos try --records` write them.

    Raises HistoryError if there is nothing to learn from.
    """
    decided: dict[str, Decided] = {}
    came: dict[str, Came] = {}
    for path in paths:
        for number, told in lines(path):
            topic, value = (told["topic"], told.get("value")) if "topic" in told else ("outcomes" if "revision" in told else "decisions", told)
            if topic not in ("decisions", "outcomes"):  # no set: a line may say what none can hold
                continue
            try:
                if topic == "outcomes":
                    outcome = msgspec.convert(value, Came)
                    before = came.get(outcome.decision_id)
                    if outcome.campaign == campaign and (before is None or before.revision <= outcome.revision):
                        came[outcome.decision_id] = outcome
                    continue
                decision = msgspec.convert(value, Decided)
            except msgspec.MsgspecError as error:
                problem = f"{path}, line {number}: neither a decision nor an outcome: {error}"
                raise HistoryError(problem) from error
            if decision.campaign == campaign:
                decided[decision.decision_id] = decision
    return _logged(list(decided.values()), came, campaign, features, reward, without)


def _logged(decided: Sequence[Decided], came: dict[str, Came], campaign: str, features: FeatureSet, reward: str, without: Sequence[str]) -> Logged:
    left = Counter[str]()
    kept = [(each, found) for each in decided if (found := _worth(each, came.get(each.decision_id), reward, left)) is not None]
    if not kept:
        told = ", ".join(f"{number:,} {what}" for what, number in left.items()) or "there are no decisions of it"
        if left and not came:
            told += ": no outcome was read, name their file with --logged as well"
        problem = f"no decision of campaign {campaign!r} can be learned from: {told}"
        raise HistoryError(problem)
    kept.sort(key=lambda each: (each[0].at, each[0].decision_id))
    names = sorted({str(each.arm) for each, _ in kept} - {NOTHING_CHOSEN})
    if not names:
        problem = f"all {len(kept):,} decisions sent nothing, so nothing says what a message changes: `explore` sends some by chance"
        raise HistoryError(problem)
    if (absurd := next((each for each, worth in kept if not abs(worth) <= MOST), None)) is not None:
        problem = f"decision {absurd.decision_id} was followed by a value of more than {MOST:,.0f}: no amount is so large, and its report is wrong"
        raise HistoryError(problem)
    if (beyond := sum(_is_beyond(each) for each, _ in kept)) > 0:
        problem = f"{beyond:,} decisions have a probability below 0 or above 1, or several of more than 1 together: their log is wrong"
        raise HistoryError(problem)
    places = {NOTHING_CHOSEN: NOTHING, **{name: number for number, name in enumerate(names, 1)}}
    would_act = [each.outcome in HELD for each, _ in kept if each.outcome != "withheld"]
    held = sum(would_act) / max(1, len(would_act))
    rows = [_row(each) for each, _ in kept]
    chosen = choose(rows, features, without=without)
    table = Table(
        x=matrix(chosen.inputs, rows),
        inputs=chosen.inputs,
        arm=np.array([places[str(each.arm)] for each, _ in kept], dtype=np.int64),
        names=names,
        probabilities=np.array([_chances(each, places, held) for each, _ in kept]),
        y=np.array([worth for _, worth in kept]),
        people=[came[each.decision_id].user_id or each.user_id for each, _ in kept],
    )
    if (impossible := int((table.own <= 0).sum())) > 0:
        problem = f"{impossible:,} decisions say that what was chosen had the probability 0: their log is wrong"
        raise HistoryError(problem)
    return Logged(table=table, chosen=chosen, first=kept[0][0].at, last=kept[-1][0].at, left_out=dict(left))


def _worth(decided: Decided, came: Came | None, reward: str, left: Counter[str]) -> float | None:
    """What its outcome was worth; None where it does not count, with the reason counted."""
    if decided.arm is None:
        left["withheld or deferred for another reason"] += 1
    elif came is None or came.status != "final":
        left["outcome not final"] += 1
    elif decided.outcome == "acted" and not decided.probability:
        left["without a probability"] += 1
    elif reward == "value" and (came.value is None or came.unvalued):
        left["outcome without a value"] += 1
    else:
        return float(came.conversions > 0) if reward == "conversion" else float(came.value or 0.0)
    return None


def _is_beyond(decided: Decided) -> bool:
    """Whether its probabilities are none."""
    several = list(decided.choice.probabilities.values()) if decided.choice is not None else []
    own = [] if decided.probability is None else [decided.probability]
    return not all(0 <= each <= 1 for each in [*several, *own]) or sum(several) > 1 + ROUNDED


def _chances(decided: Decided, places: dict[str, int], held: float) -> list[float]:
    """With which probability each arm was chosen: of those who were not held out, as the decision says."""
    found = [0.0] * len(places)
    if decided.choice is not None and decided.choice.probabilities:
        for name, probability in decided.choice.probabilities.items():
            if name in places:
                found[places[name]] = (1 - held) * probability
    else:  # by weights: those of the others are not logged, and every arm could be
        for place in range(1, len(places)):
            found[place] = (1 - held) / (len(places) - 1)
        if decided.variant in places and decided.probability:
            found[places[decided.variant]] = (1 - held) * decided.probability
    found[NOTHING] += held
    return found


def _row(decided: Decided) -> Row:
    return Row(
        decision_id=decided.decision_id,
        attempt=0,
        user_id=decided.user_id,
        at=decided.at,
        known_at=decided.at,
        features=decided.features,
        label=False,
        goals=0,
        since_goal=None,
    )
