"""Outcomes of decisions: what counts, what is written when, and what gives way. The oracle of tests/outcome_oracle has the rest."""

from typing import Any

import msgspec
import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, campaign, event, life, mail
from udfs.core.decision import outcomes
from udfs.core.goal_outcome import GoalOutcome
from udfs.core.profile import windows
from udfs.core.profile.stored import decode
from udfs.core.records import Event, Segment

T = MONDAY
ORDERED = {"event": "order_completed", "within": "3d", "value": "revenue"}


def news(**goal: Any) -> dict[str, Any]:
    return mail("news", goal={**ORDERED, **goal})


def order(at: int, total: float = 60, **fields: Any) -> Event:
    return event("order_completed", at, total=total, **{"order_id": f"o{at}", **fields})


def go(at: int = T) -> Event:
    return event("go", at)


def written(lived: Life) -> list[tuple[str, int, int, float | None]]:
    """Status, revision, conversions and value of each outcome."""
    return [(each.status.value, each.revision, each.conversions, each.value) for each in told(lived)]


def told(lived: Life) -> list[GoalOutcome]:
    return [record for record in lived.records if isinstance(record, GoalOutcome)]


def first_id(lived: Life) -> str:
    return lived.decisions[0].decision_id


def test_the_first_conversion_is_provisional_and_the_end_of_the_window_final() -> None:
    lived = life(news()).live([go(), order(T + HOUR), order(T + 2 * HOUR, 40)]).wait(T + 4 * DAY)
    assert written(lived) == [("provisional", 0, 1, 60), ("final", 1, 2, 100)]
    assert [each.at for each in told(lived)] == [T + HOUR, T + 3 * DAY]


def test_a_decision_without_a_conversion_has_a_final_outcome_too() -> None:
    assert written(life(news()).live([go()]).wait(T + 3 * DAY)) == [("final", 0, 0, 0)]


def test_a_campaign_without_a_goal_has_no_outcomes_and_keeps_nothing() -> None:
    lived = life(mail("news")).live([go(), order(T + HOUR)])
    assert told(lived) == []
    assert decode(lived.blob or b"").measured is None


def test_an_order_that_triggers_a_campaign_is_not_its_own_conversion() -> None:
    thanks = news() | {"trigger": {"event": "order_completed"}}
    assert written(life(thanks).live([order(T), order(T + DAY, 40)]).wait(T + 5 * DAY)) == [
        ("provisional", 0, 1, 40),
        ("final", 1, 1, 40),
        ("final", 0, 0, 0),
    ]


@pytest.mark.parametrize(("at", "counts"), [(T, 0), (T + 1, 1), (T + 3 * DAY, 1), (T + 3 * DAY + 1, 0)])
def test_what_happens_at_the_end_of_a_window_is_in_it_and_at_its_beginning_not(at: int, counts: int) -> None:
    assert written(life(news()).live([go(), order(at)]).wait(T + 9 * DAY))[-1][2] == counts


def test_an_order_of_before_the_decision_that_is_reported_after_it_does_not_count() -> None:
    lived = life(news()).live([go(), order(T - MINUTE, received=T + MINUTE)]).wait(T + 4 * DAY)
    assert written(lived) == [("final", 0, 0, 0)]


@pytest.mark.parametrize(("reported", "counts"), [(6 * DAY, 1), (6 * DAY + 1, 0)])
def test_what_is_reported_up_to_72_hours_after_the_end_revises_the_outcome(reported: int, counts: int) -> None:
    lived = life(news()).live([go(), order(T + DAY, received=T + reported)])
    assert written(lived)[-1] == ("final", counts, counts, 60 * counts)


def test_a_refund_in_the_window_revises_the_provisional_outcome_and_one_after_it_the_final_one() -> None:
    back = [event("order_refunded", T + 2 * HOUR, order_id="a", total=10), event("order_refunded", T + 9 * DAY, order_id="a", total=50)]
    lived = life(news()).live([go(), order(T + HOUR, order_id="a"), *back])
    assert written(lived) == [("provisional", 0, 1, 60), ("provisional", 1, 1, 50), ("final", 2, 1, 50), ("final", 3, 0, 0)]


def test_a_refund_more_than_30_days_after_the_conversion_changes_nothing() -> None:
    back = event("order_refunded", T + HOUR + 30 * DAY + 1, order_id="a")
    assert written(life(news()).live([go(), order(T + HOUR, order_id="a"), back]))[-1] == ("final", 1, 1, 60)


def test_an_order_that_two_messages_report_is_one_conversion() -> None:
    lived = life(news()).live([go(), order(T + HOUR, order_id="a"), order(T + 2 * HOUR, order_id="A ")]).wait(T + 4 * DAY)
    assert written(lived)[-1] == ("final", 1, 1, 60)


def test_members_of_the_control_group_have_outcomes_and_no_credit() -> None:
    lived = (
        life(news() | {"control_group": "100%"}).live([go(), order(T + HOUR), event("unsubscribed", T + 2 * HOUR, channel="email")]).wait(T + 4 * DAY)
    )
    last = told(lived)[-1]
    assert (last.outcome, last.conversions, last.engagement) == ("control", 1, {"unsubscribed": T + 2 * HOUR})
    assert not any(last.credit.values())


def test_machine_opens_are_apart_and_give_no_credit() -> None:
    lived = life(news(basis="opened")).live([go()])
    opens = [event("message_opened", T + MINUTE, decision_id=first_id(lived), machine=True), order(T + HOUR)]
    last = told(lived.live(opens).wait(T + 4 * DAY))[-1]
    assert last.engagement == {"machine_opened": T + MINUTE}
    assert last.credit["linear"] == 0


def test_credit_by_clicks_goes_to_the_message_that_was_clicked() -> None:
    lived = life(news(basis="clicked")).live([go(), go(T + HOUR)])
    clicked = event("message_clicked", T + 2 * HOUR, decision_id=first_id(lived))
    last = {each.decision_id: each for each in told(lived.live([clicked, order(T + 3 * HOUR)]).wait(T + 5 * DAY))}
    assert [last[each.decision_id].credit["last"] for each in lived.decisions] == [1, 0]
    assert [last[each.decision_id].conversions for each in lived.decisions] == [1, 1]


def test_a_click_that_is_reported_late_moves_the_credit() -> None:
    lived = life(news(basis="clicked")).live([go(), order(T + 3 * HOUR)]).wait(T + 4 * DAY)
    assert told(lived)[-1].credit["last"] == 0
    lived.live([event("message_clicked", T + 2 * HOUR, received=T + 5 * DAY, decision_id=first_id(lived))])
    assert (told(lived)[-1].status, told(lived)[-1].credit["last"]) == ("final", 1)


def test_who_is_forgotten_has_outcomes_that_are_cut() -> None:
    policy = {"retention": {"anonymous": "7d", "known": "10d"}, "consent": {"default": {"marketing": "grant"}}}
    hello = event("identify", T - 1, traits={"email": "ada@example.com"})
    lived = life(news(within="40d"), policy).live([hello, go(), order(T + HOUR)]).wait(T + 20 * DAY)
    assert written(lived) == [("provisional", 0, 1, 60), ("cut", 1, 1, 60)]
    assert told(lived)[-1].at == T + HOUR + 10 * DAY
    assert lived.blob == b""


def test_who_withdraws_consent_to_storage_has_outcomes_that_are_cut_and_nothing_is_kept() -> None:
    lived = life(news()).live([go(), order(T + HOUR), event("consent_withdrawn", T + 2 * HOUR, purpose="storage"), order(T + 3 * HOUR)])
    assert written(lived) == [("provisional", 0, 1, 60), ("cut", 1, 1, 60)]
    assert decode(lived.blob or b"").measured is None


def test_the_oldest_window_gives_way_and_says_so() -> None:
    lived = life(news()).live([go(T + number) for number in range(outcomes.MAX_WINDOWS + 2)])
    assert [(each.status.value, each.decision_id) for each in told(lived)] == [("cut", each.decision_id) for each in lived.decisions[:2]]
    assert len(windows.held(decode(lived.blob or b"")).windows) == outcomes.MAX_WINDOWS


def test_windows_that_have_ended_give_way_first_and_silently() -> None:
    quick, slow = news() | {"trigger": {"event": "quick"}, "campaign": "quick"}, news(within="30d")
    quick["goal"] = {**ORDERED, "within": "1h"}
    lived = life(quick, slow).live([go(), *(event("quick", T + 1 + number) for number in range(40)), order(T + MINUTE)])
    lived.live([go(T + 2 * HOUR + number) for number in range(60)])
    assert "cut" not in [each.status.value for each in told(lived)]


def test_of_many_conversions_the_oldest_can_no_longer_be_taken_back_and_still_count() -> None:
    many = outcomes.MAX_CONVERSIONS + 8
    lived = life(news()).live([go(), *(order(T + number + 1, 10, order_id=f"o{number}") for number in range(many))])
    lived.live([event("order_refunded", T + HOUR, order_id="o0"), event("order_refunded", T + HOUR, order_id=f"o{many - 1}")]).wait(T + 4 * DAY)
    last = told(lived)[-1]
    assert (last.conversions, last.value, last.credit["linear"]) == (many - 1, 10 * (many - 1), many - 1)
    assert len(windows.held(decode(lived.blob or b"")).conversions) <= outcomes.MAX_CONVERSIONS


def test_a_value_that_cannot_be_computed_is_unknown_and_the_order_is_not_lost() -> None:
    lived = life(news(value="event.total / event.pieces")).live([go(), order(T + HOUR, pieces=0)]).wait(T + 4 * DAY)
    last = told(lived)[-1]
    assert (last.conversions, last.value, last.unvalued) == (1, 0, 1)
    assert len(decode(lived.blob or b"").packed_orders) > 1


def test_an_amount_in_a_currency_without_a_rate_is_of_unknown_worth() -> None:
    policy = {"currency": {"base": "USD"}, "consent": {"default": {"marketing": "grant"}}}
    hello = event("identify", T - 1, traits={"email": "ada@example.com"})
    last = told(life(news(), policy).live([hello, go(), order(T + HOUR, currency="GBP")]).wait(T + 4 * DAY))[-1]
    assert (last.conversions, last.value, last.unvalued) == (1, 0, 1)


def test_a_condition_says_which_orders_count() -> None:
    lived = life(news(when="event.total > 50")).live([go(), order(T + HOUR, 50), order(T + 2 * HOUR, 51)]).wait(T + 4 * DAY)
    assert written(lived)[-1] == ("final", 1, 1, 51)


def test_a_recalled_message_has_no_credit_unless_it_was_sent_all_the_same() -> None:
    hasty = news() | {"trigger": {"event": "go", "unless": "order_completed"}}
    lived = life(hasty).live([go(), order(T + MINUTE)])
    assert told(lived)[0].engagement == {"recalled": T + MINUTE}
    assert told(lived)[0].credit["last"] == 0
    lived.live([event("message_delivered", T + 2 * MINUTE, decision_id=first_id(lived))]).wait(T + 4 * DAY)
    assert told(lived)[-1].credit["last"] == 1


def test_a_goal_that_was_removed_ends_with_what_was_counted_until_then() -> None:
    with_goal, without = life(news()).live([go(), order(T + HOUR)]), life(mail("news"))
    with_goal.engine.book = without.engine.book
    assert written(with_goal.live([order(T + 2 * HOUR)]).wait(T + 4 * DAY)) == [("provisional", 0, 1, 60), ("final", 1, 1, 60)]


def test_once_nothing_can_change_any_more_nothing_is_kept() -> None:
    lived = life(news()).live([go(), go(T + HOUR)]).wait(T + 3 * DAY + 72 * HOUR + HOUR)
    assert decode(lived.blob or b"").measured is not None
    assert decode(lived.wait(T + 3 * DAY + 72 * HOUR + HOUR + 1).blob or b"").measured is None
    bought = life(news()).live([go(), order(T + HOUR)]).wait(T + HOUR + 30 * DAY)
    assert decode(bought.blob or b"").measured is not None
    assert decode(bought.wait(T + HOUR + 30 * DAY + 1).blob or b"").measured is None


def test_a_candidate_that_fails_opens_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> list[GoalOutcome]:
        raise ValueError

    lived = life(news()).live([go()])
    before = decode(lived.blob or b"").measured
    monkeypatch.setattr(outcomes, "opened", fails)
    lived.live([go(T + 1)])
    assert decode(lived.blob or b"").measured == before
    assert [each.reason for each in lived.decisions] == ["ELIGIBLE", "ENGINE_FAILED"]


def test_a_profile_of_before_outcomes_is_read_and_goes_on() -> None:
    lived = life(news()).live([event("page", T - 1)])
    fields = msgspec.msgpack.decode(lived.blob or b"")
    assert fields[-4:] == [None, {}, [], []], "outcomes, and what came after them"
    lived.blob = msgspec.msgpack.encode(fields[:-4])
    assert written(lived.live([go(), order(T + HOUR)])) == [("provisional", 0, 1, 60)]


def test_segments_are_not_looked_at_because_a_window_ends() -> None:
    silent = {"segments": [{"segment": "silent", "when": 'not seen("go", "1d")'}], "refresh": "1d"}
    plain, with_goal = (life(silent, document).live([go()]).wait(T + 20 * DAY) for document in (mail("news"), news(within="36h")))
    changes = [[(each.change, each.at) for each in lived.records if isinstance(each, Segment)] for lived in (plain, with_goal)]
    assert changes[0] == changes[1] != []


def test_a_silence_that_ends_with_a_window_is_decided_before_the_window_closes() -> None:
    again = campaign(when=None, goal={**ORDERED, "within": "30m"})
    add = [event("product_added", T + at, product_id="tent", price=120, quantity=1, cart_id=name) for at, name in ((0, "a"), (30 * MINUTE, "b"))]
    kinds = [type(each).__name__ for each in life(again).live(add).wait(T + 2 * HOUR).records]
    assert kinds == ["Decision", "Action", "Decision", "Action", "GoalOutcome", "GoalOutcome"]
