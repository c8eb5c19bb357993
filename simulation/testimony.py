"""The records of `kairos shop truth`, one per customer or decision. For evaluation only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import msgspec

from simulation.lives import Life
from simulation.reactions import percent_of
from simulation.shop import Shop
from simulation.truth import Truth, kind
from udfs.core.values.errors import InvalidInput


class BadDecisions(InvalidInput):
    """A file that does not hold decisions of this shop; the message says why."""


def of_customers(shop: Shop, *, within: int) -> Iterator[dict[str, Any]]:
    """Every customer at the opening of the shop: her character, and how likely she is to buy within `within` ms."""
    truth = Truth(shop.world)
    for life in shop.world.customers:
        yield {
            **_who(life),
            "buys": round(truth.odds(life.person.key, within=within).without, 6),
            "within_ms": within,
            **asdict(life.person.character),
        }


def of_decisions(shop: Shop, records: Iterable[Mapping[str, Any]], *, within: int, heard: bool) -> Iterator[dict[str, Any]]:
    """For each decision, the chance to buy after it, without and with its action. `records` are those of `decisions` and `actions.*`.

    `heard`: the shop's customers received the actions at the time, so they react to them here too. The shop must be newly opened, with the
    same settings. A decision that did not act has no odds with a message.
    """
    read = sorted((record for record in records if "at" in record), key=lambda record: int(record["at"]))
    actions = {str(record["decision_id"]): record for record in read if "content" in record}
    truth = Truth(shop.world)
    for record in read:
        if "outcome" not in record:
            continue
        if record["at"] < shop.start:
            message = f"a decision from before this shop opened ({record['at']} < {shop.start}): use the shop's --start"
            raise BadDecisions(message)
        for _ in shop.world.until(int(record["at"])):
            pass
        action = actions.get(str(record["decision_id"])) if record["outcome"] == "acted" else None
        channel, percent = (str(action["channel"]), percent_of(action)) if action else (None, 0.0)
        odds = truth.odds(str(record["user_id"]), within=within, channel=channel, percent=percent)
        yield {
            **{name: record.get(name) for name in ("decision_id", "user_id", "at", "campaign", "outcome", "variant", "channel")},
            "scores": {name: told["score"] for name, told in (record.get("scores") or {}).items()},
            "percent": percent,
            "within_ms": within,
            "buys": round(odds.without, 6),
            "buys_if_sent": round(odds.acted, 6),
            "uplift": round(odds.uplift, 6),
            "value": odds.value,
        }
        if action and heard:
            shop.receive(action)


def read(lines: Iterable[bytes]) -> Iterator[Mapping[str, Any]]:
    """Records from lines of JSON: bare, or as `kairos try --records` writes them. Raises BadDecisions."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            message = f"line {number} is not JSON: {error}"
            raise BadDecisions(message) from error
        if not isinstance(found, dict):
            message = f"line {number} is not an object"
            raise BadDecisions(message)
        yield found["value"] if isinstance(found.get("value"), dict) else found


def _who(life: Life) -> dict[str, Any]:
    person = life.person
    return {
        "user_id": person.user_id,
        "anonymous_id": person.anonymous_id,
        "kind": kind(person.character),
        "zone": person.zone,
        "device": person.device,
        "visits_an_hour": round(life.hourly, 6),
    }
