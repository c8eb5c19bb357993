"""What was drawn for a customer stays hers when weights change; what was taken out does not."""

import random
from collections import Counter
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MONDAY, Life, book, control, event, life, mail, words
from tests.core.campaigns.test_versions import record, share
from tests.core.decision.test_journeys import GRANT, sign_up, welcome
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.campaigns.shares import WAYS, shares_version
from udfs.core.decision.assigned import MAX_ASSIGNED
from udfs.core.engine import Engine
from udfs.core.profile.state import Assigned
from udfs.core.profile.stored import decode, encode
from udfs.core.records import Outcome

PEOPLE = [f"u{number}" for number in range(300)]


def split(**weights: float) -> dict[str, Any]:
    return mail(variants={name: words(weight=weight) for name, weight in weights.items()})


def lives(document: dict[str, Any], *, policy: dict[str, Any] = GRANT) -> dict[str, Life]:
    return {user: life(document, policy, user=user).live([event("go", MONDAY, user=user)]) for user in PEOPLE}


def under(document: dict[str, Any], lived: dict[str, Life], *, at: int = MONDAY + DAY) -> dict[str, Life]:
    """The same people, when the campaign says this, at their next event."""
    engine = Engine(book(document, GRANT))
    for user, each in lived.items():
        each.engine = engine
        each.live([event("go", at, user=user)])
    return lived


def variants(lived: dict[str, Life], place: int = -1) -> dict[str, str | None]:
    return {user: each.decisions[place].variant for user, each in lived.items()}


def test_whoever_was_sent_a_variant_keeps_it_when_weights_change_and_new_customers_are_drawn_by_the_new_ones() -> None:
    lived = lives(split(a=50, b=50))
    first = variants(lived)
    assert variants(under(split(a=1, b=99), lived)) == first
    assert Counter(variants(lives(split(a=1, b=99))).values())["b"] > 285


def test_the_probability_that_decisions_say_stays_that_of_the_draw() -> None:
    lived = under(split(a=10, b=90), lives(split(a=50, b=50)))
    assert {each.decisions[-1].probability for each in lived.values()} == {0.5}
    lived = under(split(a=50, b=50), lives(split(a=10, b=90)))
    assert {(each.decisions[-1].variant, each.decisions[-1].probability) for each in lived.values()} == {("a", 0.1), ("b", 0.9)}


@pytest.mark.parametrize("without", [split(a=1, c=1), split(a=1, b=0, c=1)])
def test_a_variant_that_was_taken_out_or_has_no_weight_is_drawn_again_and_only_that(without: dict[str, Any]) -> None:
    lived = lives(split(a=1, b=1, c=1))
    first = variants(lived)
    then = variants(under(without, lived))
    assert "b" not in then.values()
    assert {user for user in PEOPLE if first[user] != then[user]} == {user for user in PEOPLE if first[user] == "b"}
    again = variants(under(split(a=1, b=1, c=1), lived, at=MONDAY + 2 * DAY))
    assert again == then, "whoever has another one by now keeps that when it comes back"
    assert {each.decisions[-1].probability for user, each in lived.items() if first[user] == "b"} == {0.5}


def test_a_variant_that_is_added_takes_nobody_who_has_one() -> None:
    lived = lives(split(a=1, b=1))
    first = variants(lived)
    assert variants(under(split(a=1, b=1, c=8), lived)) == first


def test_what_waits_or_was_deferred_acts_by_the_variant_that_was_drawn() -> None:
    slow = {name: words(weight=1, wait="2h") for name in ("a", "b")}
    lived = lives(mail(variants=slow))
    engine = Engine(book(mail(variants={"a": {**slow["a"], "weight": 1}, "b": {**slow["b"], "weight": 99}}), GRANT))
    drawn = set()
    for each in lived.values():
        each.engine = engine
        each.wait()
        assert [decision.probability for decision in each.decisions] == [0.5]
        drawn.add(each.decisions[0].variant)
    assert drawn == {"a", "b"}


def test_whose_variant_loses_its_weight_while_it_waits_acts_by_another() -> None:
    slow = {name: words(weight=1, wait="2h") for name in ("a", "b")}
    lived = lives(mail(variants=slow))
    engine = Engine(book(mail(variants={"a": slow["a"], "b": {**slow["b"], "weight": 0}}), GRANT))
    for each in lived.values():
        each.engine = engine
        each.wait()
        assert [decision.variant for decision in each.decisions] == ["a"], "what says stop stops"


def test_who_was_treated_or_left_alone_stays_so_when_the_control_group_grows_or_shrinks() -> None:
    def with_control(size: str | None) -> dict[str, Any]:
        return mail(control_group=size)

    lived = lives(with_control("20%"))
    first = {user: each.decisions[-1].outcome for user, each in lived.items()}
    assert list(first.values()).count(Outcome.CONTROL) in range(40, 80)
    for size, at in (("60%", MONDAY + DAY), ("2%", MONDAY + 2 * DAY)):
        under(with_control(size), lived, at=at)
        assert {user: each.decisions[-1].outcome for user, each in lived.items()} == first
    under(with_control(None), lived, at=MONDAY + 3 * DAY)
    assert {each.decisions[-1].outcome for each in lived.values()} == {"acted"}, "no control group: everybody gets messages"
    under(with_control("20%"), lived, at=MONDAY + 4 * DAY)
    assert {user: each.decisions[-1].outcome for user, each in lived.items()} == first, "a new one is drawn by the same hash"


def test_a_rollout_keeps_nobody_out_who_was_waiting_for_it() -> None:
    document = mail(control_group="10%")
    lived = {user: Life(Engine(compile_book([record(document, rollout=share(0.05)), control(GRANT, offset=1)])), user) for user in PEOPLE}
    groups = []
    for day, part in enumerate((0.05, 0.5, 1.0)):
        engine = Engine(compile_book([record(document, rollout=share(part)), control(GRANT, offset=1)]))
        for user, each in lived.items():
            each.engine = engine
            each.live([event("go", MONDAY + day * DAY, user=user)])
        groups.append({user for user, each in lived.items() if each.decisions[-1].outcome == "control"})
    assert groups[0] > groups[1] > groups[2]
    assert len(groups[2]) in range(15, 50)
    engine = Engine(compile_book([record(mail(control_group="50%")), control(GRANT, offset=1)]))
    for user, each in lived.items():
        each.engine = engine
        each.live([event("go", MONDAY + 9 * DAY, user=user)])
    assert {user for user, each in lived.items() if each.decisions[-1].outcome == "control"} == groups[2], "from its end on it stays"


def test_of_two_histories_the_one_that_was_assigned_first_keeps_what_it_has() -> None:
    before, after = split(a=50, b=50), split(a=1, b=99)
    pairs = 0
    for number in range(200):
        visitor, customer = f"web-{number}", f"kim-{number}"
        early = life(before, GRANT, user=visitor).live([event("go", MONDAY, user=visitor)])
        late = life(after, GRANT, user=customer).live([event("go", MONDAY + HOUR, user=customer)])
        had = early.decisions[0].variant
        pairs += had != late.decisions[0].variant
        engine = Engine(book(after, GRANT))
        _, handed_over = engine.on_leave(early.blob, visitor, MONDAY + 2 * HOUR)
        late.engine, late.blob = engine, engine.on_join(late.blob, customer, handed_over).blob
        late.live([event("go", MONDAY + 3 * HOUR, user=customer)])
        assert (late.decisions[-1].variant, late.decisions[-1].probability) == (had, 0.5)
    assert pairs > 50


def test_a_way_of_a_split_stays_and_one_that_was_taken_out_is_drawn_again() -> None:
    def journey(**ways: float) -> dict[str, Any]:
        steps: list[Any] = [{"split": {name: {"weight": weight, "then": [{"send": name}]} for name, weight in ways.items()}, "id": "how"}]
        return {**welcome(steps), "entry": {"again": "1d"}}

    def ways(document: dict[str, Any], lived: dict[str, Life], at: int) -> dict[str, str | None]:
        engine = Engine(book(document, GRANT))
        for user, each in lived.items():
            each.engine = engine
            each.live([sign_up(user=user, at=at)]).wait()
        return {user: next(one.variant for one in reversed(each.decisions) if one.variant in {"offer", "sms", "bye"}) for user, each in lived.items()}

    lived = {user: Life(Engine(book(journey(offer=1, sms=1), GRANT)), user) for user in PEOPLE[:100]}
    first = ways(journey(offer=1, sms=1), lived, MONDAY)
    assert ways(journey(offer=1, sms=99), lived, MONDAY + 2 * DAY) == first
    assert set(ways(journey(offer=0, sms=1), lived, MONDAY + 4 * DAY).values()) == {"sms"}
    assert set(ways(journey(offer=99, sms=1), lived, MONDAY + 6 * DAY).values()) == {"sms"}


def test_a_message_that_cannot_be_written_assigns_nothing() -> None:
    broken = mail(variants={name: {"channel": "email", "content": {"body": "{{ event.thing }}"}} for name in ("a", "b")})
    lived = life(broken, GRANT).live([event("go", MONDAY, thing=["no", {"text": 1}])])
    assert [each.reason for each in lived.decisions] == ["RENDER_FAILED"]
    assert not [each for each in decode(lived.blob or b"").entered.values() if each.assigned]


def test_one_variant_needs_no_memory_and_of_many_splits_so_many_are_remembered() -> None:
    lived = life(mail(), GRANT).live([event("go", MONDAY)])
    assert [each.assigned for each in decode(lived.blob or b"").entered.values()] == [{}]
    two = life(split(a=1, b=1), GRANT).live([event("go", MONDAY)])
    profile = decode(two.blob or b"")
    held = profile.entered["news"].assigned
    profile.entered["news"].assigned = {**{f"gone-{number}": Assigned("x", 0.5) for number in range(200)}}
    two.blob = encode(profile)
    two.live([event("go", MONDAY + DAY)])
    after = decode(two.blob or b"").entered["news"].assigned
    assert len(after) == MAX_ASSIGNED
    assert after[":variant"] == held[":variant"]


def test_a_profile_of_before_is_read_and_is_assigned_what_it_draws() -> None:
    lived = life(split(a=1, b=1), GRANT).live([event("go", MONDAY)])
    profile = decode(lived.blob or b"")
    profile.entered["news"].assigned = {}
    lived.blob = encode(profile)
    lived.live([event("go", MONDAY + DAY)])
    assert lived.decisions[0].variant == lived.decisions[1].variant
    assert decode(lived.blob or b"").entered["news"].assigned[":variant"][:2] == (lived.decisions[0].variant, 0.5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_over_any_history_of_weights_everybody_has_what_a_list_of_first_messages_says(seed: int) -> None:
    """The naive oracle: a list of who was sent what first, looked at again whenever the weights change."""
    chance, first = random.Random(seed), dict[str, tuple[str, float]]()
    lived = {user: Life(Engine(book(GRANT)), user) for user in PEOPLE[:80]}
    for day in range(12):
        weights = {name: chance.choice([0, 1, 3, 10]) for name in chance.sample("abcd", k=chance.randint(2, 4))}
        if not any(weights.values()):
            continue
        document = split(**weights)
        made = book(document, GRANT).campaigns["news"]
        for user in chance.sample(sorted(lived), k=40):
            each, had = lived[user], first.get(user)
            if had is None or not weights.get(had[0]):
                variant, probability = made.assign(user)
                first[user] = variant.name, probability
            each.engine = Engine(book(document, GRANT))
            each.live([event("go", MONDAY + day * DAY, user=user)])
            assert (each.decisions[-1].variant, each.decisions[-1].probability) == first[user]
    assert len(first) > 60


def shares_of(document: dict[str, Any]) -> str:
    made = book(document, GRANT)
    return shares_version(made.policy, made.campaigns[document["campaign"]])


def test_a_decision_says_by_which_shares_its_customer_was_drawn_whatever_else_was_changed() -> None:
    lived = lives(split(a=50, b=50))
    today = shares_of(split(a=50, b=50))
    assert {each.decisions[0].shares_version for each in lived.values()} == {today}
    under(split(a=10, b=90), lived)
    assert {each.decisions[1].shares_version for each in lived.values()} == {today}, "what was drawn by other shares stays theirs"
    assert {each.decisions[0].shares_version for each in lives(split(a=10, b=90)).values()} == {shares_of(split(a=10, b=90))} != {today}
    words_only = mail(variants={name: {**words(weight=50), "content": {"body": name}} for name in ("a", "b")})
    assert {each.decisions[0].shares_version for each in lives(words_only).values()} == {today}, "the same shares, other words"


def test_what_waited_while_shares_changed_says_the_shares_of_its_draw() -> None:
    slow = {name: words(weight=1, wait="2h") for name in ("a", "b")}
    before = mail(control_group="20%", variants=slow)
    after = mail(control_group="60%", variants={"a": slow["a"], "b": {**slow["b"], "weight": 9}})
    lived, engine = lives(before), Engine(book(after, GRANT))
    for each in lived.values():
        each.engine = engine
        each.wait()
    assert {each.decisions[0].shares_version for each in lived.values()} == {shares_of(before)} != {shares_of(after)}


def test_a_variant_that_is_drawn_again_is_by_the_new_shares() -> None:
    lived = lives(split(a=1, b=1, c=1))
    first, without = variants(lived), split(a=1, c=1)
    under(without, lived)
    now = {user for user, each in lived.items() if each.decisions[-1].shares_version == shares_of(without)}
    assert now == {user for user in PEOPLE if first[user] == "b"}


def test_what_was_remembered_without_its_shares_is_read_and_stands_apart() -> None:
    lived = life(split(a=1, b=1), GRANT).live([event("go", MONDAY)])
    profile = decode(lived.blob or b"")
    held = profile.entered["news"].assigned
    profile.entered["news"].assigned = {what: drawn[:2] for what, drawn in held.items()}  # type: ignore[misc]
    lived.blob = encode(profile)
    lived.live([event("go", MONDAY + DAY)])
    assert lived.decisions[0].variant == lived.decisions[1].variant
    assert lived.decisions[1].shares_version not in (None, lived.decisions[0].shares_version)


def test_the_message_of_a_journey_says_the_shares_of_its_entry_and_of_its_way() -> None:
    def journey(control_group: str, **ways: float) -> dict[str, Any]:
        split_step = {"split": {name: {"weight": weight, "then": [{"send": name}]} for name, weight in ways.items()}, "id": "how"}
        return {**welcome([{"wait": "2d"}, split_step]), "control_group": control_group}

    before = journey("20%", offer=1, sms=1)
    said = []
    for then in (before, journey("20%", offer=1, sms=9), journey("50%", offer=1, sms=1)):
        found = set()
        for user in PEOPLE[:60]:
            each = Life(Engine(book(before, GRANT)), user).live([sign_up(user=user, at=MONDAY)])
            each.engine = Engine(book(then, GRANT))
            found |= {one.shares_version for one in each.wait().decisions}
        assert len(found) == 1, "whoever entered before is of the shares of then, whenever the message goes out"
        said.append(str(found.pop()))
    stays, other_ways, other_group = said
    assert stays == other_group and WAYS in stays
    assert stays.partition(WAYS)[0] == other_ways.partition(WAYS)[0] == shares_of(before) and stays != other_ways


def test_what_is_said_of_shares_is_letters_which_no_lake_takes_for_a_telephone_number() -> None:
    assert all(shares_of(split(a=weight, b=1)).isalpha() for weight in range(1, 200))
