"""Experiments that must not meet are kept apart by a lot, and the lot stays with a customer whose id changes."""

from tests.builders import HOUR, MONDAY, event, life, mail
from udfs.core.expressions.moment import Moment, drawn
from udfs.core.profile.identity import Identity
from udfs.core.profile.state import Profile
from udfs.core.records import Action

T = MONDAY + 10 * HOUR


def test_two_campaigns_on_either_side_of_a_lot_never_reach_the_same_customer_and_together_reach_all() -> None:
    one = mail("one", when='draw("checkout") < 0.5')
    other = mail("other", when='draw("checkout") >= 0.5')
    reached = {"one": 0, "other": 0}
    for number in range(200):
        user = f"u{number}"
        records = life(one, other, user=user).live([event("go", T, user=user)]).records
        (action,) = [record for record in records if isinstance(record, Action)]
        reached[action.campaign] += 1
    assert 75 < reached["one"] < 125


def test_a_customer_keeps_the_lot_when_her_id_changes() -> None:
    def lot(user: str, identity: Identity | None = None) -> float:
        profile = Profile(born=1, now=1)
        profile.identity = identity
        return drawn(Moment(user_id=user, profile=profile, now=1, cart=None, properties={}), "checkout", None)

    assert lot("ada", Identity(lot="web-1")) == lot("web-1") != lot("ada")
    assert lot("ada", Identity(linked={"web-2": 1})) == lot("ada")
