"""The benchmark's page says what was measured and nothing else; a part that never ran is not on it."""

from pathlib import Path

import pytest

from bench import formats, page, results, run
from bench.lab import CheckFailed

WAIT = {
    "rate": 800,
    "reached": 799.0,
    "count": 9,
    "p50": 50.0,
    "p95": 90.0,
    "p99": 120.25,
    "worst": 150.0,
    "decided_p50": 5.0,
    "decided_p99": 9.5,
    "lost": 0,
}


@pytest.fixture(autouse=True)
def nothing_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(page, "FOLDER", tmp_path / "docs")
    monkeypatch.setattr(page, "PAGE", tmp_path / "page.md")


def test_a_part_that_never_ran_is_neither_on_the_page_nor_among_the_claims() -> None:
    results.save("throughput", {"rate": 7_000.0}, load_before=0.1)
    text = page.write().read_text()
    assert "7,000 events/s" in text
    assert "bare loop" not in text
    assert "p99" not in text
    assert [claim.figure for claim in run.claims()] == [7_000.0]


def test_every_format_of_events_is_on_the_page() -> None:
    found = formats.cost(events=50, rounds=1)
    results.save("formats", {"us": found, "bytes": formats.sizes(events=50)}, load_before=0.1)
    text = page.write().read_text()
    for name, label in formats.FORMATS.items():
        assert f"| {label} | {found[name]:.0f} |" in text
    assert len(run.claims()) == len(formats.FORMATS)


def test_latency_is_told_for_each_load_and_drawn(tmp_path: Path) -> None:
    results.save("exactly-once", {"50%": WAIT}, load_before=2.5)
    assert "| exactly-once | 50% | 799 | 50.0 | 90.0 | 120.2 | 150.0 | 9.5 |" in page.write().read_text()
    assert "load 2.5 before" in page.PAGE.read_text()
    assert (tmp_path / "docs" / "latency.png").stat().st_size > 1_000


def test_a_sender_that_does_not_come_to_its_rate_fails_the_claim() -> None:
    results.save("at-least-once", {"50%": {**WAIT, "reached": 700.0}}, load_before=0.1)
    failed = {claim.claim.rpartition(": ")[2] for claim in run.claims() if not claim.holds}
    assert failed == {"sent", "p99"}


def test_latency_is_not_measured_before_the_capacity_is_known() -> None:
    with pytest.raises(CheckFailed, match="--only throughput"):
        run.measure(["exactly-once"])
