"""The part of outcomes' claim 2 that is about two tests that others made: the same code reads their tables and finds what they found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.public_data import DATA
from bench.report import Claim, exactly, measured
from services.lift.measure import measure
from services.lift.people import People
from services.lift.table import Columns, read_table

ARMS = (("Mens E-Mail", 0.0766), ("Womens E-Mail", 0.0452))
"""Of Hillstrom's test, and what others found."""


def public_data() -> Iterator[Claim]:
    """Two tests that others made, through the same code."""
    cookies, hillstrom = DATA / "cookie_cats" / "cookie_cats.csv", DATA / "hillstrom" / "hillstrom_quintanilla.csv"
    if not cookies.exists() or not hillstrom.exists():
        absent = "the public data is not here: set KAIROS_DATA to its folder"
        yield Claim(claim="Cookie Cats and Hillstrom", figure=absent, unit="", goal="there", holds=False)
        return
    people = read_table(cookies, Columns(arm="version", outcomes=("retention_7",), unit="userid"), control="gate_40")["gate_30"]
    cats = measure(people, shares=(1, 1), planned=90_000, once=True)
    kept = cats.effect("retention_7")
    yield exactly("Cookie Cats, difference in 7-day retention", round(kept.plain.effect, 4), "", 0.0082)
    yield exactly("Cookie Cats, p of the fixed test", round(kept.p or 0.0, 4), "", 0.0016)
    yield from _spans("Cookie Cats, difference in 7-day retention", cats, "retention_7")
    if cats.ratio is not None:
        yield exactly("Cookie Cats, p of the sample ratio", round(cats.ratio.p or 0.0, 4), "", 0.0086)
        yield exactly("Cookie Cats, the sample ratio is flagged", float(cats.ratio.is_wrong), "", 1)
    columns = Columns(arm="segment", outcomes=("visit", "conversion", "spend"), covariates=("recency", "history", "newbie"))
    for arm, effect in ARMS:
        mails = measure(_read(hillstrom, columns)[arm], shares=(1, 1), planned=40_000, once=True)
        yield exactly(f"Hillstrom, {arm}, effect on visits", round(mails.effect("visit").plain.effect, 4), "", effect)
        yield from _spans(f"Hillstrom, {arm}, effect on visits", mails, "visit")


def _read(file: Path, columns: Columns) -> dict[str, People]:
    return read_table(file, columns, control="No E-Mail")


def _spans(of: str, lift: Any, metric: str) -> Iterator[Claim]:
    effect = lift.effect(metric)
    for name, span in (("at one look", effect.fixed), ("at any look", effect.always)):
        yield measured(f"{of}: 95 % {name}, from", span.low if span else 0.0, "")
        yield measured(f"{of}: 95 % {name}, to", span.high if span else 0.0, "")
