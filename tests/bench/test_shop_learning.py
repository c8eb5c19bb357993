"""The interval of the shop's claim: who is drawn is drawn with both of her lives."""

from random import Random

from bench.evidence.shop_learning import Shop, Worth, interval, mean


def shop(*, better: float, seed: int = 1) -> Shop:
    chance = Random(seed)
    at_random = [Worth(person=f"p{n}", percent=0.0, gain=chance.gauss(0, 20)) for n in range(400)]
    by_score = [Worth(person=each.person, percent=15.0, gain=each.gain + better) for each in at_random]
    return Shop(seed=seed, rows=0, model=0.7, best=0.8, at_random=at_random, by_score=by_score)


def test_two_equal_lives_differ_by_nothing() -> None:
    assert interval([shop(better=0.0)], rounds=100) == (0.0, 0.0)


def test_what_helps_everybody_alike_is_certain_however_much_people_differ() -> None:
    low, high = interval([shop(better=0.5)], rounds=100)
    assert abs(low - 0.5) < 1e-9 > abs(high - 0.5)


def test_what_helps_a_few_by_luck_is_not_certain() -> None:
    one = shop(better=0.0)
    changed = [Worth(person=each.person, percent=0.0, gain=each.gain + (60.0 if n == 7 else 0.0)) for n, each in enumerate(one.by_score)]
    low, high = interval([Shop(seed=1, rows=0, model=0.7, best=0.8, at_random=one.at_random, by_score=changed)], rounds=400)
    assert low == 0.0 < high


def test_the_same_name_in_two_shops_is_two_people() -> None:
    shops = [shop(better=0.5, seed=1), shop(better=-0.5, seed=2)]
    low, high = interval(shops, rounds=400)
    assert low < 0 < high
    assert mean(shops[0].by_score) > mean(shops[0].at_random)
