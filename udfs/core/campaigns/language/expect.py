"""Reads what a campaign declares as usual: `expect: {messages: 5000 per hour, offer: {percent: 50}}`."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from udfs.core.campaigns.campaign import Variant
from udfs.core.campaigns.expect import Expect
from udfs.core.campaigns.language.expect_shape import EXPECT, PERIODS
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.policy.rules import Rate
from udfs.core.values.document_reader import KeyPath
from udfs.core.values.problems import shown
from udfs.core.values.shapes import keys

_PATH: KeyPath = ("expect",)
_RATE = re.compile(r"0*(\d{1,9})\s+per\s+(minute|hour|day)")


def read_expect(reader: CampaignReader, found: Any, variants: Sequence[Variant]) -> Expect:
    """The expectation at `expect`. Every problem is noted where it is. What is offered anyway is no more than what is expected."""
    if not isinstance(found, Mapping) or not found:
        reader.refuse(_PATH, "expect is a mapping, such as {messages: 5000 per hour, offer: {percent: 50}}")
        return Expect()
    reader.keys(_PATH, found, keys(EXPECT))
    return Expect(
        messages=_rate(reader, found["messages"]) if "messages" in found else None,
        offer=_offer(reader, found["offer"], variants) if "offer" in found else {},
    )


def _rate(reader: CampaignReader, found: Any) -> Rate | None:
    match = _RATE.fullmatch(found.strip()) if isinstance(found, str) else None
    if match is None or int(match[1]) == 0:
        reader.refuse((*_PATH, "messages"), f"{shown(found)} is not a number of messages in a time: write 5000 per hour (or minute, or day)")
        return None
    return Rate(most=int(match[1]), period=PERIODS[match[2]])


def _offer(reader: CampaignReader, found: Any, variants: Sequence[Variant]) -> Mapping[str, float]:
    path = (*_PATH, "offer")
    if not isinstance(found, Mapping) or not found:
        reader.refuse(path, "offer is a mapping of names of the offer to the largest number that is meant, such as {percent: 50}")
        return {}
    read: dict[str, float] = {}
    for name, value in found.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            reader.refuse((*path, str(name)), f"{shown(value)} is not a number: write the largest that is meant, such as 50")
            continue
        read[str(name)] = float(value)
        offered = [variant.offer[name] for variant in variants if variant.offer and name in variant.offer]
        plain = [each for each in offered if isinstance(each, (int, float)) and not isinstance(each, bool)]
        if max(plain, default=value) > value:
            why = f"{max(plain):g} is offered, and at most {value:g} is expected: every such message would be held"
            reader.refuse((*path, str(name)), why, f"write {max(plain):g}, or offer less")
    return read
