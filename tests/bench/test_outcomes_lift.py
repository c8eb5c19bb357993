"""The redraws that prove the intervals of lift: they find what is right, and would find what is wrong."""

import numpy as np
import pytest

import bench.evidence.outcomes_lift as evidence
from bench.evidence.outcomes_lift import CAMPAIGN, Shop, joined, paired, redrawn
from services.lift.records import Decided, Log, Told
from services.statistics.difference import difference


def shop(*, people: int = 1_500, effect: float = 0.05) -> Shop:
    """People whose dice are known: what they do with the message differs from what they do without in some of them."""
    chance = np.random.default_rng(5)
    dice, worth = chance.random(people), chance.gamma(2, 30, people)
    without, with_it = (dice < 0.3).astype(float), (dice < 0.3 + effect).astype(float)
    return Shop(
        ids=tuple(f"u{number}" for number in range(people)),
        with_it={"reached": with_it, "value": with_it * worth},
        without={"reached": without, "value": without * worth},
        figures=np.column_stack([dice + chance.normal(0, 0.3, people), worth]),
    )


def test_intervals_that_are_right_cover_the_truth_and_do_not_alarm() -> None:
    found = redrawn((shop(), list(range(60))))
    for metric, parts in zip(("reached", "value"), found, strict=True):
        seen = joined((parts,))
        assert seen.metric == metric
        assert seen.fixed > 0.85
        assert seen.always > 0.9
        assert seen.alarms < 0.1 < seen.alarms_fixed
        assert seen.narrower < 0.95
        assert 1.5 < seen.wider < 1.6
        assert abs(seen.bias) < 4


def test_intervals_that_are_too_narrow_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def halved(*told: object) -> object:
        from dataclasses import replace

        found = difference(*told)  # type: ignore[arg-type]
        return replace(found, error=None if found.error is None else found.error / 2)

    monkeypatch.setattr(evidence, "difference", halved)
    assert joined((redrawn((shop(), list(range(60))))[0],)).fixed < 0.85


def test_two_lives_that_differ_before_the_first_message_are_refused() -> None:
    one, other = log("acted", at=5), log("held_out", at=5)
    assert paired(one, other).ids == ("ada",)
    with pytest.raises(ValueError, match="differ before the first message"):
        paired(log("acted", at=5), log("held_out", at=6))


def log(group: str, *, at: int) -> Log:
    made = Log(until=10**9)
    features = {"views_7d": 1, "added_7d": 0}
    decided = Decided(decision=f"d{at}", user="ada", campaign=CAMPAIGN, group=group, at=at, features=features)
    made.take_decided(decided)
    made.take_told(
        Told(
            decision=decided.decision,
            revision=0,
            status="final",
            user="ada",
            campaign=CAMPAIGN,
            version="",
            group=group,
            variant="offer",
            channel="email",
            starts=at,
            ends=at + 1_000,
            conversions=1,
            value=1.0,
            unvalued=0,
            happened=frozenset(),
            at=at + 1_000,
        )
    )
    return made


@pytest.mark.slow
def test_the_shop_is_the_same_in_every_life_until_the_first_message(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CUSTOMERS", 150), ("DAYS", 3), ("AFTER", 4)):
        monkeypatch.setattr(evidence, name, value)
    everybody, nobody, some = (evidence.lived(world) for world in ("everybody", "nobody", "some"))
    twice = paired(everybody, nobody)
    assert len(twice.ids) > 15
    assert (twice.with_it["reached"] != twice.without["reached"]).any()
    assert {each.group for each in everybody.decided.values()} == {"acted"}
    assert {each.group for each in nobody.decided.values()} == {"held_out"}
    groups = {each.user: each.group for each in some.decided.values()}
    assert set(groups) == set(twice.ids)
    assert set(groups.values()) == {"acted", "control"}
