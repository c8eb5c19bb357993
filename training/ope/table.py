"""A plain table of logged decisions: CSV, one row each.

* `arm`: what was chosen.
* `reward`: what it was worth, a number.
* `probability`: with which it was chosen.
* `feasible`: what could be chosen, separated by `;`. Without the column: every arm.
* `context`, `person`: what is known of the moment, and whose decision it was. Both may be left out.
* `target:NAME`: with which probability the other policy chooses the arm NAME here, for `--policy table`.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import Path

from training.errors import HistoryError
from training.ope.log import Choice, Log, log_of

NEEDED = ("arm", "reward", "probability")
KNOWN = (*NEEDED, "feasible", "context", "person")
TARGET = "target:"


def read_table(path: Path) -> Log:
    """The decisions of a table; .gz too. Raises HistoryError with the line of what cannot be read."""
    try:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        problem = f"{path} cannot be read: {error}"
        raise HistoryError(problem) from error
    rows = csv.DictReader(io.StringIO(text, newline=""))
    columns = rows.fieldnames or []
    missing = [name for name in NEEDED if name not in columns]
    if missing:
        problem = f"{path} has no column {', '.join(missing)}: a table has {', '.join(NEEDED)}; it may have feasible, context, person, target:NAME"
        raise HistoryError(problem)
    strange = [name for name in columns if name not in KNOWN and not name.startswith(TARGET)]
    try:
        choices = [_choice(row, f"{path}, line {rows.line_num}") for row in rows]
    except csv.Error as error:
        problem = f"{path}, line {rows.line_num}: {error}"
        raise HistoryError(problem) from error
    return log_of(choices, notes=[f"columns that have no meaning here: {', '.join(strange)}"] if strange else [])


def _choice(row: Mapping[str | None, str | list[str] | None], place: str) -> Choice:
    told = {key: value for key, value in row.items() if key is not None and isinstance(value, str)}
    if len(told) < len(row):
        problem = f"{place}: it has fewer or more fields than the first line"
        raise HistoryError(problem)
    target = {name.removeprefix(TARGET): _number(told, name, place) for name in told if name.startswith(TARGET)}
    return Choice(
        arm=told["arm"],
        reward=_number(told, "reward", place),
        probability=_number(told, "probability", place),
        feasible=[arm for arm in told.get("feasible", "").split(";") if arm],
        context=told.get("context", ""),
        person=told.get("person", ""),
        target=target or None,
        place=place,
    )


def _number(told: Mapping[str, str], name: str, place: str) -> float:
    try:
        return float(told[name])
    except ValueError:
        problem = f"{place}: {name} is a number, not {told[name]!r}"
        raise HistoryError(problem) from None
