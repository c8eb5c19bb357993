"""What happened after every trigger: `kairos try` says so at its end, so that "no decisions" has a reason."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.local.audience import Audience, Row
from services.local.book import book_of
from services.local.job import LocalJob
from services.replay.segment import segment

TEMPLATE = "variants: {only: {channel: email, content: {subject: hi}}}\n"
CAMPAIGNS = {
    "unmet": "campaign: unmet\ntrigger: {event: page}\nwhen: cart.value > 99\n",
    "once": "campaign: once\ntrigger: {event: page}\nentry: {once_per: user.id}\n",
    "silence": "campaign: silence\ntrigger: {idle: 30m, of: any, unless: [order_completed]}\n",
    "edge": "campaign: edge\ntrigger: {event: page, becomes: session.events > 2}\n",
    "never": "campaign: never\ntrigger: {event: signed_up}\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "features.yaml").write_text("features: []\n")
    for name, text in CAMPAIGNS.items():
        (tmp_path / f"{name}.yaml").write_text(text + TEMPLATE)
    names = ["page", "page", "page", "order_completed"]
    lines = []
    for n, name in enumerate(names):
        kind = {"type": "page"} if name == "page" else {"type": "track", "event": name, "properties": {"order_id": "1"}}
        lines.append(json.dumps({**kind, "messageId": str(n), "userId": "ada", "timestamp": f"2026-01-05T10:0{n}:00Z"}))
    (tmp_path / "events.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_each_trigger_ends_in_one_column(folder: Path) -> None:
    audience = Audience()
    book = book_of([folder / f"{name}.yaml" for name in CAMPAIGNS], features=folder / "features.yaml")
    job = LocalJob(book, watchers=[audience.watch])
    for outputs in job.run(segment(folder / "events.jsonl").records):
        audience.count(outputs)
    rows = {row.campaign: row for row in audience.rows(CAMPAIGNS)}
    assert set(rows) == set(CAMPAIGNS)
    none = {"triggered": 0, "unmet": 0, "warming": 0, "blocked": 0, "cancelled": 0, "decided": 0}
    assert rows["unmet"] == Row(campaign="unmet", **{**none, "triggered": 3, "unmet": 3})
    assert rows["once"] == Row(campaign="once", **{**none, "triggered": 3, "decided": 1, "blocked": 2})
    assert rows["silence"] == Row(campaign="silence", **{**none, "cancelled": 1})
    assert rows["edge"] == Row(campaign="edge", **{**none, "triggered": 3, "unmet": 2, "decided": 1})
    assert rows["never"] == Row(campaign="never", **none)
    assert job.engine.counts["triggers"] == sum(row.triggered for row in rows.values()) == 9
    assert job.engine.counts["triggers_unmet"] == sum(row.unmet for row in rows.values())


def test_a_feature_introduced_under_way_shows_as_warming() -> None:
    audience = Audience()
    audience.watch("ada", 0, "triggers", "young")
    audience.watch("ada", 0, "triggers_warming", "young")
    assert list(audience.rows()) == [Row(campaign="young", triggered=1, unmet=0, warming=1, blocked=0, cancelled=0, decided=0)]


def test_a_lost_run_of_a_journey_shows_in_the_summary_and_the_report(folder: Path) -> None:
    steps = "steps: [{wait_until: event.departs}, {send: only}]\n"
    (folder / "lost.yaml").write_text("campaign: lost\ntrigger: {event: order_completed}\n" + steps + TEMPLATE)
    words = ["try", str(folder / "events.jsonl"), "--campaigns", str(folder / "lost.yaml"), "--report", str(folder / "r.html")]
    assert "lost: 1 run of its journey lost at a wait" in CliRunner().invoke(kairos, words, catch_exceptions=False).output
    assert "1 run was lost at a wait" in (folder / "r.html").read_text()


def test_a_run_that_nobody_watches_counts_the_same(folder: Path) -> None:
    book = book_of([folder / f"{name}.yaml" for name in CAMPAIGNS], features=folder / "features.yaml")
    watched, alone = LocalJob(book, watchers=[Audience().watch]), LocalJob(book)
    for job in (watched, alone):
        list(job.run(segment(folder / "events.jsonl").records))
    assert dict(watched.engine.counts) == alone.engine.counts
    assert watched.profiles == alone.profiles


def test_try_tells_it_at_its_end(folder: Path) -> None:
    told = CliRunner().invoke(kairos, ["try", str(folder / "events.jsonl"), "--campaigns", str(folder / "unmet.yaml")]).output.splitlines()
    assert "no decisions" in told
    assert ["unmet", "3", "3", "0", "0", "0", "0"] in [line.split() for line in told]
    quiet = CliRunner().invoke(kairos, ["try", str(folder / "events.jsonl"), "--campaigns", str(folder / "never.yaml")]).output
    assert "no campaign was triggered" in quiet
