"""What is wrong with data is found, each with what to do, and chance alone is not."""

import json
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from simulation.segment_spec import iso
from tests.builders import DAY, HOUR, MONDAY
from training.checks.report import Finding, Report, page
from training.checks.rules import Limits, findings
from training.checks.tally import Tally
from training.history import from_file

DAYS = 16
NOW = MONDAY + DAYS * DAY + HOUR // 2


class Log:
    """Sixteen days of a shop: two hundred views and forty orders a day, give or take."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str]] = []
        random, number = Random(2), 0
        for day in range(DAYS + 1):
            for name, many in (("Product Viewed", 200), ("Order Completed", 40)):
                for _ in range(round(random.gauss(many, many**0.5)) if day < DAYS else many // 48):
                    number += 1
                    at = MONDAY + day * DAY + random.randrange(DAY if day < DAYS else HOUR // 2)
                    properties = {"product_id": "p", "price": 3} if name == "Product Viewed" else {"order_id": f"o{number}", "total": 9}
                    self.add(at, f"u{random.randrange(90)}", name, properties, f"m{number}")
        self.add(NOW - 60_000, "u1", "Product Viewed", {"product_id": "p", "price": 3}, "last")

    def add(self, at: int, user: str, name: str, properties: dict[str, object], number: str) -> None:
        event = {"type": "track", "event": name, "userId": user, "messageId": number, "timestamp": iso(at), "properties": properties}
        self.lines.append((at, json.dumps(event)))

    def found(self, folder: Path) -> list[Finding]:
        file = folder / "events.jsonl"
        file.write_text("\n".join(line for _, line in self.lines) + "\n")
        tally = Tally()
        tally.take(from_file(file, "jsonl").read().records)
        return list(findings(tally, Limits(), now=NOW))


@pytest.fixture
def log() -> Log:
    return Log()


def checks(found: list[Finding]) -> set[str]:
    assert all(each.cure and each.what for each in found)
    return {each.check for each in found}


@pytest.mark.slow
def test_nothing_is_found_in_sixteen_days_of_a_shop(log: Log, tmp_path: Path) -> None:
    assert log.found(tmp_path) == []


@pytest.mark.slow
def test_events_that_stopped_an_hour_ago_are_not_fresh(log: Log, tmp_path: Path) -> None:
    log.lines = [each for each in log.lines if each[0] < NOW - 3 * HOUR]
    [found] = log.found(tmp_path)
    assert found.check == "freshness" and "hold" not in found.what and "old, and may be 1h" in found.what


@pytest.mark.parametrize(("old", "told"), [(274 * DAY + 7, "274d"), (DAY, "1d"), (90 * 60_000 + 1, "90m"), (DAY + 11 * HOUR, "35h")])
def test_an_age_is_told_in_a_unit_that_is_easy_to_read(tmp_path: Path, old: int, told: str) -> None:
    log = Log()
    log.lines = []
    log.add(NOW - old, "u1", "Product Viewed", {"product_id": "p", "price": 3}, "only")
    found = log.found(tmp_path)
    assert f"the newest event is {told} old" in next(each.what for each in found if each.check == "freshness")


@pytest.mark.slow
def test_a_sender_that_repeats_is_found(log: Log, tmp_path: Path) -> None:
    log.lines += log.lines[::20]
    assert checks(log.found(tmp_path)) == {"duplicates"}


@pytest.mark.slow
def test_an_event_that_came_half_as_often_or_not_at_all_on_the_last_whole_day_is_found(log: Log, tmp_path: Path) -> None:
    yesterday = MONDAY + (DAYS - 1) * DAY
    log.lines = [each for each in log.lines if not (yesterday <= each[0] < yesterday + DAY and "Viewed" in each[1])]
    [found] = log.found(tmp_path)
    assert found.check == "volume" and found.what.startswith("0 product_viewed on ") and "it may have stopped" in found.cure


def test_a_rare_event_that_is_missing_for_a_day_is_left_to_chance(log: Log, tmp_path: Path) -> None:
    yesterday = MONDAY + (DAYS - 1) * DAY
    log.lines = [each for each in log.lines if not (yesterday <= each[0] < yesterday + DAY and "Order" in each[1])]
    assert log.found(tmp_path) == []


@pytest.mark.slow
def test_a_property_that_is_no_longer_sent_is_found(log: Log, tmp_path: Path) -> None:
    yesterday = MONDAY + (DAYS - 1) * DAY
    log.lines = [(at, line.replace('"price": 3', '"cost": 3') if at >= yesterday else line) for at, line in log.lines]
    [found] = log.found(tmp_path)
    assert found.check == "completeness" and found.what.startswith("price is in 0.0% of product_viewed")


@pytest.mark.slow
def test_lines_that_cannot_be_read_are_found_with_the_first_reason(log: Log, tmp_path: Path) -> None:
    log.lines += [(NOW, "{not json")] * 100
    [found] = log.found(tmp_path)
    assert found.check == "unreadable" and "the first:" in found.what


def test_no_event_at_all_is_found(tmp_path: Path) -> None:
    assert checks(list(findings(Tally(), Limits(), now=NOW))) == {"volume"}


def test_what_data_says_is_escaped_in_the_report() -> None:
    report = Report(
        at=NOW, source="<x>", events=1, first=0, last=1, compared=0, findings=[Finding(check="a", what="<script>", cure="&")], notes=["<b>"]
    )
    made = page(report)
    assert "<script>" not in made and "&lt;script&gt;" in made and "&lt;b&gt;" in made and "&lt;x&gt;" in made


CAMPAIGN = """
campaign: thanks
trigger: {event: order_completed}
variants: {a: {channel: email, content: {body: Thanks}}}
"""
FEATURES = "features: [{name: views_7d, event: product_viewed, aggregate: count, window: 7d}]\n"


def run(folder: Path, *more: str) -> Result:
    words = ["check", "data", "--history", str(folder / "events.jsonl"), "--campaigns", str(folder / "mine"), "--fresh", "400d", *more]
    return CliRunner().invoke(kairos, words)


@pytest.mark.slow
def test_logged_features_are_recomputed_and_one_that_differs_is_found_with_a_status_of_one(log: Log, tmp_path: Path) -> None:
    log.found(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thanks.yaml").write_text(CAMPAIGN)
    (tmp_path / "mine" / "features.yaml").write_text(FEATURES)
    made = CliRunner().invoke(kairos, ["try", str(tmp_path / "events.jsonl"), "--campaigns", str(tmp_path / "mine"), "--json"])
    decisions = [line for line in made.stdout.splitlines() if line.startswith("{")]
    assert len(decisions) > 300
    (tmp_path / "logged.jsonl").write_text("\n".join(decisions) + "\n")
    good = run(tmp_path, "--decisions", str(tmp_path / "logged.jsonl"), "--report", str(tmp_path / "report"))
    assert good.exit_code == 0, good.output
    assert "decisions recomputed" in good.output and good.output.rstrip().endswith("0 findings")
    assert json.loads((tmp_path / "report" / "check.json").read_text())["compared"] > 300
    first = json.loads(decisions[0])
    (first["value"] if "topic" in first else first)["features"]["views_7d"] = 999
    (tmp_path / "logged.jsonl").write_text("\n".join([json.dumps(first), *decisions[1:]]) + "\n")
    bad = run(tmp_path, "--decisions", str(tmp_path / "logged.jsonl"), "--report", str(tmp_path / "report"))
    assert bad.exit_code == 1
    assert "skew: 1 of" in bad.output and "views_7d (1)" in bad.output
    assert "skew" in (tmp_path / "report" / "check.html").read_text()


def test_without_logged_decisions_it_says_what_was_not_checked(log: Log, tmp_path: Path) -> None:
    log.found(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thanks.yaml").write_text(CAMPAIGN)
    assert "not checked: skew: no decision is logged" in run(tmp_path).output


def test_where_nothing_can_be_read_the_reason_is_told_and_not_only_that_there_is_nothing() -> None:
    tally = Tally(unreadable=7, why="it is not JSON")
    found = list(findings(tally, Limits(), now=NOW))
    assert [each.check for each in found] == ["volume", "unreadable"]
    assert "7 of 7" in found[1].what and "it is not JSON" in found[1].what


def test_an_event_of_the_future_does_not_count_as_fresh() -> None:
    [found] = findings(Tally(events=1, first=NOW, last=NOW + 400 * DAY), Limits(), now=NOW)
    assert found.check == "freshness" and "which is to come" in found.what and "clock" in found.cure
