"""`kairos events` tells what arrives, and what campaigns wait for in vain."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli.main import kairos
from services.arrivals.counted import MAX_NAMES, MAX_PROPERTIES, arrivals
from tests.documents.writing import write

CAMPAIGN = """\
campaign: mine
trigger: {event: loan_requested, unless: [loan_closed, order_completed]}
custom_events: [loan_requested, loan_closed]
when: not seen("product_viewed", "7d")
variants: {only: {channel: email, content: {body: Hi}}}
"""


def line(event: str, **properties: Any) -> str:
    return json.dumps({"type": "track", "event": event, "userId": "ada", "timestamp": "2026-01-05T10:00:00Z", "properties": properties})


def told(folder: Path, *lines: str, options: tuple[str, ...] = ()) -> tuple[str, str]:
    events = write(folder / "events.jsonl", "\n".join(lines) + "\n")
    mine = write(folder / "mine.yaml", CAMPAIGN)
    write(folder / "features.yaml", "features: [{name: visits, event: [visit_started, page], aggregate: count}]\n")
    done = CliRunner().invoke(kairos, ["events", str(events), *options, "--campaigns", str(mine)])
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def test_names_counts_properties_and_types(tmp_path: Path) -> None:
    out, _ = told(
        tmp_path,
        line("Product Added", product_id="a", price="60.00", colour="red"),
        line("add_to_cart", product_id="b", price=5, colour=7),
        line("Loan Requested", amount=100, terms={"months": 3}),
        "not json",
    )
    assert "  product_added" in out
    assert "2  colour (text 1, number 1), price (number), product_id (text)" in out
    assert "? loan_requested" in out
    assert "amount (number), terms (object)" in out
    assert "4 records, 2 names of events, 1 rejected" in out


def test_campaigns_and_features_that_wait_in_vain(tmp_path: Path) -> None:
    _, err = told(tmp_path, line("Loan Requested"), line("Loan Close"), line("Order Completed", order_id="o"))
    assert "mine is stopped by loan_closed, which did not arrive: did you mean 'loan_close'?" in err
    assert "mine asks about product_viewed, which did not arrive" in err
    assert "features begins with page" in err
    assert "visit_started" not in err
    assert "loan_requested" not in err


def test_a_misspelt_name_is_told_with_a_guess_unless_a_campaign_knows_it(tmp_path: Path) -> None:
    lines = [line("Product Aded", product_id="a"), line("Product Aded", product_id="b"), line("order_completd"), line("Loan Requested"), line("zzz")]
    _, err = told(tmp_path, *lines)
    assert "! product_aded is not in the catalogue (2 events): did you mean 'product_added'?" in err
    assert "! order_completd is not in the catalogue (1 event): did you mean 'order_completed'?" in err
    assert "loan_requested is not" not in err
    assert "zzz" not in err
    out, _ = told(tmp_path, *lines, options=("--json",))
    assert json.loads(out.splitlines()[0])["meant"] == "did you mean 'product_added'?"
    write(tmp_path / "more.yaml", CAMPAIGN.replace("mine", "more").replace("loan_closed]\n", "loan_closed, product_aded]\n"))
    done = CliRunner().invoke(kairos, ["events", str(tmp_path / "events.jsonl"), "--campaigns", str(tmp_path / "more.yaml")])
    assert "product_aded is not" not in done.stderr


def test_of_the_features_that_ship_only_those_are_told_that_a_campaign_reads(tmp_path: Path) -> None:
    events = write(tmp_path / "events.jsonl", line("Loan Requested") + "\n")
    mine = write(tmp_path / "mine.yaml", CAMPAIGN)
    assert "features" not in CliRunner().invoke(kairos, ["events", str(events), "--campaigns", str(mine)]).stderr
    write(tmp_path / "mine.yaml", CAMPAIGN.replace('not seen("product_viewed", "7d")', "orders_90d > 0"))
    err = CliRunner().invoke(kairos, ["events", str(events), "--campaigns", str(mine)]).stderr
    assert [each for each in err.splitlines() if "features" in each] == ["! features begins with order_completed, which did not arrive"]


def test_as_json(tmp_path: Path) -> None:
    out, err = told(tmp_path, line("Loan Requested", amount=1), options=("--json",))
    assert json.loads(out) == {"event": "loan_requested", "count": 1, "in_catalogue": False, "meant": None, "properties": {"amount": {"number": 1}}}
    assert {"never": "loan_closed", "waits": "mine", "role": "stops", "meant": None} in [json.loads(each) for each in err.splitlines()]


def test_a_stranger_who_invents_names_does_not_fill_the_memory() -> None:
    invented = [(b"ada", line(f"Invented {n}", **{f"p{n}": 1}).encode(), 1_767_600_000_000) for n in range(MAX_NAMES + 5)]
    many = [(b"ada", line("Many", **{f"p{n}": 1}).encode(), 1_767_600_000_000) for n in range(MAX_PROPERTIES + 5)]
    found = arrivals([*many, *invented])
    assert (len(found.events), found.untold) == (MAX_NAMES, 6)
    assert len(found.events["many"].properties) == MAX_PROPERTIES


def test_heartbeats_are_no_events() -> None:
    assert arrivals([(b"", b"", 0), (None, b"x", 0)]).records == 0


def test_what_is_accepted_with_a_part_set_aside_is_not_rejected(tmp_path: Path) -> None:
    out, _ = told(
        tmp_path,
        line("Unsubscribed", channel={}),
        line("Product Added", product_id="a", price="1,234", quantity=[]),
        line("Product Added", product_id="a", price=5),
        line("Order Completed", order_id={}),
        "not json",
    )
    assert "channel (unreadable)" in out
    assert "price (unreadable 1, number 1), product_id (text), quantity (unreadable)" in out
    assert "order_id (unreadable)" in out
    assert "5 records, 3 names of events, 1 rejected, 3 accepted with a part set aside or missing" in out


def test_nothing_is_said_of_refusals_where_there_are_none(tmp_path: Path) -> None:
    out, _ = told(tmp_path, line("Loan Requested"))
    assert "1 record, 1 name of events\n" in out
