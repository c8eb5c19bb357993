"""The turns of those who wait, and what is safe to forget."""

import random

from services.interest.news import News
from services.interest.waiting import Place, Waiting


def news(number: int, product: str = "tent", *, event: str = "price_dropped", **told: object) -> News:
    return News(id=f"{event}-{product}-{number}", event=event, person=f"p{number}", product_id=product, at=1, **told)  # type: ignore[arg-type]


def filled(*many: News) -> Waiting[int]:
    waiting = Waiting[int]()
    for offset, each in enumerate(many):
        waiting.put(each, Place(0, offset))
    return waiting


def taken(waiting: Waiting[int]) -> list[str]:
    found = []
    while (each := waiting.take()) is not None:
        found.append(f"{each.product_id}-{each.person}")
        waiting.done(each)
    return found


def test_a_few_need_not_wait_for_many() -> None:
    waiting = filled(*(news(number) for number in range(5)), news(1, "stove"), news(2, "stove"))
    assert taken(waiting) == ["tent-p0", "stove-p1", "tent-p1", "stove-p2", "tent-p2", "tent-p3", "tent-p4"]


def test_news_that_are_written_again_are_not_handed_over_again() -> None:
    waiting = filled(news(1), news(1, interest="carted"))
    assert len(waiting) == 1
    first = waiting.take()
    assert first is not None
    assert first.interest == "carted", "the newer record counts"
    waiting.done(first)
    waiting.put(news(1), Place(0, 2))
    assert waiting.take() is None
    assert waiting.safe() == {0: 3}


def test_what_is_withdrawn_is_not_handed_over() -> None:
    waiting = filled(news(1), news(2))
    assert waiting.passed(Place(0, 2), withdrawn=news(1).id)
    assert not waiting.passed(Place(0, 3), withdrawn="never seen")
    assert taken(waiting) == ["tent-p2"]
    assert waiting.safe() == {0: 4}


def test_what_is_withdrawn_while_it_is_handed_over_stays_so() -> None:
    waiting = filled(news(1))
    under_way = waiting.take()
    assert under_way is not None
    assert not waiting.passed(Place(0, 1), withdrawn=under_way.id)
    waiting.done(under_way)
    assert waiting.safe() == {0: 2}


def test_what_could_not_be_handed_over_is_the_first_again() -> None:
    waiting = filled(news(1), news(2))
    one, two = waiting.take(), waiting.take()
    assert one is not None
    assert two is not None
    waiting.done(two)
    for each in (two, one):
        waiting.again(each)
    assert waiting.safe() == {0: 0}
    assert taken(waiting) == ["tent-p1"]


def test_after_a_kill_at_any_point_everything_is_handed_over_and_little_twice() -> None:
    dice = random.Random(5)
    topic = [news(number, dice.choice(["tent", "stove", "boots"])) for number in range(200)]
    handed: list[str] = []
    begin = 0
    while begin < len(topic):
        waiting = Waiting[int]()
        offset = begin
        for _ in range(dice.randrange(1, 60)):
            if offset < len(topic) and dice.random() < 0.6:
                waiting.put(topic[offset], Place(0, offset))
                offset += 1
            elif (each := waiting.take()) is not None:
                handed.append(each.id)
                waiting.done(each)
        begin = waiting.safe().get(0, begin)
    assert set(handed) == {each.id for each in topic}
