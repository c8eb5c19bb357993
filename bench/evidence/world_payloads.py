"""Claim 6 of the world: events as real trackers send and document them: how many are accepted, and why the others are not."""

from collections import Counter
from typing import Any

from bench.report import Claim, exactly, measured
from tests.codecs.builders import all_of
from tests.codecs.payloads import documented, real
from udfs.core.records import Rejection


def check() -> list[Claim]:
    """Every payload, read as the job reads it."""
    claims: list[Claim] = []
    for source, payloads in {**real(), **documented()}.items():
        accepted, refused = 0, Counter[str]()
        for payload in payloads:
            events, rejections = all_of(payload, key=_key(payload))
            accepted += bool(events)
            refused.update(f"{each.reason}: {each.field}" for each in rejections if isinstance(each, Rejection) and not each.accepted)
        claims.append(measured(f"{source}: payloads", len(payloads), "payloads"))
        claims.append(exactly(f"{source}: payloads that were refused {dict(refused) or ''}".strip(), len(payloads) - accepted, "payloads", 0))
    return claims


def _key(payload: dict[str, Any]) -> bytes:
    first = payload["batch"][0] if payload.get("batch") else payload
    return str(first.get("userId") or first.get("anonymousId") or first.get("user_id") or first.get("anonymous_id")).encode()
