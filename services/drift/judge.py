"""What has drifted: the scores of a version, or what follows them. By campaign, and in all campaigns together. Pure.

**Scores** of this week are compared with the first ones that the version gave, by the same index as in rollouts (`services/rollout/guardrails.py`).

**Calibration** is how many times as often as predicted the goal was reached. Its bounds hold however often somebody looks, from each week on that is
kept: so a change of the last weeks is not lost among the good ones before. Each start raises a false alarm with a probability of at most `ALARM`, for
all campaigns of a version together, and there is one start a week.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.drift.cells import WEEK, Cell, groups
from services.drift.predicts import Asked, Compared
from services.drift.tally import ALL, Key, Tally
from services.rollout.guardrails import by_chance, stability
from services.statistics.always_valid_calibration import Calibration, Group, calibration, is_beyond

ALARM = 0.01
SHIFT = 0.2
"""The index may be so large, beyond what chance explains: the scores of two weeks differ for good reasons, too."""
TOLERATED = 1.25
"""The most that the goal may be reached, as a multiple of what was predicted; the least is the inverse."""
FEWEST, FEWEST_BEFORE = 200, 400
"""Customers of this week, and of the weeks that it is compared with."""
SCORES, CALIBRATION = "scores", "calibration"


@dataclass(frozen=True, kw_only=True)
class Shift:
    """How far the scores of this week are from the first ones."""

    index: float
    most: float
    """What the index may be."""
    customers: int
    before: int

    @property
    def has_drifted(self) -> bool:
        """Whether they are too far."""
        return self.index > self.most


@dataclass(frozen=True, kw_only=True)
class Row:
    """One version of a model in one campaign, or in all of them."""

    label: str
    campaign: str
    """`ALL`: all of them."""
    shift: Shift | None
    """None: there are too few customers."""
    calibration: Calibration | None
    """Since the first week that is kept, or since the calibration has drifted. None: no outcome is known, or they cannot be compared."""
    why_not: str = ""
    """Why what follows cannot be compared."""
    since: int = 0
    """Of the calibration: when its first week began, epoch milliseconds."""
    drifted: Mapping[str, str] = field(default_factory=dict)
    """What has drifted, scores or calibration -> why, in words."""

    @property
    def where(self) -> str:
        """The model and the campaign, in words."""
        return f"{self.label} in {self.campaign or 'all campaigns'}"


def rows(tally: Tally, compared: Mapping[Asked, Compared]) -> list[Row]:
    """Every version in every campaign, by name; all campaigns of a version together come first."""
    campaigns: dict[str, int] = {}
    for label, _ in tally.cells:
        campaigns[label] = campaigns.get(label, 0) + 1
    reasons = _reasons(compared)
    return [_row(key, tally.cells[key], tally.newest, ALARM / campaigns[key[0]], reasons.get(key, "")) for key in sorted(tally.cells)]


def _reasons(compared: Mapping[Asked, Compared]) -> dict[Key, str]:
    """Why what follows cannot be compared, by cell. Of all campaigns: if it cannot in any."""
    found: dict[Key, str] = {}
    for asked, told in compared.items():
        found[asked.label, asked.campaign] = told.why_not
    by_label: dict[str, list[str]] = {}
    for (label, _), why in found.items():
        by_label.setdefault(label, []).append(why)
    return {**found, **{(label, ALL): whys[0] for label, whys in by_label.items() if all(whys)}}


def _row(key: Key, cell: Cell, newest: int, alarm: float, why_not: str) -> Row:
    label, campaign = key
    shift, (found, since, has_drifted) = _shift(cell, newest), _calibration(cell, alarm)
    drifted = {}
    if shift is not None and shift.has_drifted:
        told = f"index {shift.index:.2f}, at most {shift.most:.2f}"
        drifted[SCORES] = f"its scores have drifted: {told} ({shift.customers:,} customers of this week against {shift.before:,} of its first)"
    if found is not None and has_drifted:
        span = f"{found.ratio:.2f} times as many ({_bound(found.low)} to {_bound(found.high)})"
        drifted[CALIBRATION] = f"of {found.cases:,} customers {found.happened:,} reached the goal, {found.predicted:,.0f} were predicted: {span}"
    return Row(label=label, campaign=campaign, shift=shift, calibration=found, why_not=why_not, since=since * WEEK, drifted=drifted)


def _shift(cell: Cell, newest: int) -> Shift | None:
    now = cell[newest].scores if newest in cell else []
    before: list[float] = []
    for week in sorted(each for each in cell if each < newest):
        before += cell[week].scores
        if len(before) >= FEWEST_BEFORE:
            break
    if len(now) < FEWEST or len(before) < FEWEST_BEFORE:
        return None
    return Shift(index=stability(before, now), most=SHIFT + by_chance(len(before), len(now)), customers=len(now), before=len(before))


def _calibration(cell: Cell, alarm: float) -> tuple[Calibration | None, int, bool]:
    """From the latest week on from which it has drifted; if it has not, from the first one on. With that week, and whether it has."""
    weeks = sorted(week for week, found in cell.items() if found.groups)
    if not weeks:
        return None, 0, False
    since = next((each for each in reversed(weeks) if is_beyond(_from(cell, each), TOLERATED, alpha=alarm)), None)
    first = weeks[0] if since is None else since
    return calibration(_from(cell, first), alpha=alarm), first, since is not None


def _from(cell: Cell, first: int) -> list[Group]:
    return groups(found for week, found in cell.items() if week >= first)


def drifted(found: Iterable[Row]) -> list[tuple[Row, str, str]]:
    """Each row with something that has drifted: what, and why."""
    return [(row, about, why) for row in found for about, why in row.drifted.items()]


def _bound(value: float) -> str:
    return f"{value:.2f}" if value < 1_000 else "more"
