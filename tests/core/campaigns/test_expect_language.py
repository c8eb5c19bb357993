"""What a campaign declares as usual: read, and refused where it means nothing."""

from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, book, mail, words
from udfs.core.campaigns.expect import NOTHING_EXPECTED, Expect
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.reader import CampaignError
from udfs.core.features.features import EMPTY
from udfs.core.policy.rules import Rate

OFFER = {"mail": words(offer={"percent": 50, "code": "X", "amount": "cart.value / 10"})}


@pytest.mark.parametrize(
    ("told", "expect"),
    [
        ({"messages": "5000 per hour"}, Expect(messages=Rate(most=5000, period=HOUR))),
        ({"messages": " 020 per minute "}, Expect(messages=Rate(most=20, period=MINUTE))),
        ({"messages": "9 per day", "offer": {"percent": 50}}, Expect(messages=Rate(most=9, period=DAY), offer={"percent": 50.0})),
        ({"offer": {"amount": 12.5}}, Expect(offer={"amount": 12.5})),
    ],
)
def test_it_is_read(told: dict[str, Any], expect: Expect) -> None:
    assert book(mail(variants=OFFER, expect=told)).campaigns["news"].expect == expect
    assert book(mail()).campaigns["news"].expect is NOTHING_EXPECTED


@pytest.mark.parametrize(
    ("told", "path", "said"),
    [
        ("much", ("expect",), "expect is a mapping"),
        ({}, ("expect",), "expect is a mapping"),
        ({"message": "5 per hour"}, ("expect", "message"), "unknown key"),
        ({"messages": 5000}, ("expect", "messages"), "write 5000 per hour"),
        ({"messages": "0 per hour"}, ("expect", "messages"), "write 5000 per hour"),
        ({"messages": "5 per week"}, ("expect", "messages"), "write 5000 per hour"),
        ({"offer": 50}, ("expect", "offer"), "offer is a mapping"),
        ({"offer": {"percent": "50"}}, ("expect", "offer", "percent"), "is not a number"),
        ({"offer": {"percent": float("inf")}}, ("expect", "offer", "percent"), "is not a number"),
        ({"offer": {"percent": True}}, ("expect", "offer", "percent"), "is not a number"),
        ({"offer": {"percent": 5}}, ("expect", "offer", "percent"), "50 is offered, and at most 5 is expected"),
    ],
)
def test_what_means_nothing_is_refused_where_it_stands(told: Any, path: tuple[str, ...], said: str) -> None:
    with pytest.raises(CampaignError) as refused:
        compile_campaign(mail(variants=OFFER, expect=told), features=EMPTY)
    (problem,) = refused.value.problems
    assert problem.path == path
    assert said in problem.message
