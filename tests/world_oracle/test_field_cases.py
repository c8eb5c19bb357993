"""The public bug reports that concern the reading of events, clocks, carts and channels: what is right in each, by the oracle.

The cases are looked for in $KAIROS_CASES, else in ../shared/cases next to the repository. They name no address, so all are played
with `addresses: elsewhere`. Cases about words, the check of campaigns and identity merges are not the oracle's to decide.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.world_oracle.instants import instant
from tests.world_oracle.oracle import Oracle
from tests.world_oracle.player import Decision, Record
from tests.world_oracle.telling import ANYWHERE, clock

CASES = Path(os.environ.get("KAIROS_CASES", Path(__file__).parents[2] / ".." / "shared" / "cases")) / "field"


def loaded(path: Path) -> dict[str, object]:
    document: dict[str, object] = YAML(typ="safe").load(path.read_text())
    return document


def records_of(folder: Path) -> list[Record]:
    """Where arrival matters it is given next to the events; else each arrives as it happens."""
    lines = (folder / "events.jsonl").read_bytes().splitlines()
    if (folder / "arrival.txt").exists():
        times = [instant(line) for line in (folder / "arrival.txt").read_text().split()]
    else:
        times = [instant(json.loads(line)["timestamp"]) for line in lines]
    return [Record(key=b"", value=line, at=time) for line, time in zip(lines, times, strict=True)]


def play(case: str, change: Mapping[str, object] | None = None) -> Oracle:
    folder = CASES / case
    if not folder.exists():
        pytest.skip(f"no case {case} at {CASES}: set KAIROS_CASES to the folder of the cases")
    rules = loaded(folder / "policy.yaml") if (folder / "policy.yaml").exists() else {}
    oracle = Oracle([{**loaded(folder / "campaign.yaml"), **(change or {})}], {**ANYWHERE, **rules})
    for record in records_of(folder):
        oracle.record(record.key, record.value, record.at)
    oracle.finish()
    return oracle


def shortly(oracle: Oracle) -> list[tuple[str, str, str, str | None]]:
    return [(one.person, clock(one.at), one.outcome, one.channel) for one in oracle.decisions()]


def set_aside(oracle: Oracle) -> list[tuple[str, ...]]:
    return [verdict.set_aside for told in oracle.verdicts() for verdict in told]


def test_an_offline_app_that_flushes_cart_and_order_together_sends_nothing() -> None:
    assert shortly(play("offline-app-flushes-cart-and-order")) == []


def test_a_phone_three_hours_slow_is_reminded_half_an_hour_after_its_last_touch_arrived() -> None:
    assert shortly(play("phone-clock-three-hours-slow")) == [("u1", "10:36", "acted", "email")]


def test_a_phone_four_minutes_fast_loses_against_the_order_of_the_server() -> None:
    oracle = play("phone-four-minutes-fast-order-by-the-server")
    assert shortly(oracle) == []
    assert [clock(verdict.time) for told in oracle.verdicts() for verdict in told] == ["10:00", "10:01"]


def test_an_order_that_names_a_cart_nobody_knows_closes_the_only_cart_there_is() -> None:
    assert shortly(play("order-names-a-cart-nobody-knows")) == []


def test_an_order_with_a_decimal_quantity_closes_the_cart() -> None:
    oracle = play("refused-order-decimal-quantity")
    assert shortly(oracle) == []
    assert set_aside(oracle) == [(), ()]


def test_an_order_without_an_order_id_closes_the_cart() -> None:
    assert shortly(play("refused-order-without-order-id")) == []


def test_an_unsubscription_that_cannot_be_read_in_full_denies_more_and_never_less() -> None:
    oracle = play("refused-unsubscribe")
    told = sorted((one.person, clock(one.at), one.outcome, one.reason, one.channel or "") for one in oracle.decisions())
    assert told == [
        ("u1", "10:30", "acted", "ELIGIBLE", "push"),
        ("u2", "10:30", "withheld", "UNSUBSCRIBED", "email"),
        ("u3", "10:30", "withheld", "UNSUBSCRIBED", "email"),
    ]
    assert all(verdict.accepted for told in oracle.verdicts() for verdict in told)


def test_visitors_whose_tracker_says_null_are_not_one_person() -> None:
    oracle = play("everybody-is-null")
    assert shortly(oracle) == [("web-1", "10:30", "acted", "email"), ("web-4", "10:42", "acted", "email")]
    assert set_aside(oracle) == [("user_id",)] * 4


def test_a_line_of_quantity_zero_is_gone() -> None:
    assert shortly(play("line-of-quantity-zero")) == []


def test_an_order_told_twice_is_one_order() -> None:
    assert shortly(play("order-told-twice")) == []


def test_a_cancelled_order_makes_nobody_a_regular() -> None:
    assert shortly(play("regular-by-cancelled-orders")) == []


def test_a_webhook_that_comes_again_after_four_hours_is_known() -> None:
    oracle = play("webhook-again-after-four-hours")
    assert shortly(oracle) == []
    assert [verdict.duplicate for told in oracle.verdicts() for verdict in told].count(True) == 1


def test_traits_in_the_context_of_an_identify_are_traits() -> None:
    oracle = play("identify-with-context-traits")
    assert shortly(oracle) == [("u1", "10:30", "acted", "email")]
    assert oracle.people["u1"].values() == {"first_name": "Kim", "timezone": "Asia/Tokyo", "birthday": "1990-05-17"}


def test_a_birthday_at_midnight_utc_is_that_day_in_new_york() -> None:
    first = play("birthday-as-utc-midnight").decisions()[0]
    assert first.at == instant("2026-05-17T13:00:00Z")


def test_a_zone_in_small_letters_is_berlin_at_night() -> None:
    told = play("zone-spelled-otherwise").decisions()
    assert [(clock(one.at), one.outcome, one.reason) for one in told[:1]] == [("21:40", "deferred", "QUIET_HOURS")]


def test_the_condition_compares_in_the_currency_of_the_shop() -> None:
    assert shortly(play("currency-of-the-book-in-the-letter")) == [("u1", "10:30", "acted", "email")]
    assert shortly(play("currency-of-the-book-in-the-letter", {"when": "cart.value == 108"})) != []


def test_paying_one_order_does_not_silence_the_other() -> None:
    keyed = {"trigger": {"event": "order_created", "unless": [{"event": ["order_paid", "order_cancelled"], "same": "order_id"}]}}
    told = play("paid-order-silences-the-unpaid-one", keyed).decisions()
    assert [(clock(one.at), one.about) for one in told] == [("11:00", "event m001")]


def test_who_leaves_the_newsletter_still_hears_of_her_cart() -> None:
    assert shortly(play("pass-list-unsubscribe")) == [("u1", "10:40", "acted", "email")]


def test_a_cart_is_spoken_of_once() -> None:
    assert shortly(play("pass-one-mail-a-cart")) == [("u1", "10:30", "acted", "email")]


@pytest.mark.parametrize("case", ["blank-first-name", "money-of-three-places-and-of-none", "pass-ampersand-in-the-subject"])
def test_cases_about_words_are_reminded_all_the_same(case: str) -> None:
    told: list[Decision] = play(case).decisions()
    assert told
    assert {(clock(one.at), one.outcome) for one in told} == {("10:30", "acted")}
