"""Steps that split a journey: each customer goes one way, for good."""

from typing import Any

from tests.builders import DAY, life
from tests.core.decision.test_journeys import GRANT, T, said, sign_up, welcome


def test_a_split_sends_each_customer_one_way_and_a_ghost_the_same_way() -> None:
    ways: list[Any] = [
        {"split": {"soon": {"then": [{"send": "offer"}]}, "late": {"then": [{"wait": "1d"}, {"send": "sms"}]}}, "id": "when"},
        {"send": "bye"},
    ]
    held: dict[str, Any] = {**GRANT, "holdout": {"share": "100%", "epoch": "all"}}
    seen = set()
    for number in range(12):
        user = f"u{number}"
        sent = said(life(welcome(ways), GRANT, user=user).live([sign_up(user=user)]).wait())
        late = sent[0][1] == "sms"
        first = ("acted", "sms", T + DAY) if late else ("acted", "offer", T)
        assert sent == [first, ("acted", "bye", first[2])]
        ghost = said(life(welcome(ways), held, user=user).live([sign_up(user=user)]).wait())
        assert ghost == [("held_out", variant, at) for _, variant, at in sent]
        seen.add(late)
    assert seen == {True, False}
