"""What a stranger chooses the length of is bounded where it enters, and still does what it did."""

from typing import Any

from tests.builders import DAY, HOUR, MONDAY, Life, book, event, life, mail
from udfs.core.campaigns.entries import MAX_KEY
from udfs.core.decision.exits import MAX_SUBJECT
from udfs.core.engine import Engine
from udfs.core.profile.bounds import MAX_ARMED, MAX_DUE_BYTES
from udfs.core.profile.due import Armed, Waiting
from udfs.core.profile.stored import decode

T = MONDAY + 10 * HOUR
LONG = "é" * 5_000
SINCE: dict[str, Any] = mail("since", trigger={"since": "go", "wait": "30d", "unless": [{"event": "paid", "same": "invoice"}]})


def due(lived: Life) -> list[Any]:
    return list(decode(lived.blob or b"").due)


def test_a_long_entry_key_is_kept_short_and_two_that_differ_at_the_end_stay_two() -> None:
    waits = mail(entry={"once_per": "event.key"}, steps=[{"wait": "1h"}, {"send": "mail"}])
    lived = life(waits).live([event("go", T, key=LONG + "a"), event("go", T + 1, key=LONG + "b"), event("go", T + 2, key=LONG + "a")])
    keys = {each.key for each in due(lived)}
    assert len(keys) == 2
    assert all(len(each) < MAX_KEY + 20 for each in keys)
    assert len(lived.wait().acted_at) == 2, "the third is the first once more"
    exact = "k" * MAX_KEY
    (held,) = due(life(waits).live([event("go", T, key=exact)]))
    assert held.key == exact


def test_a_long_property_that_exits_compare_is_kept_short_and_still_compared() -> None:
    for one, other in ((LONG, LONG + "x"), (["a", LONG], ["b", LONG]), ({"n": LONG}, {"n": LONG + "x"})):
        lived = life(SINCE).live([event("go", T, invoice=one), event("go", T + 1, invoice=other)])
        assert len(due(lived)) == 2
        assert len(lived.blob or b"") < 1_000
        lived.live([event("paid", T + HOUR, invoice=one)])
        assert len(due(lived)) == (1 if isinstance(one, str) else 0), "what is not an id does not say which one is meant, and is about all"
        lived.live([event("paid", T + HOUR, invoice=other)])
        assert due(lived) == []


def test_a_property_of_usual_length_is_kept_as_it_is_compared() -> None:
    (armed,) = due(life(SINCE).live([event("go", T, invoice=" I-1" + "0" * (MAX_SUBJECT - 3))]))
    assert armed.properties == {"invoice": "i-1" + "0" * (MAX_SUBJECT - 3)}


def test_of_very_many_silences_of_one_campaign_the_first_gives_way_and_other_campaigns_keep_theirs() -> None:
    lived = Life(Engine(book(SINCE, mail("other", trigger={"since": "begin", "wait": "30d"}))))
    lived.live([event("begin", T)])
    lived.live(event("go", T + number, invoice=number) for number in range(1, 3 * MAX_ARMED))
    armed = [each for each in due(lived) if isinstance(each, Armed)]
    mine = [each.properties["invoice"] for each in armed if each.properties]
    assert mine == [str(number) for number in range(2 * MAX_ARMED, 3 * MAX_ARMED)]
    assert len(armed) == MAX_ARMED + 1
    assert lived.engine.counts["pending_dropped"] == 2 * MAX_ARMED - 1


def test_what_is_carried_of_events_is_bounded_in_bytes_and_beyond_it_nobody_enters() -> None:
    waits = mail(entry={"once_per": "event.key"}, variants={"mail": {"channel": "email", "wait": "5h", "content": {"body": "{{ event.text }}"}}})
    lived = life(waits).live(event("go", T + number, key=number, text=LONG) for number in range(100))
    held = [each for each in due(lived) if isinstance(each, Waiting)]
    assert 4 < len(held) < 12
    assert len(lived.blob or b"") < 2 * MAX_DUE_BYTES
    assert lived.engine.counts["entries_blocked"] == 100 - len(held)
    assert len(lived.wait(T + 31 * DAY).acted_at) == len(held)
