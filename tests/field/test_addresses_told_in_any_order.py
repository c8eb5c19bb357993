"""Of two words on an address the later one counts, by when it was said and not by when it came."""

from typing import Any

from services.local.job import LocalJob
from tests.builders import book, campaign
from tests.field.test_stops_by_odd_clocks_and_words import CART, GRANT, TENT, said, sent
from udfs.core.records import Decision


def addressed(*words: tuple[float, float, Any]) -> list[Decision]:
    told = [said("identify", at, arrives=came, top={"type": "identify", "traits": {"email": email}}) for at, came, email in words]
    both = campaign(variants={"word": {"channel": ["email", "sms"], "content": {"body": "x"}}})
    phone = said("identify", -60, top={"type": "identify", "traits": {"phone": "+4930123456"}})
    outputs = LocalJob(book(both, GRANT)).run([phone, *told, said("product_added", 0, product_id="tent", price=120)])
    return [each for found in outputs for each in found if isinstance(each, Decision)]


def test_of_two_words_on_an_address_the_later_one_counts_by_when_it_was_said() -> None:
    assert [each.channel for each in addressed((-30, -30, ""), (-40, -20, "a@example.com"))] == ["sms"]
    assert [each.channel for each in addressed((-30, -30, "a@example.com"), (-40, -20, ""))] == ["email"]
    assert [each.channel for each in addressed((-40, -40, "a@example.com"), (-30, -5, ""))] == ["sms"]


def test_an_address_that_was_told_before_a_bounce_and_comes_after_it_does_not_open_the_channel() -> None:
    bounced = said("message_bounced", -20, channel="email", bounce_type="hard")
    first = said("identify", -40, top={"type": "identify", "traits": {"email": "new@example.com"}})
    older = said("identify", -50, arrives=-10, top={"type": "identify", "traits": {"email": "old@example.com"}})
    reachable = said("identify", -45, arrives=-10, top={"type": "identify", "traits": {"email_reachable": True}})
    for late in (older, reachable):
        assert sent(first, bounced, late, TENT, documents=(CART, GRANT)) == []
