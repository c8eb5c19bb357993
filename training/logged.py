"""Decisions as the job logged them (topic `decisions`, one JSON object per line): the vectors that were scored, compared with replayed ones."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from training.errors import HistoryError
from training.leak import same
from training.replay import Seen
from udfs.core.records import Decision
from udfs.core.values.contacts import without_contacts


class Logged(msgspec.Struct):
    """The fields that are read of a logged decision."""

    decision_id: str
    campaign: str
    user_id: str
    at: int
    features: dict[str, Any]
    attempt: int = 0
    feature_version: str = ""


Key = tuple[str, int]
"""Decision id and attempt."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """A value that differs between the log and the replay."""

    decision_id: str
    user_id: str
    at: int
    feature: str
    logged: Any
    replayed: Any


@dataclass(kw_only=True)
class Comparison:
    """Compares logged decisions with replayed ones, and counts as it goes."""

    logged: Mapping[Key, Logged]
    compared: int = 0
    values: int = 0
    missing_features: Counter[str] = field(default_factory=Counter)
    """Features that are declared now but missing in the logged vector."""
    mismatches: list[Mismatch] = field(default_factory=list)
    made: set[Key] = field(default_factory=set)

    def take(self, seen: Iterable[Seen]) -> Iterator[Seen]:
        """Yield the replayed decisions that were logged, each with its logged vector instead of the replayed one."""
        for decision, known_at in seen:
            key = decision.decision_id, decision.attempt
            logged = self.logged.get(key)
            if logged is None:
                continue
            self.made.add(key)
            self._compare(decision, logged)
            yield Seen(msgspec.structs.replace(decision, features=logged.features), known_at)

    @property
    def unmade(self) -> list[Logged]:
        """Decisions that were logged but do not occur in the replay."""
        return [logged for key, logged in self.logged.items() if key not in self.made]

    def by_feature(self) -> list[tuple[str, int]]:
        """The number of mismatches per feature, most first."""
        return Counter(mismatch.feature for mismatch in self.mismatches).most_common()

    def _compare(self, decision: Decision, logged: Logged) -> None:
        self.compared += 1
        for name, value in decision.features.items():
            if name not in logged.features:
                self.missing_features[name] += 1
                continue
            self.values += 1
            if not same(logged.features[name], without_contacts(value) if isinstance(value, str) else value):
                mismatch = Mismatch(
                    decision_id=decision.decision_id,
                    user_id=decision.user_id,
                    at=decision.at,
                    feature=name,
                    logged=logged.features[name],
                    replayed=value,
                )
                self.mismatches.append(mismatch)


def read_logged(path: Path, *, campaign: str | None = None) -> dict[Key, Logged]:
    """The decisions of a file (.gz too), of one campaign or of all, as `kairos try --json` or `kairos tail decisions --json` writes them.

    Raises HistoryError if a line is not a decision, or the file cannot be unpacked.
    """
    found: dict[Key, Logged] = {}
    for number, told in lines(path):
        if told.get("topic", "decisions") != "decisions":
            continue
        try:
            logged = msgspec.convert(told["value"] if "topic" in told else told, Logged)
        except (msgspec.MsgspecError, KeyError) as error:
            problem = f"{path}, line {number}: not a decision: {error}"
            raise HistoryError(problem) from error
        if campaign in {None, logged.campaign}:
            found[logged.decision_id, logged.attempt] = logged
    if not found:
        problem = f"{path} holds no decision" + (f" of campaign {campaign!r}: name another with --campaign" if campaign else "")
        raise HistoryError(problem)
    return found


def lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of each line of a file of records (.gz too). Raises HistoryError."""
    if not path.is_file():
        problem = f"no decisions at {path}: `kairos try FILE --json`, or `kairos tail decisions --json`, writes them"
        raise HistoryError(problem)
    number = 0
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.isspace():
                    yield number, msgspec.json.decode(line, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem = f"{path}, line {number}: not a decision: {error}"
        raise HistoryError(problem) from error
    except (OSError, EOFError, zlib.error) as error:
        problem = f"{path} cannot be read: {error}" + ("; is it a complete gzip file?" if path.suffix == ".gz" else "")
        raise HistoryError(problem) from error
