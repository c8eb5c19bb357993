"""The alert rules: each has a runbook, each fires for what it is for (by Prometheus' own `promtool`), and all can be made faster."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from services.documents.yaml12 import parse
from services.monitor.alerts import ALERTS, Alert, rules
from services.monitor.files import SECTIONS, yaml

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docker" / "monitoring"
RUNBOOKS = (ROOT / "docs" / "alerts.md").read_text()
UNITS = [Path(__file__).with_name(f"{name}_test.yml") for name in ("alerts", "alerts_days")]


def promtool(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    found = shutil.which("promtool")
    if found is None:
        assert "GITHUB_ACTIONS" not in os.environ, "the workflow must install promtool"
        pytest.skip("promtool is not on PATH: it comes with Prometheus (Debian: apt install prometheus)")
    return subprocess.run([found, *arguments], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_a_runbook_that_says_its_severity_what_to_check_and_how_to_fix_it(alert: Alert) -> None:
    section = re.search(rf"^## {alert.name}\n(.*?)(?=^## |\Z)", RUNBOOKS, re.M | re.S)
    assert section, f"docs/alerts.md has no section {alert.name}"
    assert f"*{alert.severity}.*" in section[1]
    assert "**Check**" in section[1]
    assert re.search(r"\*\*Fix:?\*\*", section[1])


def test_every_runbook_is_that_of_an_alert() -> None:
    assert re.findall(r"^## (\w+)$", RUNBOOKS, re.M) == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_every_alert_has_its_test_of_firing_and_of_staying_quiet(alert: Alert) -> None:
    told = "".join(path.read_text() for path in UNITS)
    assert re.search(rf"alertname: {alert.name}\n\s+exp_alerts", told), "it never fires in the tests"
    quiet = rf"alertname: {alert.name}\}}"
    assert re.search(quiet, told), "it never stays quiet in the tests"


def checked(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    (folder / "alerts.yml").write_text(text)
    for path in UNITS:
        shutil.copy(path, folder)
    return promtool("test", "rules", *(path.name for path in UNITS), folder=folder)


def test_the_rules_fire_as_their_tests_say(tmp_path: Path) -> None:
    ran = checked((FOLDER / "alerts.yml").read_text(), tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("broken", ["vector(0) > 1", "vector(1)"], ids=["never", "always"])
def test_those_tests_notice_a_rule_that_never_fires_and_one_that_always_does(tmp_path: Path, broken: str) -> None:
    made = rules()
    for rule in made["groups"][0]["rules"]:
        rule["expr"] = broken
    ran = checked(yaml(made), tmp_path)
    assert ran.returncode != 0
    assert [alert.name for alert in ALERTS if f"alertname: {alert.name}," not in ran.stdout + ran.stderr] == []


def test_prometheus_asks_every_process_whose_metrics_are_declared() -> None:
    told = parse((FOLDER / "prometheus.yml").read_text(), file=FOLDER / "prometheus.yml").value
    asked = {int(place.rpartition(":")[2]) for job in told["scrape_configs"] for group in job["static_configs"] for place in group["targets"]}
    assert asked == {9250} | {int(port) for _, about in SECTIONS.values() for port in re.findall(r"--metrics-port (\d+)", about)}
    page = (ROOT / "docs" / "monitoring.md").read_text()
    assert not {port for port in asked if str(port) not in page}


def test_the_configuration_of_prometheus_is_valid() -> None:
    ran = promtool("check", "config", "prometheus.yml", folder=FOLDER)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_severity_has_a_receiver_and_inhibitions_name_alerts_that_exist() -> None:
    told = parse((FOLDER / "alertmanager.yml").read_text(), file=FOLDER / "alertmanager.yml").value
    receivers = {each["name"] for each in told["receivers"]}
    assert {alert.severity for alert in ALERTS} == receivers
    named = re.findall(r"[A-Z]\w+", " ".join(matcher for rule in told["inhibit_rules"] for matchers in rule.values() for matcher in matchers))
    assert set(named) <= {alert.name for alert in ALERTS}


def inhibited(cause: dict[str, str], alert: dict[str, str]) -> bool:
    """Whether `cause`, while it fires, keeps `alert` from being sent, as Alertmanager reads the rules. A label that is not there is empty."""
    told = parse((FOLDER / "alertmanager.yml").read_text(), file=FOLDER / "alertmanager.yml").value

    def matches(labels: dict[str, str], matchers: list[str]) -> bool:
        for each in matchers:
            found = re.fullmatch(r'(\w+)(=~|!=|=)"(.*)"', each)
            assert found is not None, each
            name, how, value = found.groups()
            held = labels.get(name, "")
            if not {"=": held == value, "!=": held != value, "=~": re.fullmatch(value, held) is not None}[how]:
                return False
        return True

    return any(
        matches(cause, rule["source_matchers"])
        and matches(alert, rule["target_matchers"])
        and all(cause.get(name, "") == alert.get(name, "") for name in rule.get("equal", ()))
        for rule in told["inhibit_rules"]
    )


@pytest.mark.parametrize("cause", ["NoJob", "CheckpointsFailing", "JobLags"])
def test_what_happens_to_one_job_silences_nothing_of_another(cause: str) -> None:
    ours, trial = ({"job_name": f"{name}-live"} for name in ("kairos", "trial"))
    alerts = [{"alertname": alert.name, **ours} for alert in ALERTS if "job_name" in alert.summary]
    assert any(inhibited({"alertname": cause, **ours}, alert) for alert in alerts)
    assert not [alert for alert in alerts if inhibited({"alertname": cause, **trial}, alert)]


def test_where_no_job_runs_at_all_one_call_is_enough() -> None:
    for name in ("JobLags", "CheckpointsFailing", "NothingSent"):
        assert inhibited({"alertname": "NoJob"}, {"alertname": name, "job_name": "kairos-live"})
    assert inhibited({"alertname": "NoJob"}, {"alertname": "CampaignSilent", "campaign": "welcome"})
    assert not inhibited({"alertname": "NoJob", "job_name": "trial-live"}, {"alertname": "CampaignSilent", "campaign": "welcome"})
    assert not inhibited({"alertname": "NoJob"}, {"alertname": "NotMonitored"})


def test_shorter_rules_differ_in_their_durations_only() -> None:
    usual, short = (each["groups"][0]["rules"] for each in (rules(), rules(lambda alert: 0.01)))
    for first, second in zip(usual, short, strict=True):
        assert second["for"] != first["for"] or first["for"] == "0s"
        without = [re.sub(r"\b\d+(\.\d+)?(ms|[smhd])?(?=\])|offset \S+(?=\))|> [\d.]+(?=$| and on)", "", each["expr"]) for each in (first, second)]
        assert without[0] == without[1]
    by_name = {rule["alert"]: rule for rule in short}
    assert "[3s]" in by_name["CheckpointsFailing"]["expr"]
    assert "> 0.15 and on ()" in by_name["NoHeartbeat"]["expr"]
    assert by_name["NoHeartbeat"]["for"] == "300ms"
