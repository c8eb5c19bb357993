"""Why somebody got nothing who has several ids: `kairos explain` and `kairos try` tell the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.local.again import decide_again
from services.local.job import LocalJob
from services.local.linked import links_around
from services.local.unmet import unmet
from services.replay.records import Record
from tests.builders import HOUR, MINUTE, book, campaign
from tests.local.test_unmet import TEN, events
from udfs.core.records import Decision

__all__ = ["events"]


def ids(name: str, minute: int, *, user: str = "", web: str = "", **fields: Any) -> dict[str, Any]:
    """An event as it stands in a file."""
    who = {key: value for key, value in {"userId": user, "anonymousId": web}.items() if value}
    told_of = {"messageId": f"{name}{minute}{user}{web}", "type": "track", "event": name, "timestamp": TEN + minute * MINUTE, **who}
    return {**told_of, "properties": fields}


TENT: dict[str, Any] = {"product_id": "tent", "price": 120, "quantity": 1}
LINKED: dict[str, list[dict[str, Any]]] = {
    "a login": [ids("Product Added", 0, web="w1", **TENT), ids("page", 2, user="ann", web="w1"), ids("Order Completed", 9, user="ann", order_id="o")],
    "a device that two people use": [
        ids("Product Added", 0, web="w1", **TENT),
        ids("page", 1, user="ann", web="w1"),
        ids("page", 2, user="bob", web="w1"),
        ids("Product Added", 3, web="w1", **TENT),
    ],
    "two known persons stay two": [
        ids("Product Added", 0, user="bob", **TENT),
        ids("page", 1, user="ann", web="bob"),
        ids("page", 2, user="bob", web="w2"),
    ],
    "an erased person has no other ids": [
        ids("Product Added", 0, web="w1", **TENT),
        ids("page", 1, user="ann", web="w1"),
        ids("user_erased", 2, user="ann"),
        ids("Product Added", 5, web="w1", **TENT),
        ids("page", 6, user="ann", web="w1"),
    ],
    "an erased person's device goes on": [
        ids("page", 0, user="ann", web="w1"),
        ids("Product Added", 1, web="w1", **TENT),
        ids("user_erased", 2, user="ann"),
        ids("Product Added", 3, web="w1", **TENT),
    ],
    "a chain": [
        ids("Product Added", 0, web="w1", **TENT),
        {**ids("", 1, user="ann"), "type": "alias", "previousId": "w1"},
        {**ids("", 2, user="ann@new"), "type": "alias", "previousId": "ann"},
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("apart", [[], ["--ids-apart"]])
@pytest.mark.parametrize("user", ["ann", "w1", "bob"])
def test_explain_tells_of_linked_ids_what_try_tells(tmp_path: Path, name: str, apart: list[str], user: str) -> None:
    events, campaigns = tmp_path / "events.jsonl", tmp_path / "c.yaml"
    events.write_text("".join(json.dumps(each) + "\n" for each in [*LINKED[name], ids("page", 3, user="cleo", web="w9")]))
    campaigns.write_text(json.dumps(campaign()))

    def run(*words: object) -> str:
        return CliRunner().invoke(kairos, [*map(str, words), "--campaigns", str(campaigns), *apart], catch_exceptions=False).stdout

    explained = run("explain", user, "--events", events)
    assert run("try", events, "--why", user).endswith(explained)
    if (name, user) == ("a login", "ann"):
        assert ("3 events" in explained) is (not apart)
        assert ("with what came under w1, before it was known to be this customer" in explained) is (not apart)


@pytest.mark.parametrize("name", LINKED)
@pytest.mark.parametrize("user", ["ann", "w1", "bob"])
def test_what_is_said_to_be_decided_is_what_a_run_over_everybody_decides(name: str, user: str) -> None:
    records = [
        Record(each["timestamp"], (each.get("userId") or each.get("anonymousId") or "").encode(), json.dumps(each).encode()) for each in LINKED[name]
    ]
    job = LocalJob(book(campaign()))
    outputs = [each for found in job.run(records, drain=HOUR) for each in found]
    hers = [each.decision_id for each in outputs if isinstance(each, Decision) and each.user_id in job.links.all_of(user)]
    links = links_around(book(campaign()), lambda: records, user)
    told = decide_again(book(campaign()), records, user=user, drain=HOUR, links=links)
    assert [each.decision_id for each in told.decisions] == hers


def test_ids_apart_goes_with_a_file_of_events(events: Path) -> None:
    done = CliRunner().invoke(kairos, ["explain", "ann", "--file", str(events), "--ids-apart"])
    assert done.exit_code == 2
    assert "--ids-apart goes with --events" in done.output


def test_what_a_device_did_for_somebody_else_is_not_hers() -> None:
    rows = [
        ids("page", 0, web="w1"),
        ids("page", 1, user="ann", web="w1"),
        ids("page", 2, user="bob", web="w1"),
        ids("Product Added", 3, web="w1", **TENT),
    ]
    records = [Record(each["timestamp"], (each.get("userId") or each["anonymousId"]).encode(), json.dumps(each).encode()) for each in rows]
    links = links_around(book(campaign()), lambda: records, "ann")
    hers, his = (unmet(decide_again(book(campaign()), records, user=user, links=links)) for user in ("ann", "bob"))
    assert hers["ann"][0].startswith("2 events from")
    assert his["bob"][0].endswith("page 1, product_added 1")
