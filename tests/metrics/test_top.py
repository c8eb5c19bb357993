"""`kairos top`: the figures of two readings, what needs somebody, and what happens when nothing answers."""

import socket
from collections import deque
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from cli.top import _drawn, top
from services.devstack.ports import free
from services.metrics.serve import TOKEN, serving
from services.metrics.text import Sample
from services.monitor.figures import CampaignFigures, JobFigures, Overview, Reading, overview
from services.monitor.screen import draw, findings
from udfs.metrics.engine import CAMPAIGN_ACTIONS, CAMPAIGN_DECISIONS, ENGINE, REASON_DECISIONS
from udfs.metrics.flink import BUSY, CHECKPOINT_DURATION, CHECKPOINTS, RESTARTS, WATERMARK
from udfs.metrics.metric import Metric
from udfs.metrics.services import CAMPAIGN_LIVE, MONITORED, NEWEST_EVENT, SWITCHED_OFF, WATCHED

T = 1_764_000_000.0
LIVE = {"job_name": "kairos-live"}


def one(metric: Metric, value: float, **labels: str) -> Sample:
    return Sample(metric.name, labels, value)


def reading(at: float, *, events: tuple[float, float] = (0, 0), more: tuple[Sample, ...] = ()) -> Reading:
    parts = [one(ENGINE["events"], count, **LIVE, subtask_index=str(number)) for number, count in enumerate(events)]
    return Reading(T + at, [*parts, one(RESTARTS, 0, **LIVE), one(MONITORED, T + at, source="kafka"), *more])


def job(shown: Overview) -> JobFigures:
    (found,) = shown.jobs
    return found


def printed(shown: Overview, *, height: int = 24, width: int = 160) -> str:
    console = Console(width=width, file=StringIO(), force_terminal=False)
    console.print(draw(shown, title="Kairos", height=height))
    file: Any = console.file
    return str(file.getvalue())


def test_rates_are_over_all_subtasks_and_the_time_between_the_readings() -> None:
    assert job(overview(reading(10, events=(600, 400)), reading(0, events=(100, 100)))).events == 80


def test_a_restarted_process_counts_from_zero_and_is_no_negative_rate() -> None:
    assert job(overview(reading(10, events=(40, 400)), reading(0, events=(900, 300)))).events == 14


def test_the_first_reading_has_no_rate_and_says_so() -> None:
    shown = overview(reading(0, events=(900, 300)), None)
    assert job(shown).events is None
    (line,) = [line for line in printed(shown).splitlines() if line.startswith("kairos-live")]
    assert line.split()[:4] == ["kairos-live", "-", "-", "-"]


def test_two_readings_of_one_instant_divide_nothing_by_zero() -> None:
    assert job(overview(reading(0), reading(0))).events is None


def test_a_job_is_as_late_as_its_latest_subtask_and_only_live_jobs_are_late() -> None:
    late = tuple(
        one(WATERMARK, value, job_name=name, operator_name=operator, subtask_index=index)
        for name, operator, index, value in (
            ("kairos-live", "decide", "0", (T + 9) * 1000),
            ("kairos-live", "decide", "1", (T - 90) * 1000),
            ("kairos-live", "Source", "0", 5.0),
            ("kairos-replay", "decide", "0", 1_000.0),
            ("new-live", "decide", "0", -9.2e18),
        )
    )
    shown = overview(reading(10, more=late), None)
    assert {each.name: each.behind for each in shown.jobs} == {"kairos-live": 100.0, "kairos-replay": None, "new-live": None}
    assert ("JobLags", "kairos-live is 100.0 s behind its events") in list(findings(shown))


def test_a_source_that_does_not_know_how_busy_it_is_hides_nothing() -> None:
    busy = (one(BUSY, float("nan"), **LIVE, task_name="source"), one(BUSY, 420, **LIVE, task_name="decide"))
    assert job(overview(reading(0, more=busy), None)).busy == 0.42


def test_a_job_that_should_run_and_does_not_is_named_with_its_alert() -> None:
    shown = overview(Reading(T, [one(WATCHED, 1, job_name="shop-live"), one(MONITORED, T, source="kafka")]), None)
    assert list(findings(shown)) == [("NoJob", "shop-live does not run")]
    assert "NoJob: shop-live does not run" in printed(shown)


def test_a_monitor_that_reads_nothing_any_more_is_named_first() -> None:
    never = overview(Reading(T, []), None)
    assert list(findings(never)) == [("NotMonitored", "the monitor has not read Kafka"), ("NoJob", "no job runs: `kairos submit` starts it")]
    stale = overview(Reading(T, [one(MONITORED, T - 600, source="kafka"), one(RESTARTS, 0, **LIVE)]), None)
    assert list(findings(stale)) == [("NotMonitored", "the monitor has not read Kafka for 10 min")]


def test_a_partition_that_never_had_a_heartbeat_is_found_behind_one_that_has() -> None:
    beats = (one(NEWEST_EVENT, T, topic="events", partition="0"), one(NEWEST_EVENT, 0, topic="events", partition="1"))
    assert ("NoHeartbeat", "a partition of events has never had a heartbeat") in list(findings(overview(reading(0, more=beats), None)))


def test_when_nothing_is_wrong_it_says_so_and_shows_campaigns_reasons_and_switches() -> None:
    more = (
        one(CAMPAIGN_DECISIONS, 7, campaign="cart", **LIVE, subtask_index="0"),
        one(CAMPAIGN_DECISIONS, 5, campaign="cart", **LIVE, subtask_index="1"),
        one(CAMPAIGN_ACTIONS, 3, campaign="cart", **LIVE),
        one(CAMPAIGN_LIVE, 1, campaign="cart"),
        one(CAMPAIGN_LIVE, 0, campaign="quiet"),
        one(REASON_DECISIONS, 9, reason="CAP_REACHED", **LIVE),
        one(REASON_DECISIONS, 0, reason="EXPIRED", **LIVE),
        one(SWITCHED_OFF, 1, what="channel/sms"),
        one(CHECKPOINTS, 8, **LIVE),
        one(CHECKPOINT_DURATION, 41, **LIVE),
    )
    shown = overview(reading(10, more=more), reading(0))
    text = printed(shown)
    assert "nothing needs anybody" in text
    assert [each.name for each in shown.campaigns] == ["cart", "quiet"]
    assert ["cart", "12", "3", "1.2", "live"] in [line.split() for line in text.splitlines()]
    assert "decisions by reason: CAP_REACHED 9\n" in text
    assert "switched off: channel/sms" in text
    assert "41 ms" in text


def test_a_small_terminal_shows_the_busiest_campaigns_and_counts_the_others() -> None:
    many = tuple(one(CAMPAIGN_DECISIONS, number, campaign=f"c{number}", **LIVE) for number in range(50))
    text = printed(overview(reading(0, more=many), None), height=20)
    assert "c49" in text
    assert "c12 " not in text
    assert "and 40 more" in text


def test_where_nothing_answers_one_line_says_where_it_looked() -> None:
    (port,) = free(1)
    ran = CliRunner().invoke(top, ["--url", f"http://127.0.0.1:{port}/metrics"], standalone_mode=True)
    assert ran.exit_code != 0
    assert f"nothing answers at http://127.0.0.1:{port}/metrics" in f"{ran.output}{ran.exception}"


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"<html>login</html>\n", b"\xff\xfe{{{\n"])
def test_what_is_no_metrics_page_is_called_that(body: bytes) -> None:
    (port,) = free(1)
    with serving(lambda: body, port=port):
        drawn = _drawn(f"http://127.0.0.1:{port}/metrics", deque(), 1.0, height=24)
    assert "are not metrics. Trying again." in str(drawn)


def test_a_missing_token_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free(1)
    monkeypatch.setenv(TOKEN, "a-token-that-nobody-guesses")
    with serving(lambda: b"", port=port):
        monkeypatch.setenv(TOKEN, "")
        drawn = _drawn(f"http://127.0.0.1:{port}/metrics", deque(), 1.0, height=24)
    assert f"set {TOKEN} to its token" in str(drawn)


@pytest.mark.slow
def test_once_prints_the_rates_of_one_window_and_ends() -> None:
    (port,) = free(1)
    counts = iter([b"1", b"101"])
    name = ENGINE["events"].name.encode()
    with serving(lambda: name + b'{job_name="kairos-live"} ' + next(counts) + b"\n", port=port):
        ran = CliRunner().invoke(top, ["--url", f"http://127.0.0.1:{port}/metrics", "--once", "--window", "0.5"])
    assert ran.exit_code == 0, ran.output
    (line,) = [line for line in ran.output.splitlines() if line.startswith("kairos-live")]
    assert 150 < float(line.split()[1]) <= 200


@pytest.mark.parametrize("width", [200, 100, 80, 60, 40])
def test_no_figure_is_cut_off_however_narrow_the_terminal(width: int) -> None:
    figures = JobFigures(
        name="kairos-live", runs=True, events=7_654, decisions=3_210, messages=321, refused=12.5, behind=59.5, unread=1_234_567, busy=0.97,
        checkpoints=9, checkpoint_ms=12_345, restarts=123, models_refused=0, faults=4_321,
    )  # fmt: skip
    campaigns = [CampaignFigures(name="a-campaign-with-a-rather-long-name-of-its-own", live=True, decisions=9_876_543, messages=1_357_911, rate=24.6)]
    told = printed(Overview(jobs=[figures], campaigns=campaigns, monitored=1.0), width=width)
    wanted = ["7,654", "3,210", "321", "12.5", "59.5 s", "1,234,567", "97%", "12,345 ms", "123", "4,321"]
    assert not [each for each in wanted if each not in told], told
    assert width < 60 or {"9,876,543", "1,357,911", "24.6"} <= set(told.split()), told
    assert max(map(len, told.splitlines())) <= width


def test_names_are_not_read_as_colours_and_what_is_no_number_or_not_ours_is_left_out() -> None:
    odd = Reading(T, [
        one(WATCHED, 1, job_name="[/red]-live"), one(CAMPAIGN_LIVE, 1, campaign="[bold]x[/]"), one(SWITCHED_OFF, 1, what="[/x]"),
        one(MONITORED, float("nan"), source="kafka"), one(CAMPAIGN_LIVE, 1), one(REASON_DECISIONS, 7), one(NEWEST_EVENT, 3),
        one(RESTARTS, float("nan"), job_name="[/red]-live"),
    ])  # fmt: skip
    shown = overview(odd, None)
    assert shown.monitored is None
    told = printed(shown)
    assert "[/red]-live" in told and "[bold]x[/]" in told and "switched off: [/x]" in told
    assert "NotMonitored: the monitor has not read Kafka" in told


def test_a_monitor_that_is_locked_out_says_nothing_of_heartbeats() -> None:
    beats = (one(NEWEST_EVENT, T - 100, topic="events", partition="0"), one(MONITORED, T - 90, source="kafka"))
    found = [alert for alert, _ in findings(overview(Reading(T, [one(RESTARTS, 0, **LIVE), *beats]), None))]
    assert found == ["NotMonitored"]


@pytest.mark.parametrize(
    ("told", "url", "token"),
    [
        ("is not where metrics are: http://host:port/metrics", "127.0.0.1:9250/metrics", ""),
        ("is not where metrics are", "file:///etc/hostname", ""),
        ("KAIROS_METRICS_TOKEN holds a letter that cannot be sent", "http://127.0.0.1:9/metrics", "schl\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel"),
        ("nothing answers at http://127.0.0.1:9/metrics", "http://127.0.0.1:9/metrics", "a-token-with-its-line-break\n"),
    ],
)
def test_what_cannot_be_asked_is_said_as_what_it_is(monkeypatch: pytest.MonkeyPatch, told: str, url: str, token: str) -> None:
    monkeypatch.setenv(TOKEN, token)
    ran = CliRunner().invoke(top, ["--once", "--url", url])
    assert told in f"{ran.output}{ran.exception}"


def test_a_port_that_speaks_no_http_is_no_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer() -> None:
            taken, _ = server.accept()
            with taken:
                taken.recv(1000)
                taken.sendall(b"\0\0\0\1garbage")

        Thread(target=answer, daemon=True).start()
        ran = CliRunner().invoke(top, ["--once", "--url", f"http://127.0.0.1:{port}/metrics"])
    assert "are not metrics" in f"{ran.output}{ran.exception}"
