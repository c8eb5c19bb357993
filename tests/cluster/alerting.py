"""A real Prometheus and a real Alertmanager on the test stack, with the rules that ship, in shorter durations."""

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from services.devstack.ports import free
from services.devstack.settings import Settings
from services.documents.yaml12 import parse
from services.monitor.alerts import rules
from services.monitor.files import yaml

SHIPPED = Path(__file__).parents[2] / "docker" / "monitoring"
FACTOR = {"NoHeartbeat": 0.2, "RejectedShare": 0.05, "ClockSkew": 0.02, "TooLateToSend": 0.04, "ModelMissing": 0.02}
"""Flink pushes every five seconds, so no window may be shorter than some thirty. All others are shortened to a tenth."""
UNCHANGED = {"CampaignSilent", "NothingSent"}
"""They compare with yesterday: promtool tests them, in tests/metrics."""


class Watch:
    """What Prometheus knows, and what Alertmanager sent."""

    def __init__(self, address: str, sent: list[dict[str, Any]]) -> None:
        self._address, self.sent = address, sent

    def firing(self) -> dict[str, Mapping[str, str]]:
        """Alert -> its labels, for those that fire now."""
        alerts = self._get("/api/v1/alerts")["alerts"]
        return {each["labels"]["alertname"]: each["labels"] for each in alerts if each["state"] == "firing"}

    def names(self) -> set[str]:
        """The names of all metrics."""
        return set(self._get("/api/v1/label/__name__/values"))

    def value(self, query: str) -> float | None:
        """The value of an expression with one result."""
        found = self._get(f"/api/v1/query?query={urllib.parse.quote(query)}")["result"]
        return float(found[0]["value"][1]) if found else None

    def calls(self, name: str, status: str) -> list[dict[str, Any]]:
        """What was sent about an alert: firing, or resolved."""
        return [alert for each in self.sent for alert in each["alerts"] if (alert["labels"]["alertname"], alert["status"]) == (name, status)]

    def _get(self, path: str) -> Any:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(self._address + path, timeout=10) as answer:
            return json.load(answer)["data"]


@contextmanager
def watching(settings: Settings, folder: Path) -> Iterator[Watch]:
    """Run both until the block ends."""
    prometheus, alertmanager = _program("prometheus"), _program("prometheus-alertmanager", "alertmanager")
    web, calls, hook = free(3)
    (folder / "alerts.yml").write_text(yaml(rules(lambda alert: 1.0 if alert.name in UNCHANGED else FACTOR.get(alert.name, 0.1))))
    (folder / "prometheus.yml").write_text(yaml(_config("prometheus.yml", settings, calls)))
    (folder / "alertmanager.yml").write_text(yaml(_calling(hook)))
    sent: list[dict[str, Any]] = []
    with ExitStack() as stack:
        stack.enter_context(_received(hook, sent))
        for name, command in {
            "alertmanager": [alertmanager, "--config.file=alertmanager.yml", f"--web.listen-address=127.0.0.1:{calls}", "--cluster.listen-address="],
            "prometheus": [prometheus, "--config.file=prometheus.yml", f"--web.listen-address=127.0.0.1:{web}", "--storage.tsdb.path=tsdb"],
        }.items():
            stack.enter_context(_running(name, command, folder))
        yield Watch(f"http://127.0.0.1:{web}", sent)


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    assert "GITHUB_ACTIONS" not in os.environ, f"the workflow must install {names[0]}"
    pytest.skip(f"{names[0]} is not on PATH (Debian: apt install prometheus prometheus-alertmanager)")


def _config(name: str, settings: Settings, calls: int) -> dict[str, Any]:
    """The configuration that ships, with the addresses and the rhythm of the test."""
    text = (
        (SHIPPED / name)
        .read_text()
        .replace("scrape_interval: 5s", "scrape_interval: 1s")
        .replace("evaluation_interval: 5s", "evaluation_interval: 1s")
    )
    for usual, port in ((9250, settings.metrics_port), (9251, settings.heartbeat_metrics_port), (9193, calls)):
        text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{port}")
    told: dict[str, Any] = parse(text, file=SHIPPED / name).value
    return told


def _calling(hook: int) -> dict[str, Any]:
    name = "alertmanager.yml"
    text = (SHIPPED / name).read_text().replace("127.0.0.1:9199", f"127.0.0.1:{hook}").replace("group_wait: 10s", "group_wait: 1s")
    told: dict[str, Any] = parse(text.replace("group_interval: 1m", "group_interval: 2s"), file=SHIPPED / name).value
    return told


@contextmanager
def _running(name: str, command: list[str], folder: Path) -> Iterator[None]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        time.sleep(1)
        assert process.poll() is None, (folder / f"{name}.log").read_text()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


@contextmanager
def _received(port: int, sent: list[dict[str, Any]]) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            sent.append({**body, "path": self.path})
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
