"""Drift as a table for people, and as data for programs."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from services.drift.judge import CALIBRATION, SCORES, Row
from services.drift.tally import ALL

HEAD = ("model", "campaign", "scores", "predicted", "reached", "times as many", "")


def table(found: Sequence[Row]) -> Iterator[str]:
    """Lines: a row for each version in each campaign, then why what followed could not be compared."""
    lines = [HEAD, *(_cells(row) for row in found)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(HEAD))]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    for row in found:
        for why in row.drifted.values():
            yield f"{row.where}: {why}"
    for row in found:
        if row.why_not and row.campaign != ALL:
            yield f"{row.where}: outcomes are not compared: {row.why_not}"


def as_data(row: Row) -> dict[str, Any]:
    """The same as one JSON object a row."""
    shift, calibration = row.shift, row.calibration
    model, _, version = row.label.rpartition(":")
    return {
        "model": model,
        "version": version,
        "campaign": row.campaign or None,
        "scores": None if shift is None else {"index": shift.index, "most": shift.most, "customers": shift.customers, "before": shift.before},
        "calibration": None
        if calibration is None
        else {
            "customers": calibration.cases,
            "predicted": calibration.predicted,
            "reached": calibration.happened,
            "ratio": _finite(calibration.ratio),
            "low": calibration.low,
            "high": _finite(calibration.high),
            "since": row.since,
        },
        "not_compared": row.why_not or None,
        "drifted": dict(row.drifted),
    }


def _cells(row: Row) -> tuple[str, ...]:
    shift, calibration = row.shift, row.calibration
    scores = "-" if shift is None else f"{shift.index:.2f} of {shift.most:.2f}"
    told = ("-", "-", "-")
    if calibration is not None:
        span = f"{calibration.ratio:.2f}, {calibration.low:.2f} to {_high(calibration.high)}"
        told = (f"{calibration.predicted:,.0f}", f"{calibration.happened:,} of {calibration.cases:,}", span)
    drifted = ", ".join(each for each in (SCORES, CALIBRATION) if each in row.drifted)
    return (row.label, row.campaign or "all", scores, *told, f"drifted: {drifted}" if drifted else "")


def _high(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "any"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def any_drifted(found: Iterable[Row]) -> bool:
    """Whether anything has."""
    return any(row.drifted for row in found)
