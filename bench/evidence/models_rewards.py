"""Claim 9 of models: a version that brings less is stopped by what follows, and an equal one is not; a calibration that is off is found, by campaign.

Everything is drawn with a known truth. The rollouts are looked at every fifty customers, at every step, and an outcome is known when it happens: the
hour after the decision for most, three days after it at the latest.
"""

from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from statistics import median
from typing import Any

from bench.report import Claim, at_least, at_most, exactly, measured
from services.drift.cells import WEEK
from services.drift.judge import drifted, rows
from services.drift.predicts import Asked, Compared
from services.drift.tally import ALL, Tally
from services.rollout.reward import ALARM, SETTLED_MS, Reward
from udfs.core.decision.scores import CHALLENGER, CHAMPION
from udfs.core.values.durations import DAY, HOUR

STREAMS = 200
STEPS = (0.01, 0.05, 0.1, 0.25, 0.5)
A_STEP, LAST, POOL = 2_000, 12_000, 60_000
"""Decisions of a step and of the last one with a comparison, and customers to meet."""
RATE, BASKET, SPREAD = 0.06, 60.0, 1.0
WORSE = (0.9, 0.8, 0.7, 0.5)
EVERY = 50
LABEL = "propensity:abc"
CAMPAIGNS = ("cart", "news", "fair")
WEEKS, A_WEEK = 8, 1_000
FOUND, MEASURED = (2.0, 0.4), (1.5,)
"""How many times as often as predicted."""


@dataclass(frozen=True)
class Stopped:
    """How a rollout ended."""

    why: str
    decisions: int
    reached: int
    """Goals that were known by then, of both versions."""
    with_new: int
    """Customers who had the new version until then."""


def check(streams: int = STREAMS) -> list[Claim]:
    """Rollouts, then months of models in use."""
    return [*of_rollouts(streams), *of_calibration(streams), *of_scores(streams)]


def of_rollouts(streams: int) -> list[Claim]:
    """One that is equal, and some that are worse."""
    equal = [_rollout(seed, 1.0) for seed in range(streams)]
    stopped = [each for each in equal if each.why]
    total = A_STEP * (len(STEPS) - 1) + LAST
    found = [
        measured(f"rollouts of {total:,} decisions in {len(STEPS)} steps, goal reached by {RATE:.0%}, a look every {EVERY}", streams, "rollouts"),
        at_most("an equal version: rollouts that reward stops", len(stopped) / streams, "of rollouts", ALARM),
        measured("of these, for how many reach the goal", sum("reached" in each.why for each in stopped), "rollouts"),
        at_most(
            "a better one, a fifth more: rollouts that reward stops",
            _share([_rollout(seed, 1.2) for seed in range(streams // 5)]),
            "of rollouts",
            ALARM,
        ),
    ]
    for ratio in WORSE:
        ended = [_rollout(seed, ratio) for seed in range(streams // 5)]
        caught = [each for each in ended if each.why]
        what = f"a version that reaches {ratio:.0%} of the goals"
        share = _share(ended)
        found.append(
            at_least(f"{what}: rollouts that are stopped", share, "of rollouts", 0.9) if ratio <= 0.7 else measured(f"{what}: stopped", share, "")
        )
        if caught:
            found.append(
                measured(f"{what}: median of the goals that were known when it was stopped", median(each.reached for each in caught), "goals")
            )
            found.append(measured(f"{what}: of the customers who had met it by then", median(each.with_new for each in caught), "customers"))
    cheap = [_rollout(seed, 1.0, worth=0.5) for seed in range(streams // 5)]
    found.append(at_least("one whose goals come as often and are worth half: rollouts that are stopped", _share(cheap), "of rollouts", 0.8))
    found.append(measured("the same: median of the goals that were known by then", median(each.reached for each in cheap if each.why), "goals"))
    return found


def _share(ended: list[Stopped]) -> float:
    return sum(bool(each.why) for each in ended) / len(ended)


def _rollout(seed: int, ratio: float, *, worth: float = 1.0) -> Stopped:
    """One rollout. Some customers come often, and those buy more. Who has the new version keeps it. Outcomes come late."""
    chance = Random(f"{seed} {ratio} {worth}")
    begins = [step * 4 * DAY for step in range(len(STEPS))]
    waiting: list[tuple[int, int, dict[str, Any]]] = []
    known: list[tuple[dict[str, Any], str, bool]] = []
    made = reached = 0
    with_new: set[str] = set()
    for step in range(len(STEPS)):
        reward = Reward(list(zip(begins, STEPS, strict=False))[: step + 1])
        for decision, role, is_outcome in known:  # as the monitor does: what was seen is read again
            reward.take_outcome(decision) if is_outcome else reward.take_decision(decision, {"role": role})
        many = LAST if step == len(STEPS) - 1 else A_STEP
        for number in range(many):
            at = begins[step] + SETTLED_MS + number * (4 * DAY - SETTLED_MS) // many
            while waiting and waiting[0][0] <= at:
                outcome = heappop(waiting)[2]
                known.append((outcome, "", True))
                reward.take_outcome(outcome)
                reached += outcome["conversions"] > 0 and outcome["status"] == "provisional"
            customer = int(POOL * chance.random() ** 2)
            is_new = Random(customer * 1_000_003 + seed).random() < STEPS[step]
            made += 1
            told = {"decision_id": f"d{made}", "user_id": f"u{customer}", "decided_at": at, "outcome": "acted", "reason": "ELIGIBLE"}
            role = CHALLENGER if is_new else CHAMPION
            known.append((told, role, False))
            reward.take_decision(told, {"role": role})
            with_new |= {f"u{customer}"} if is_new else set()
            heaviness = 0.5 + 1.5 * (1 - customer / POOL)
            buys = chance.random() < RATE * heaviness * (ratio if is_new else 1.0)
            value = chance.lognormvariate(0, SPREAD) * BASKET * (worth if is_new else 1.0) if buys else 0.0
            final = {"decision_id": f"d{made}", "conversions": int(buys), "value": value, "status": "final"}
            if buys:
                heappush(waiting, (at + min(3 * DAY, int(chance.expovariate(1 / HOUR))), made, {**final, "status": "provisional"}))
            heappush(waiting, (at + 3 * DAY, -made, final))
            if number % EVERY == 0 and (why := reward.harm()):
                return Stopped(why, made, reached, len(with_new))
    return Stopped("", made, reached, len(with_new))


def of_calibration(streams: int) -> list[Claim]:
    """Eight weeks of a model in four campaigns: predictions hold, or no longer hold in one of them."""
    stable = [_months(seed, 1.0) for seed in range(streams)]
    about = f"{WEEKS} weeks of {len(CAMPAIGNS)} campaigns with {A_WEEK} customers a week"
    found = [
        measured(f"{about}, looked at every day", streams, "models"),
        at_most("predictions that hold: models in which anything has drifted", sum(bool(each) for each, _ in stable) / streams, "of models", ALARM),
    ]
    for ratio in (*FOUND, *MEASURED):
        ended = [_months(seed, ratio) for seed in range(streams // 5)]
        caught = [when for names, when in ended if "fair" in names]
        what = f"in one campaign {ratio:g} times as many as predicted from the fifth week on"
        share = len(caught) / len(ended)
        found.append(at_least(f"{what}: named", share, "of models", 0.9) if ratio in FOUND else measured(f"{what}: named", share, "of models"))
        if caught:
            found.append(measured(f"{what}: median of the final outcomes of that campaign until then", median(caught), "outcomes"))
        others = sum(bool(names - {"fair", ALL}) for names, _ in ended)
        found.append(at_most(f"{what}: another campaign named", others / len(ended), "of models", ALARM))
    return found


def _months(seed: int, ratio: float, *, audience: bool = False) -> tuple[set[str], int]:
    """Which campaigns have drifted by the end, and how many outcomes of the one that changes were known when it was named."""
    chance, tally, number, since, when = Random(f"{seed} {ratio} {audience}"), Tally(), 0, 0, 0
    compared = {Asked(LABEL, name, "buys"): Compared() for name in CAMPAIGNS}
    named: set[str] = set()
    begin = 2_900 * WEEK
    for day in range(WEEKS * 7):
        for name in CAMPAIGNS:
            changed = name == "fair" and day >= 28
            for _ in range(A_WEEK // 7):
                number += 1
                said = chance.betavariate(*((4, 36) if audience and changed else (2, 38)))
                score = {"score": said, "model": LABEL, "reason": "SCORED"}
                at = begin + day * DAY + chance.randrange(DAY)
                told = {"decision_id": f"d{number}", "user_id": f"u{number}", "campaign": name, "at": at, "outcome": "acted", "reason": "ELIGIBLE"}
                tally.take_decision({**told, "scores": {"buys": score}}, compared, now=at)
                came = chance.random() < said * (ratio if changed else 1.0)
                tally.take_outcome({"decision_id": f"d{number}", "conversions": int(came), "status": "final"})
                since += changed
        tally.tidy()
        fresh = {row.campaign for row, _, _ in drifted(rows(tally, compared))} - named
        named |= fresh
        when = since if "fair" in fresh else when
    return named, when


def of_scores(streams: int) -> list[Claim]:
    """Another audience in one campaign, for which the predictions hold."""
    ended = [_months(seed, 1.0, audience=True) for seed in range(streams // 5)]
    return [
        at_least(
            "another audience in one campaign, twice the scores: named", sum("fair" in names for names, _ in ended) / len(ended), "of models", 0.95
        ),
        measured("the same: median of its customers until then", median(when for _, when in ended), "customers"),
        exactly("the same: another campaign named", sum(bool(names - {"fair", ALL}) for names, _ in ended), "models", 0),
    ]
