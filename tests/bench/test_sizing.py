"""The arithmetic of docs/production.md, against what was measured and what is configured."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.sizing import ENTRY_BYTES, MAX_HEAP_MB, OTHER_MB, PROFILE_BYTES, REWRITE_S, SLOT_EVENTS, Load, size, storage, table

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "bench" / "results"
EVIDENCE = ROOT / "docs" / "evidence"


def claims(name: str) -> dict[str, float]:
    return {each["claim"]: each["figure"] for each in json.loads((EVIDENCE / f"{name}.json").read_text())["claims"]}


def test_no_figure_is_better_than_what_was_measured() -> None:
    engine = re.findall(r'"blob_bytes": ([0-9.]+)', (RESULTS / "engine.json").read_text())
    measured = [float(engine[0]), claims("main")["state of a user after forty events (median)"]]
    text = (EVIDENCE / "policy.json").read_text()
    measured += [float(found) for found in re.findall(r'"her state, median",\s+"figure": ([0-9.]+)', text)]
    assert len(measured) >= 5
    assert max(measured) <= PROFILE_BYTES
    (throughput,) = re.findall(r"One slot handles ([\d,]+) events/s", (ROOT / "docs" / "benchmarks.md").read_text())
    assert int(throughput.replace(",", "")) / 2 >= SLOT_EVENTS


def test_the_rest_of_a_taskmanager_is_what_is_configured() -> None:
    lines = (ROOT / "docker" / "flink" / "config.yaml").read_text().splitlines()
    parts = [int(line.split(": ")[1].rstrip("m")) for line in lines if re.match(r"taskmanager\.memory\.(?!task\.heap)\S+(?<!\.max): \d", line)]
    assert sum(parts) == OTHER_MB


def test_all_state_is_written_as_often_as_the_table_assumes() -> None:
    store = (ROOT / "docker" / "kubernetes" / "overlays" / "s3" / "s3.conf").read_text()
    assert f"periodic-materialize.interval={REWRITE_S // 60} min" in store


def test_the_page_has_the_tables_that_the_command_prints() -> None:
    page = (ROOT / "docs" / "production.md").read_text()
    assert "\n".join(table()) in page
    assert "\n".join(storage()) in page


def test_memory_counts_for_many_customers_and_speed_for_many_events() -> None:
    quiet, busy = size(Load(customers=10_000_000, events_per_day=1)), size(Load(customers=100_000, events_per_day=10_000))
    assert quiet.by_memory > quiet.by_speed
    assert quiet.parallelism == quiet.by_memory
    assert busy.by_speed > busy.by_memory
    assert busy.parallelism == busy.by_speed
    assert quiet.partitions >= quiet.parallelism


def test_the_fullest_taskmanager_has_the_heap_for_its_customers() -> None:
    found = size(Load(customers=100_000_000, events_per_day=84))
    assert found.parallelism == 100
    assert found.customers == 1_074_219, "11 of 1,024 key groups, not 10.24"
    assert found.heap_mb * 1024 * 1024 >= found.customers * (PROFILE_BYTES + ENTRY_BYTES) * 2
    assert found.heap_mb <= MAX_HEAP_MB


def test_what_no_job_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 1,024 TaskManagers"):
        size(Load(customers=10_000_000_000))


def test_rarer_snapshots_write_less_and_leave_more_to_read_again() -> None:
    often, rarely = size(Load(customers=1_000_000)), size(Load(customers=1_000_000, rewrite_s=3_600))
    assert rarely.rewrite_mb_s * 6 == pytest.approx(often.rewrite_mb_s)
    assert rarely.changelog_gb == pytest.approx(often.changelog_gb * 6)


def test_the_command_shows_its_arithmetic() -> None:
    ran = subprocess.run([sys.executable, "-m", "bench.sizing", "--customers", "1000000"], capture_output=True, text=True, check=True)
    assert "1,000,000 customers x (2,300 + 300) bytes x 2" in ran.stdout
    assert "--parallelism=1" in ran.stdout


def test_the_heap_on_the_page_of_kubernetes_is_what_its_command_prints() -> None:
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    (customers,) = re.findall(r"`python -m bench\.sizing --customers (\d+)`", page)
    assert f"taskmanager.memory.task.heap.size={size(Load(customers=int(customers))).heap_mb}m\n" in page


def test_what_kafka_keeps_is_the_mean_and_not_the_peak() -> None:
    page = (ROOT / "docs" / "production.md").read_text()
    found = re.search(r"An event of (\d+) bytes of JSON at ([\d,]+) events/s is (\d+) MB/s at the peak", page)
    assert found is not None
    event, load = int(found[1]), Load(customers=100_000_000)
    assert (found[2], int(found[3])) == (f"{load.events:,.0f}", round(event * load.events / 1e6))
    kept = event * load.mean * 7 * 86_400 / 1e12
    assert f"{kept:.1f} TB for a retention of seven days" in page
    assert f"{3 * event * load.events / 1e6:.0f} MB/s, and\n  {3 * kept:.1f} TB" in page
    assert "retention of `events` | 7 days" in page


def test_a_slower_taskmanager_needs_more_of_them() -> None:
    load = Load(customers=50_000_000, profile_bytes=100, slot_events=2_600)
    assert size(load).by_speed == 18 > size(Load(customers=50_000_000, profile_bytes=100)).by_speed
