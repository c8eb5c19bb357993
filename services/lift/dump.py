"""Decisions and outcomes from files of JSON lines, as `kairos try --records`, `kairos try --json` and `kairos tail … --json` write them."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from services.lift.records import GROUPS, Decided, Log, Told
from udfs.core.values.errors import InvalidInput

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class BadDump(InvalidInput):
    """A file that holds no decisions and outcomes."""


class _Outcome(msgspec.Struct):
    decision_id: str
    revision: int
    status: str
    user_id: str
    campaign: str
    outcome: str
    starts: int
    ends: int
    conversions: int
    at: int
    campaign_version: str = ""
    channel: str = ""
    variant: str = ""
    value: float | None = None
    unvalued: int = 0
    engagement: dict[str, int] = {}


class _Decision(msgspec.Struct):
    decision_id: str
    user_id: str
    campaign: str
    outcome: str
    at: int
    campaign_version: str = ""
    channel: str | None = None
    variant: str | None = None
    shares_version: str | None = None
    features: dict[str, Any] = {}


def read_dumps(files: Iterable[Path], *, campaign: str | None, figures: Sequence[str] = ()) -> Log:
    """What the files say of one campaign, or of all. `figures`: the features that are kept. Raises BadDump, with the line."""
    log = Log()
    campaigns: set[str] = set()

    def take(value: Mapping[str, Any]) -> None:
        name = str(value["campaign"])
        campaigns.add(name)
        if campaign is None or name == campaign:
            _take(log, value, figures)

    each_of(files, take)
    if not campaigns:
        message = "no decision and no outcome in these files"
        raise BadDump(
            message, "`kairos try EVENTS --records` writes both, and so do `kairos tail decisions --json` and `kairos tail outcomes --json`"
        )
    if campaign is not None and campaign not in campaigns:
        message = f"nothing of campaign {campaign!r} in these files: they know {', '.join(sorted(campaigns)[:20])}"
        raise BadDump(message)
    return log


def each_of(files: Iterable[Path], take: Callable[[Mapping[str, Any]], None]) -> None:
    """Have each decision and each outcome of these files taken, and nothing else. Raises BadDump, with the line."""
    for file in files:
        for number, value in _values(file):
            if "outcome" not in value:
                continue  # actions, segments, the directory of people
            try:
                take(value)
            except (msgspec.ValidationError, KeyError) as problem:
                message = f"{file}, line {number}: neither a decision nor an outcome: {problem}"
                raise BadDump(message) from problem


def is_outcome(value: Mapping[str, Any]) -> bool:
    """Whether it is an outcome, and not a decision."""
    return "revision" in value and "starts" in value


def read_values(log: Log, values: Iterable[Mapping[str, Any]], *, figures: Sequence[str] = ()) -> None:
    """Add decisions and outcomes that were not written to a file. Raises msgspec.ValidationError where one is neither."""
    for value in values:
        _take(log, value, figures)


def _take(log: Log, value: Mapping[str, Any], figures: Sequence[str]) -> None:
    if is_outcome(value):
        told = msgspec.convert(value, _Outcome)
        log.take_told(_told(told))
    elif value["outcome"] in GROUPS:
        found = msgspec.convert(value, _Decision)
        log.take_decided(
            Decided(
                decision=found.decision_id,
                user=found.user_id,
                campaign=found.campaign,
                group=found.outcome,
                at=found.at,
                version=found.campaign_version,
                channel=found.channel or "",
                variant=found.variant or "",
                shares=found.shares_version or "",
                features={name: found.features[name] for name in figures if name in found.features},
            )
        )
    else:
        log.until = max(log.until, msgspec.convert(value, _Decision).at)


def _told(found: _Outcome) -> Told:
    """An outcome as it is compared."""
    return Told(
        decision=found.decision_id,
        revision=found.revision,
        status=found.status,
        user=found.user_id,
        campaign=found.campaign,
        version=found.campaign_version,
        group=found.outcome,
        variant=found.variant,
        channel=found.channel,
        starts=found.starts,
        ends=found.ends,
        conversions=found.conversions,
        value=found.value,
        unvalued=found.unvalued,
        happened=frozenset(found.engagement),
        at=found.at,
    )


def _values(file: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each JSON object of a file with the number of its line; of a record that names its topic, its value. Raises BadDump."""
    try:
        with _open(file) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    value = _decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
                    message = f"{file}, line {number}: not a JSON object: {problem}"
                    raise BadDump(message) from problem
                inner = value.get("value")
                yield number, inner if "topic" in value and isinstance(inner, dict) else value
    except (OSError, EOFError, zlib.error) as problem:
        message = f"{file} cannot be read: {problem}"
        raise BadDump(message) from problem


def _open(file: Path) -> IO[bytes]:
    return gzip.open(file) if file.suffix == ".gz" else file.open("rb")  # type: ignore[return-value]
