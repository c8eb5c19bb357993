"""Rest after rejection."""

from typing import Any

from tests.builders import DAY, HOUR, MONDAY, Life, event, life, mail
from udfs.core.records import Outcome

T = MONDAY + 10 * HOUR


def policy(**changes: Any) -> dict[str, Any]:
    rule = {"after": "2 dismissed", "within": "15d", "rest": "30d", "scope": "campaign", **changes}
    return {"consent": {"default": {"marketing": "grant"}}, "suppress": [rule]}


def dismissed(ada: Life, *times: int, name: str = "go") -> Life:
    """Send at each of these times, and wave it away at once."""
    for at in times:
        ada.live([event(name, at - 1)])
        ada.live([event("message_dismissed", at, decision_id=ada.actions[-1].decision_id)])
    return ada


def outcome(ada: Life, at: int, name: str = "go") -> Outcome:
    return ada.live([event(name, at)]).decisions[-1].outcome


def test_two_dismissals_within_15_days_rest_a_campaign_for_30() -> None:
    assert outcome(dismissed(life(mail(), policy()), T, T + 15 * DAY - 1), T + 16 * DAY) is Outcome.WITHHELD
    assert outcome(dismissed(life(mail(), policy()), T, T + 15 * DAY), T + 16 * DAY) is Outcome.ACTED
    assert outcome(dismissed(life(mail(), policy()), T), T + DAY) is Outcome.ACTED
    assert outcome(dismissed(life(mail(), policy()), T, T + DAY), T + 31 * DAY - 1) is Outcome.WITHHELD
    assert outcome(dismissed(life(mail(), policy()), T, T + DAY), T + 31 * DAY) is Outcome.ACTED


def test_one_message_waved_away_twice_counts_once() -> None:
    ada = life(mail(), policy()).live([event("go", T)])
    ada.live([event("message_dismissed", T + number, decision_id=ada.actions[0].decision_id) for number in (1, 2, 3)])
    assert outcome(ada, T + DAY) is Outcome.ACTED


def test_the_scope_says_what_rests() -> None:
    others = [
        mail("same-tag", trigger={"event": "tag"}, tags=["promo"], channel="push"),
        mail("same-channel", trigger={"event": "channel"}),
        mail("other", trigger={"event": "other"}, channel="push"),
    ]
    for scope, resting in (("campaign", {"go"}), ("tag", {"go", "tag"}), ("channel", {"go", "channel"}), ("any", {"go", "tag", "channel", "other"})):
        ada = dismissed(life(mail(tags=["promo"]), *others, policy(scope=scope)), T, T + DAY)
        assert {name for name in ("go", "tag", "channel", "other") if outcome(ada, T + 2 * DAY, name) is Outcome.WITHHELD} == resting, scope


def test_transactional_does_not_rest() -> None:
    ada = dismissed(life(mail(purpose="transactional"), policy(scope="any")), T, T + DAY)
    assert outcome(ada, T + 2 * DAY) is Outcome.ACTED


def test_what_somebody_opens_does_not_make_us_forget_what_she_waved_away() -> None:
    ada = dismissed(life(mail(), mail("other", trigger={"event": "look"}), policy()), T, T + DAY)
    for number in range(100):
        at = T + DAY + (number + 1) * HOUR
        ada.live([event("look", at)])
        ada.live([event(f"message_{word}", at + 1, decision_id=ada.actions[-1].decision_id) for word in ("opened", "clicked")])
    assert outcome(ada, T + 10 * DAY) is Outcome.WITHHELD
