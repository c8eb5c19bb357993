"""People from a table that somebody else has made: a CSV file with a row for each person, or several rows of one person to be added up."""

import csv
import gzip
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from services.lift.people import NUMBER, RATE, Left, Metric, People
from udfs.core.values.errors import InvalidInput
from udfs.core.values.numbers import MAX_MAGNITUDE
from udfs.core.values.problems import did_you_mean, shown

_WORDS = {"true": 1.0, "t": 1.0, "yes": 1.0, "y": 1.0, "false": 0.0, "f": 0.0, "no": 0.0, "n": 0.0}
UNKNOWN = frozenset({"", "na", "n/a", "nan", "null", "none"})


class BadTable(InvalidInput):
    """A table that cannot be compared."""


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column says what."""

    arm: str
    outcomes: Sequence[str]
    unit: str | None = None
    """Who a row is about; None: each row is somebody else."""
    covariates: Sequence[str] = ()
    """Figures from before."""

    @property
    def every(self) -> list[str]:
        """All that are read."""
        return [*([self.unit] if self.unit else []), self.arm, *self.outcomes, *self.covariates]


@dataclass(kw_only=True)
class _Unit:
    arm: str
    outcomes: list[float]
    covariates: list[float]
    arms: set[str]


def read_table(file: Path, columns: Columns, *, control: str) -> dict[str, People]:
    """Each other arm against `control`, by the arm's name. Raises BadTable, with the line and what to write instead."""
    units: dict[str, _Unit] = {}
    repeated = 0
    for line, row in _rows(file, columns):
        key = row[columns.unit].strip() if columns.unit else str(line)
        if not key:
            message = f"{file}, line {line}: {columns.unit} is empty"
            raise BadTable(message, "every row says whom it is about")
        arm = row[columns.arm].strip()
        outcomes = [_number(file, line, name, row[name]) for name in columns.outcomes]
        before = units.get(key)
        if before is None:
            covariates = [_figure(file, line, name, row[name]) for name in columns.covariates]
            units[key] = _Unit(arm=arm, outcomes=outcomes, covariates=covariates, arms={arm})
        else:
            repeated += 1
            before.arms.add(arm)
            before.outcomes = [one + other for one, other in zip(before.outcomes, outcomes, strict=True)]
    if not units:
        message = f"{file} has no rows"
        raise BadTable(message)
    arms = sorted({arm for each in units.values() for arm in each.arms})
    if control not in arms:
        message = f"no row has {shown(control)} in {columns.arm}"
        raise BadTable(message, did_you_mean(control, arms) or f"the arms are {', '.join(map(shown, arms[:8]))}")
    if len(arms) < 2:
        message = f"every row has {shown(control)} in {columns.arm}"
        raise BadTable(message, "a comparison needs another arm")
    notes = (f"{repeated:,} further rows of people who were there already were added to theirs",) if repeated else ()
    return {arm: _against(units.values(), columns, arm, control, notes) for arm in arms if arm != control}


def _against(units: Iterable[_Unit], columns: Columns, arm: str, control: str, notes: tuple[str, ...]) -> People:
    wanted = [each for each in units if each.arms & {arm, control}]
    clean = [each for each in wanted if len(each.arms) == 1]
    values = np.array([each.outcomes for each in clean], float).reshape(len(clean), len(columns.outcomes))
    treated = np.array([each.arm == arm for each in clean], bool)
    return People(
        treated=treated,
        metrics=tuple(
            Metric(name=name, kind=RATE if np.isin(values[:, place], (0.0, 1.0)).all() else NUMBER, values=values[:, place])
            for place, name in enumerate(columns.outcomes)
        ),
        figures=np.array([each.covariates for each in clean], float) if columns.covariates else None,
        figure_names=tuple(columns.covariates),
        assigned=(sum(arm in each.arms for each in wanted), sum(control in each.arms for each in wanted)),
        left=Left(in_both=len(wanted) - len(clean)),
        notes=notes,
    )


def _rows(file: Path, columns: Columns) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        with _open(file) as text:
            reader = csv.DictReader(text)
            header = [name.strip() for name in reader.fieldnames or []]
            reader.fieldnames = header
            for name in columns.every:
                if name not in header:
                    message = f"{file} has no column {shown(name)}"
                    raise BadTable(message, did_you_mean(name, header) or f"it has {', '.join(header[:20])}")
            for row in reader:
                if any(row.get(name) is None for name in columns.every):
                    message = f"{file}, line {reader.line_num}: fewer columns than the header"
                    raise BadTable(message)
                yield reader.line_num, row
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as problem:
        message = f"{file} cannot be read: {problem}"
        raise BadTable(message, "a table is CSV in UTF-8, with a header") from problem


def _open(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _number(file: Path, line: int, column: str, text: str) -> float:
    word = text.strip().lower()
    if word in UNKNOWN:
        hint = "write 0 where nothing happened; people whose outcome is not known yet do not belong into the table, whatever their arm"
        message = f"{file}, line {line}: {column} is empty"
        raise BadTable(message, hint)
    return _read(file, line, column, word)


def _figure(file: Path, line: int, column: str, text: str) -> float:
    word = text.strip().lower()
    return math.nan if word in UNKNOWN else _read(file, line, column, word)


def _read(file: Path, line: int, column: str, word: str) -> float:
    try:
        value = _WORDS[word] if word in _WORDS else float(word)
    except ValueError:
        value = math.inf
    if not abs(value) <= MAX_MAGNITUDE:
        message = f"{file}, line {line}: {column} is {shown(word)}, not a number between -1e15 and 1e15"
        raise BadTable(message, "write a number, or true and false")
    return value
