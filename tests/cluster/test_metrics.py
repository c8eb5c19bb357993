"""A real job, scraped by a real Prometheus, whose alerts a real Alertmanager sends: each of those that can be caused here fires, and clears."""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.devstack import lifecycle, processes
from services.devstack.settings import Settings, load
from services.devstack.submit import submit
from services.flink.rest import Rest
from services.kafka.client import producer
from tests.cluster.alerting import Watch, watching
from tests.cluster.deployment import MINUTE, Deployment, added, until
from udfs.metrics.declared import DECLARED
from udfs.metrics.engine import CAMPAIGN_ACTIONS, ENGINE, REASON_DECISIONS

pytestmark = [pytest.mark.cluster, pytest.mark.apart]
NOW = """
campaign: at-once
trigger: {event: product_added}
variants: {only: {channel: email, content: {subject: Hi, body: Hello}}}
"""
POLICY = "consent: {default: {marketing: grant}}\ntrigger_max_age: 5m\n"
WATCHED = {"operator", "flink", "monitor", "heartbeat"}
"""What runs here. Other services export what they count in tests of their own."""
LABELLED_LATER = {"kairos_switched_off"}
"""There is no series until something is switched off."""


@dataclass
class Scene:
    """A live job on the stack, and who watches it."""

    deployment: Deployment
    watch: Watch

    @property
    def settings(self) -> Settings:
        return load(self.deployment.settings.home)

    def submit(self) -> None:
        files = self.deployment.folder
        submit(self.deployment.options, self.settings, campaigns=[files / "now.yaml"], policy=files / "rules" / "policy.yaml", restore="none")

    def fires(self, name: str, **labels: str) -> None:
        """Wait until it fires with these labels, and until somebody has been called."""
        until(lambda: labels.items() <= self.watch.firing().get(name, {"": ""}).items() and name in self.watch.firing(), seconds=90)
        until(lambda: bool(self.watch.calls(name, "firing")), seconds=30)

    def clears(self, name: str) -> None:
        until(lambda: name not in self.watch.firing(), seconds=120)
        until(lambda: bool(self.watch.calls(name, "resolved")), seconds=30)


@pytest.fixture(scope="module")
def scene(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("metrics")
    deployment = Deployment.new(stack, folder, clock="live", partitions=2)
    (folder / "now.yaml").write_text(NOW)
    (folder / "rules").mkdir()
    (folder / "rules" / "policy.yaml").write_text(POLICY)
    deployment.end_others()
    with watching(stack, folder) as watch:
        scene = Scene(deployment, watch)
        scene.submit()
        yield scene


def now() -> int:
    return time.time_ns() // 1_000_000


def test_every_metric_of_the_job_its_monitor_and_heartbeat_arrives_in_prometheus_under_its_name(scene: Scene) -> None:
    scene.deployment.send([added(f"user-{number}", now()) for number in range(40)])
    wanted = {metric.name for metric in DECLARED if metric.source in WATCHED} - LABELLED_LATER
    # A model's decisions and all reasons are there at 0; a campaign's come with its first decision.
    until(lambda: wanted <= scene.watch.names(), seconds=60)
    job = f'job_name="{scene.deployment.options.identity}"'
    until(lambda: scene.watch.value(f"sum({ENGINE['events'].name}{{{job}}})") == 40)
    until(lambda: scene.watch.value(f'sum({CAMPAIGN_ACTIONS.name}{{{job},campaign="at-once"}})') == 40)
    assert scene.watch.value(f'sum({REASON_DECISIONS.name}{{{job},reason="ELIGIBLE"}})') == 40


def test_a_healthy_job_calls_nobody_and_top_shows_it(scene: Scene) -> None:
    until(lambda: not scene.watch.firing(), seconds=120)  # what the submit itself caused has passed
    time.sleep(15)
    assert scene.watch.firing() == {}
    address = f"http://127.0.0.1:{scene.settings.metrics_port}/metrics"
    ran = CliRunner().invoke(kairos, ["top", "--once", "--window", "3", "--url", address])
    assert ran.exit_code == 0, ran.output
    assert "nothing needs anybody" in ran.output
    assert "ELIGIBLE 40" in ran.output


def test_records_that_cannot_be_read_old_triggers_and_clocks_ahead_each_call_somebody(scene: Scene) -> None:
    job = scene.deployment.options.identity
    with closing(producer(scene.settings.brokers)) as sender:
        for number in range(60):
            sender.send(scene.deployment.options.events_topic, key=b"broken", value=b"no json %d" % number)
        sender.flush(30)
    scene.deployment.send([{**added(f"old-{number}", now() - 20 * MINUTE), "at": now() - 20 * MINUTE} for number in range(60)])
    scene.deployment.send([added(f"ahead-{number}", now() + 60 * MINUTE) for number in range(60)])
    for name in ("RejectedShare", "TooLateToSend", "ClockSkew"):
        scene.fires(name, job_name=job)
    (first, *_) = scene.watch.calls("RejectedShare", "firing")
    assert first["annotations"]["runbook"] == "docs/alerts.md#rejectedshare"
    assert {each["path"] for each in scene.watch.sent if each["groupLabels"]["alertname"] == "RejectedShare"} == {"/page"}
    assert {each["path"] for each in scene.watch.sent if each["groupLabels"]["alertname"] == "ClockSkew"} == {"/ticket"}
    for name in ("RejectedShare", "TooLateToSend", "ClockSkew"):
        scene.clears(name)


def test_an_open_transaction_that_blocks_readers_calls_somebody_until_it_is_aborted(scene: Scene) -> None:
    topic = scene.deployment.options.topics["decisions"]
    with closing(producer(scene.settings.brokers, transactional_id="left-open", transaction_timeout_ms=300_000)) as sender:
        sender.init_transactions()
        sender.begin_transaction()
        sender.send(topic, key=b"x", value=b"{}", partition=0)
        sender.flush(30)
        scene.fires("LastStableOffsetStuck", topic=topic, partition="0")
        sender.abort_transaction()
    scene.clears("LastStableOffsetStuck")


def test_a_heartbeat_that_stands_calls_once_and_not_again_for_the_time_that_stands_with_it(scene: Scene) -> None:
    before = len(scene.watch.calls("JobLags", "firing"))
    processes.stop(["heartbeat"], pids=scene.settings.pids)
    scene.fires("NoHeartbeat", topic=scene.deployment.options.events_topic)
    until(lambda: "JobLags" in scene.watch.firing(), seconds=90)
    time.sleep(5)
    assert len(scene.watch.calls("JobLags", "firing")) == before, "it follows from the heartbeat, so it is inhibited"
    lifecycle.up(scene.settings)
    scene.clears("NoHeartbeat")
    until(lambda: "JobLags" not in scene.watch.firing())


def test_a_monitor_that_does_not_run_calls_somebody(scene: Scene) -> None:
    processes.stop(["monitor"], pids=scene.settings.pids)
    scene.fires("NotMonitored")
    lifecycle.up(scene.settings)
    scene.clears("NotMonitored")


def test_a_job_that_was_cancelled_by_hand_calls_somebody_until_it_runs_again(scene: Scene) -> None:
    until(lambda: "NoJob" not in scene.watch.firing(), seconds=60)
    rest = Rest(scene.settings.rest)
    for job in rest.unfinished():
        rest.cancel(job["jid"])
    scene.fires("NoJob")
    scene.submit()
    scene.clears("NoJob")
