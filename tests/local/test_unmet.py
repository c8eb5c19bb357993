"""Why somebody got nothing: for each trigger what was not met, with the values, in words."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.local.again import Trace, decide_again
from services.local.job import LocalJob
from services.local.unmet import unmet
from services.replay.records import Record
from tests.builders import DAY, HOUR, MINUTE, MONDAY, book, campaign, mail
from udfs.core.records import Decision

TEN = MONDAY + 10 * HOUR
FEATURES: dict[str, Any] = {"features": [{"name": "orders", "event": "order_completed", "aggregate": "count", "window": "90d"}]}


def record(event: str, at: int, *, user: str = "ann", arrives: int | None = None, mid: str = "", **properties: Any) -> Record:
    payload: dict[str, Any] = {"messageId": mid or f"{event}{at}", "type": "track", "event": event, "userId": user, "properties": properties}
    payload["timestamp"] = at
    return Record(arrives or at, user.encode(), json.dumps(payload).encode())


def told(*records: Record, documents: list[dict[str, Any]], name: str = "", until: int | None = None) -> list[str]:
    """The lines about the only campaign, or of `name`."""
    trace = decide_again(book(*documents), records, user="ann", until=until, drain=100 * DAY if until is None else 0)
    return unmet(trace)[name or next(each["campaign"] for each in documents if "campaign" in each)]


def cart(price: object, at: int = TEN, **fields: Any) -> Record:
    return record("Product Added", at, product_id="tent", price=price, quantity=1, cart_id="c1", **fields)


def test_a_silence_that_was_over_names_the_value_and_what_it_needs() -> None:
    (line,) = told(cart(45), documents=[campaign()])
    assert line == "2026-01-05 10:30:00  the silence of the cart for 30m was over, but its condition does not hold: cart.value is 45, needs > 99"


def test_a_condition_is_taken_apart_and_only_what_does_not_hold_is_told() -> None:
    when = 'event.total > 10 and user.country != "US" and not seen("page", "7d")'
    (line,) = told(record("page", TEN - HOUR), record("go", TEN, total=45), documents=[mail(when=when)])
    assert line == (
        '2026-01-05 10:00:00  go triggered it, but its condition does not hold: user.country is not known, needs != "US"; '
        'seen("page", "7d") is true, needs false (page came last at 2026-01-05 09:00:00)'
    )


def test_of_alternatives_all_are_told_also_under_a_negation() -> None:
    (line,) = told(record("go", TEN, a=1, b=2), documents=[mail(when="event.a > 5 or event.b > 5")])
    assert line.endswith("event.a is 1, needs > 5 and neither: event.b is 2, needs > 5")
    (line,) = told(record("go", TEN, a=1, b=2), documents=[mail(when="not (event.a < 5 or event.b > 5)")])
    assert line.endswith("event.a is 1, needs not < 5")
    (line,) = told(record("go", TEN, a=1, b=2), documents=[mail(when="not (event.a < 5 and event.b < 5)")])
    assert line.endswith("event.a is 1, needs not < 5 and neither: event.b is 2, needs not < 5")


def test_a_condition_over_several_lines_and_blanks_is_read_as_it_was_compiled() -> None:
    (line,) = told(record("go", TEN, a="x" * 500), documents=[mail(when='  event.a == "y"\n  and true ')])
    assert re.search(r'event\.a is "x{60}…", needs == "y"$', line)


def test_who_has_entered_before_is_told_since_when_and_until_when() -> None:
    lines = told(record("go", TEN), record("go", TEN + HOUR), documents=[mail(entry={"again": "7d"})])
    assert lines == [
        "2026-01-05 10:00:00  decided: acted mail by email",
        "2026-01-05 11:00:00  go triggered it, but the customer may not enter: it has acted at 2026-01-05 10:00:00, and may be entered again "
        "1w later, from 2026-01-12 10:00:00 on",
    ]
    lines = told(record("go", TEN, order=7), record("go", TEN + HOUR, order=7.0), documents=[mail(entry={"once_per": "event.order"})])
    assert 'may not enter: it has acted for "7" (once_per: event.order), last at 2026-01-05 10:00:00' in lines[1]
    assert lines[1].endswith("for the same event.order it never does so again")
    (line,) = told(record("go", TEN), documents=[mail(entry={"once_per": "event.order"})])
    assert "once_per (event.order) is not known, and then nobody enters" in line


@pytest.mark.parametrize("cart_id", ["c1", "Cart-X"])
def test_the_second_silence_of_a_cart_says_when_it_acted_for_that_cart(cart_id: str) -> None:
    records = [cart(120, TEN + n * HOUR) for n in range(2)]
    renamed = [Record(each.at, each.key, each.value.replace(b'"c1"', json.dumps(cart_id).encode())) for each in records]
    lines = told(*renamed, documents=[campaign(entry={"once_per": "cart.id"})])
    assert f'may not enter: it has acted for "{cart_id}" (once_per: cart.id), last at 2026-01-05 10:30:00; for the same' in lines[1]


@pytest.mark.parametrize(
    ("steps", "where"),
    [
        ([{"wait": "2d"}, {"send": "mail"}], "step 1"),
        ([{"wait": "2d", "id": "pause"}, {"send": "mail"}], "step pause"),
        ([{"branch": {"when": "orders > 0", "then": [], "else": [{"wait": "2d"}]}}, {"send": "mail"}], "step 1, else 1"),
    ],
)
def test_the_wait_that_an_exit_ended_is_named_as_people_count(steps: list[Any], where: str) -> None:
    story = mail(trigger={"event": "go", "unless": ["order_completed"]}, steps=steps)
    lines = told(record("go", TEN), record("Order Completed", TEN + HOUR, order_id="o"), documents=[FEATURES, story])
    assert f"order_completed ended the journey's wait, {where}, which was due at" in lines[1]


JOURNEY: dict[str, Any] = {
    "trigger": {"event": "go"},
    "steps": [{"wait_until": "event.departs", "before": "2d"}, {"send": "mail"}],
}


def test_a_journey_that_was_lost_at_a_wait_says_which_value_was_missing() -> None:
    lines = told(record("go", TEN), documents=[mail(**JOURNEY)])
    assert lines == [
        "2026-01-05 10:00:00  go triggered it: the journey was entered",
        "2026-01-05 10:00:00  the run was lost at a wait: event.departs is missing or cannot be read, so nobody knows until when to wait, "
        "and nothing more is sent",
    ]
    lines = told(record("go", TEN), record("go", TEN + HOUR), documents=[mail(**JOURNEY, entry={"again": "7d"})])
    assert "it has been entered at 2026-01-05 10:00:00" in lines[2]


def test_a_recalled_message_is_told() -> None:
    news = mail(trigger={"event": "go", "unless": ["order_completed"]})
    lines = told(record("go", TEN), record("order_completed", TEN + MINUTE, order_id="o"), documents=[news])
    assert lines[0].endswith("decided: acted mail by email")
    assert lines[1].startswith("2026-01-05 10:01:00  recalled: EXITED order_completed; whoever delivers sends nothing")


def test_a_silence_that_ended_says_by_what_and_when_it_was_due() -> None:
    bought = record("Order Completed", TEN + 20 * MINUTE, order_id="o1", cart_id="c1")
    (line,) = told(cart(120), bought, documents=[campaign()])
    assert line == "2026-01-05 10:20:00  order_completed ended the silence of the cart for 30m, which was due at 2026-01-05 10:30:00"


def test_what_is_still_waited_for_is_told() -> None:
    (line,) = told(cart(120), documents=[campaign()], until=TEN + MINUTE)
    assert line == "2026-01-05 10:30:00  the silence of the cart for 30m: still waited for at the end of this story"


def test_in_a_system_that_runs_on_it_is_pending_and_due() -> None:
    trace = decide_again(book(campaign()), [cart(120)], user="ann", until=TEN + MINUTE, goes_on=True)
    (line,) = unmet(trace)["cart-abandonment"]
    assert line == "2026-01-05 10:30:00  the silence of the cart for 30m: pending, due in 29m"


def test_a_trigger_that_never_came_is_told_with_what_was_probably_meant() -> None:
    assert told(record("order_shiped", TEN), documents=[mail(trigger={"event": "order_shipped"})]) == [
        "order_shipped never came (did you mean 'order_shiped'?)"
    ]
    assert "never began: none of" in told(record("page", TEN), documents=[campaign()])[0]
    date = campaign(trigger={"date": "user.birthday"}, when=None, entry=None)
    assert told(record("page", TEN), documents=[date]) == ["user.birthday is not known"]
    segments = {"segments": [{"segment": "vip", "when": 'seen("order_completed", "30d")'}]}
    enters = campaign(trigger={"enters": "vip"}, when=None, entry=None)
    assert told(record("page", TEN), documents=[segments, enters])[0].startswith(
        'the customer never came into the segment vip: seen("order_completed"'
    )


def test_an_event_that_came_too_late_says_so() -> None:
    lines = told(record("page", TEN), record("go", TEN - 2 * HOUR, arrives=TEN + MINUTE), documents=[mail()])
    assert lines == ["2026-01-05 10:01:00  go came 2h later than a newer event: too late to trigger anything"]


def test_what_held_already_did_not_rise() -> None:
    document = mail(trigger={"event": "go", "becomes": "user.id == 'ann'"})
    assert told(record("go", TEN), documents=[document]) == ["2026-01-05 10:00:00  go came, but `user.id == 'ann'` held already before it"]
    document = mail(trigger={"event": "go", "becomes": "session.events > 2"})
    first, second, third = told(*(record("go", TEN + n * MINUTE) for n in range(3)), documents=[document])
    assert first.endswith("becomes does not hold: session.events is 1, needs > 2")
    assert second.endswith("session.events is 2, needs > 2")
    assert third.endswith("decided: acted mail by email")


def test_a_paused_campaign_and_a_withheld_message_are_told() -> None:
    policy = {"consent": {"default": {"marketing": "deny"}}}
    (line,) = told(record("go", TEN), documents=[mail(), policy])
    assert "decided: withheld NO_CONSENT" in line
    denied = record("unsubscribed", TEN - HOUR)
    (line,) = told(denied, record("go", TEN), documents=[mail()])
    assert "2026-01-05 09:00:00" in line
    assert str(TEN - HOUR) not in line, "no epoch milliseconds"


def test_what_could_not_be_read_repeats_and_events_of_others() -> None:
    lines = told(
        cart("a lot"),
        cart(45, mid="same"),
        cart(45, mid="same"),
        Record(TEN, b"ann", b"{"),
        record("go", TEN, user="bob"),
        documents=[campaign()],
        name="ann",
    )
    assert lines[0] == "3 events at 2026-01-05 10:00:00, by the customer's clock (UTC): product_added 2"
    assert lines[1] == "1 came again, with an id that was known: nothing else happened"
    assert "set aside" in lines[2]
    assert "rejected" in lines[3]


def test_times_are_those_of_the_customers_clock() -> None:
    zoned = {"messageId": "z", "type": "identify", "userId": "ann", "timestamp": TEN, "traits": {"timezone": "Europe/Berlin"}}
    trace = decide_again(book(mail(when="event.x > 1")), [Record(TEN, b"ann", json.dumps(zoned).encode()), record("go", TEN, x=1)], user="ann")
    assert "(Europe/Berlin)" in unmet(trace)["ann"][0]
    assert unmet(trace)["news"][0].startswith("2026-01-05 11:00:00  go triggered it")


def test_somebody_of_whom_nothing_came_and_somebody_with_thousands_of_events() -> None:
    trace = decide_again(book(mail()), [], user="ann")
    assert unmet(trace) == {"ann": ["no event of this key came: a customer's key is the user id, else the anonymous id"]}
    others = [record("go", TEN, user=user) for user in ("anne", "bob", "\ufffd")]
    (line,) = unmet(decide_again(book(mail()), others, user="ann"))["ann"]
    assert line.endswith("else the anonymous id (did you mean 'anne'?)")
    lines = told(*(record("go", TEN + n, x=n) for n in range(500)), documents=[mail(when="event.x > 1000")])
    assert len(lines) == 13
    assert lines[6] == "… 488 more …"
    assert lines[-1].endswith("event.x is 499, needs > 1000")


def test_a_misspelt_event_of_hers_is_named_with_a_guess_unless_a_campaign_waits_for_it() -> None:
    records = [record("Product Aded", TEN), record("Product Aded", TEN + MINUTE), record("go", TEN + MINUTE)]
    lines = unmet(decide_again(book(campaign()), records, user="ann"))["ann"]
    assert lines[1:] == ["product_aded, which came 2 times, is not in the catalogue: did you mean 'product_added'?"]
    assert len(unmet(decide_again(book(mail(trigger={"event": "product_aded"})), records, user="ann"))["ann"]) == 1


def test_tracing_changes_no_decision() -> None:
    documents = [FEATURES, campaign(), mail(when="orders > 0 or event.x > 1", entry={"once_per": "event.x"})]
    records = [cart(120), record("go", TEN + MINUTE, x=2), record("order_completed", TEN + 2 * MINUTE, order_id="o"), record("go", TEN + HOUR, x=3)]
    trace: Trace = decide_again(book(*documents), records, user="ann", drain=DAY)
    plain = [each for outputs in LocalJob(book(*documents)).run(records, drain=DAY) for each in outputs if isinstance(each, Decision)]
    assert [each.decision_id for each in trace.decisions] == [each.decision_id for each in plain]
    assert len(plain) == 2


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(each.value for each in (cart(45), record("page", TEN, user="bob"))) + b"\n")
    (tmp_path / "c.yaml").write_text(json.dumps(campaign()))
    return path


def test_the_commands_tell_it(events: Path) -> None:
    def run(*words: object) -> str:
        return CliRunner().invoke(kairos, [*map(str, words)], catch_exceptions=False).output

    campaigns = events.parent / "c.yaml"
    wanted = "cart.value is 45, needs > 99"
    assert wanted in run("explain", "ann", "--events", events, "--campaigns", campaigns)
    assert wanted in json.loads(run("explain", "ann", "--events", events, "--campaigns", campaigns, "--json"))["unmet"]["cart-abandonment"][0]
    tried = run("try", events, "--campaigns", campaigns, "--why", "ann")
    assert wanted in tried
    assert "no decisions" in tried
    assert "--why reads the events twice" in run("try", "-", "--why", "ann")
    assert "--unmet reads the events of the topic" in run("explain", "ann", "--file", events, "--unmet")
    assert "--arrivals goes with --events" in run("explain", "ann", "--arrivals", events)
    arrivals = events.parent / "times"
    arrivals.write_text("2026-01-05T12:00:00Z\n2026-01-05T12:00:00Z\n")
    assert "12:01:00" in run("explain", "ann", "--events", events, "--arrivals", arrivals, "--campaigns", campaigns)
    for words in (("explain", "anna", "--events", events), ("try", events, "--why", "anna")):
        done = CliRunner().invoke(kairos, [*map(str, words), "--campaigns", str(campaigns)], catch_exceptions=False)
        assert done.exit_code == 1
        assert done.output.endswith(
            "anna\n  no event of this key came: a customer's key is the user id, else the anonymous id (did you mean 'ann'?)\n"
        )
