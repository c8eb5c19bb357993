"""Claim 2 of outcomes: intervals of lift hold what they promise, in a shop where the truth is known, and on two public tests.

The shop is lived twice with the same dice: everybody gets the message, and nobody does. So it is known of each person what she does with it and
without. Then groups are drawn again and again, by the hash that the job draws control groups by, and each time what would have been seen is
compared with what is true. At last the shop is lived with a control group, from events to the command's own figures.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Literal

import msgspec
import numpy as np

from bench.evidence.outcomes_lift_tables import public_data
from bench.report import Claim, at_least, at_most, exactly, measured
from services.lift.dump import read_values
from services.lift.exposed import Asked, people_of
from services.lift.measure import measure
from services.lift.persons import persons_of
from services.lift.records import Log
from services.local.job import LocalJob, Output
from services.replay.records import Record
from services.statistics.cuped import adjusted
from services.statistics.difference import Groups, Numbers, difference
from services.statistics.path import path
from simulation.closed_loop import live
from simulation.world import World
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Decision
from udfs.core.values import chance

START = 1_764_547_200_000
CUSTOMERS, DAYS, AFTER = 4_000, 6, 4
"""The days of the campaign, and those after it, in which windows end."""
SEED = 311
REDRAWS = 2_000
SHARE = 0.2
"""Of the control group."""
WORKERS = 2
CAMPAIGN = "browsing"
RULE: dict[str, Any] = {
    "trigger": {"idle": "1h", "of": "browsing", "unless": ["order_completed"]},
    "entry": {"again": "3d"},
    "goal": {"event": "order_completed", "within": "3d", "value": "revenue", "guard": "unsubscribe_rate"},
    "variants": {"offer": {"channel": "email", "content": {"subject": "Still looking?", "body": "It waits."}, "offer": {"percent": 15}}},
}
FIGURES = ("views_7d", "added_7d")
"""What decisions carry, and CUPED uses."""
FEATURES = [
    {"name": "views_7d", "event": "product_viewed", "aggregate": "count", "window": "7d"},
    {"name": "added_7d", "event": "product_added", "aggregate": "sum", "of": "properties.price", "window": "7d"},
]
World_ = Literal["everybody", "nobody", "some"]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """What each person does with the message and without, in the order of first exposures."""

    ids: tuple[str, ...]
    with_it: dict[str, Numbers]
    """By metric."""
    without: dict[str, Numbers]
    figures: Numbers


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How intervals did over many draws, of one metric."""

    metric: str
    truth: float
    fixed: float
    """The share of draws in which the ordinary interval, at the end, covers the truth."""
    cuped: float
    narrower: float
    """The ordinary interval's width with CUPED against that without."""
    always: float
    """The share of draws in which the always-valid interval covers the truth after every person."""
    wider: float
    """Its width against the ordinary interval's at the end."""
    alarms: float
    """The share of draws in which it excludes zero after any person, though the message does nothing."""
    alarms_fixed: float
    """The same of the ordinary interval."""
    bias: float
    """The mean estimate less the truth, in standard errors of that mean."""


def check() -> list[Claim]:
    """The shop, its redraws, and the public data where it is available."""
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        logs = dict(zip(("everybody", "nobody", "some"), pool.map(lived, ("everybody", "nobody", "some")), strict=True))
        shop = paired(logs["everybody"], logs["nobody"])
        parts = np.array_split(np.arange(REDRAWS), WORKERS * 4)
        seen = [joined(each) for each in zip(*pool.map(redrawn, [(shop, part.tolist()) for part in parts]), strict=True)]
    found = [measured("people of the shop who are exposed, each known with and without the message", len(shop.ids), "people")]
    for each in seen:
        found += _claims(each)
    return [*found, *_lived_with_control(logs["some"], shop), *public_data()]


def _claims(seen: Seen) -> Iterator[Claim]:
    noise = 1.96 * (0.05 * 0.95 / REDRAWS) ** 0.5
    of = f"{seen.metric}, {REDRAWS:,} redraws of a control group of {SHARE:.0%}"
    yield measured(f"{of}: true effect a person", seen.truth, "")
    yield at_most(f"{of}: mean estimate less the truth", abs(seen.bias), "standard errors", 3.5)
    yield at_least(f"{of}: the fixed interval covers the truth", 100 * seen.fixed, "%", 93.5)
    yield at_most(f"{of}: the fixed interval covers the truth, at most", 100 * seen.fixed, "%", 96.5)
    yield at_least(f"{of}: the fixed interval with CUPED covers the truth", 100 * seen.cuped, "%", 93.5)
    yield measured(f"{of}: its width against that without CUPED", seen.narrower, "times")
    yield at_least(f"{of}: the always-valid interval covers the truth after every person", 100 * seen.always, "%", 100 * (0.95 - noise))
    yield at_most(f"{of}: its width against the fixed one at the end", seen.wider, "times", 1.6)
    yield at_most(f"{of}: false alarms of the always-valid interval, looked at after every person", 100 * seen.alarms, "%", 5)
    yield measured(f"{of}: the same of the fixed interval, which does not allow it", 100 * seen.alarms_fixed, "%")


def lived(world: World_) -> Log:
    """The shop, in which everybody, nobody or some get the message: what the job wrote of it."""
    job = _Noting(LocalJob(_book(world)))
    shop = World(seed=SEED, start=START, customers=CUSTOMERS, strangers=0.0)
    live(shop, job, days=DAYS, wants=())
    job.job.engine.book = _paused(job.job.engine.book)
    live(shop, job, days=AFTER, wants=())
    return job.log


def paired(everybody: Log, nobody: Log) -> Shop:
    """Who is exposed is exposed at the same instant in both lives, since nothing differs before. Raises ValueError if not."""
    first, second = (people_of(log, Asked(campaign=CAMPAIGN, against="held_out", figures=FIGURES)) for log in (everybody, nobody))
    one, other = (persons_of(log, log.decided.values()) for log in (everybody, nobody))
    if [person.first.decision for person in one] != [person.first.decision for person in other] or len(first) != len(one):
        message = "the two lives of the shop differ before the first message"
        raise ValueError(message)
    values = [{each.name: each.values for each in people.metrics} for people in (first, second)]
    if first.figures is None:
        message = "decisions carry no figures"
        raise ValueError(message)
    ids = sorted(one, key=lambda person: (person.first.at, person.first.decision))
    return Shop(ids=tuple(person.first.user for person in ids), with_it=values[0], without=values[1], figures=first.figures)


def redrawn(job: tuple[Shop, list[int]]) -> list[dict[str, list[float]]]:
    """For each metric, what each of these draws came to."""
    shop, numbers = job
    found: list[dict[str, list[float]]] = []
    groups = [np.array([chance.lot(f"control:{CAMPAIGN}-{number}", each) >= SHARE for each in shop.ids], bool) for number in numbers]
    for metric in ("reached", "value"):
        tallies: dict[str, list[float]] = {"metric": [metric]}  # type: ignore[list-item]
        for treated in groups:
            for name, value in _one_draw(shop, metric, treated).items():
                tallies.setdefault(name, []).append(value)
        found.append(tallies)
    return found


def _one_draw(shop: Shop, metric: str, treated: Groups) -> dict[str, float]:
    one, other = shop.with_it[metric], shop.without[metric]
    seen, true = np.where(treated, one, other), float((one - other).mean())
    end = difference(seen, treated)
    helped = difference(adjusted(seen, treated, shop.figures).outcome, treated)
    running = path(seen, treated)
    people = np.arange(1, len(seen) + 1)
    half = running.always(planned=len(seen))
    so_far = np.cumsum(one - other) / people
    null = path(other, treated)
    ordinary, always = end.fixed(), end.always(planned=len(seen))
    if ordinary is None or always is None or helped.error is None or end.error is None:
        message = f"too few people did anything to compare {metric}"
        raise ValueError(message)
    return {
        "truth": true,
        "effect": end.effect,
        "error": end.error,
        "fixed": float(ordinary.low <= true <= ordinary.high),
        "cuped": float(abs(helped.effect - true) <= 1.959964 * helped.error),
        "narrower": helped.error / end.error,
        "always": float(not (np.abs(running.effect - so_far) > half).any()),
        "wider": (always.high - always.low) / (ordinary.high - ordinary.low),
        "alarms": float((np.abs(null.effect) > null.always(planned=len(seen))).any()),
        "alarms_fixed": float((np.abs(null.effect) > null.fixed()).any()),
    }


def joined(parts: "tuple[dict[str, list[float]], ...]") -> Seen:
    """What the parts of the draws say together of one metric."""
    every = {name: [value for part in parts for value in part[name]] for name in parts[0] if name != "metric"}
    mean = {name: float(np.mean(values)) for name, values in every.items()}
    effects = np.array(every["effect"])
    return Seen(
        metric=str(parts[0]["metric"][0]),
        truth=mean["truth"],
        fixed=mean["fixed"],
        cuped=mean["cuped"],
        narrower=mean["narrower"],
        always=mean["always"],
        wider=mean["wider"],
        alarms=mean["alarms"],
        alarms_fixed=mean["alarms_fixed"],
        bias=float((effects.mean() - mean["truth"]) / (effects.std(ddof=1) / len(effects) ** 0.5)),
    )


def _lived_with_control(log: Log, shop: Shop) -> Iterator[Claim]:
    """The whole way: groups that the job drew, decisions of the control group that it wrote, the figures of the command."""
    people = people_of(log, Asked(campaign=CAMPAIGN))
    lift = measure(people, shares=(1 - SHARE, SHARE), planned=len(shop.ids))
    true = float((shop.with_it["reached"] - shop.without["reached"]).mean())
    found = lift.effect("reached")
    yield exactly(
        "the shop lived with a control group: people who are counted, against those of the two lives", len(people) - len(shop.ids), "people", 0
    )
    yield measured("the same: effect on reached", found.best.effect, "")
    if found.fixed is not None and lift.ratio is not None:
        yield exactly("the same: the fixed interval covers the truth", float(found.fixed.low <= true <= found.fixed.high), "", 1)
        yield at_least("the same: p-value of the sample ratio", lift.ratio.p or 0.0, "", 0.001)


class _Noting:
    """The job, with a log of what it writes."""

    def __init__(self, job: LocalJob) -> None:
        self.job, self.log = job, Log()

    def take(self, record: Record) -> list[Output]:
        """One record."""
        return self._note(self.job.take(record))

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """The timers that are due."""
        for outputs in self.job.until(now):
            yield self._note(outputs)

    def _note(self, outputs: list[Output]) -> list[Output]:
        read_values(self.log, (msgspec.to_builtins(each) for each in outputs if isinstance(each, (Decision, GoalOutcome))), figures=FIGURES)
        return outputs


def _book(world: World_) -> Book:
    """`nobody`: the policy holds everybody out; `some`: the campaign has a control group."""
    document = {"campaign": CAMPAIGN, **RULE, **({"control_group": f"{SHARE:.0%}"} if world == "some" else {})}
    entries = [_entry("features", "features", {"features": FEATURES}), _entry("campaign", CAMPAIGN, document)]
    if world == "nobody":
        entries.append(_entry("policy", "policy", {"holdout": {"share": "100%", "epoch": "ghosts"}, "consent": {"default": {"marketing": "grant"}}}))
    return compile_book(entries)


def _entry(kind: str, name: str, document: dict[str, Any], *, status: str = "live") -> Entry:
    value = {"kind": kind, "name": name, "version": "1", "status": status, "document": document}
    return Entry(f"campaign/{name}" if kind == "campaign" else kind, 10, json.dumps(value).encode())


def _paused(book: Book) -> Book:
    """The same with the campaign paused: nobody new is exposed, and windows end."""
    key = f"campaign/{CAMPAIGN}"
    document = json.loads(book.entries[key].value or b"")["document"]
    others = [entry for entry in book.entries.values() if entry.key != key]
    return compile_book([*others, _entry("campaign", CAMPAIGN, document, status="paused")])
