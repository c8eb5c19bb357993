"""Several models of one decision on a cluster: the TaskManager makes one graph of them, and goes on as before."""

import json
from pathlib import Path

import pytest

from bench.onnx_files import linear, manifest
from services.devstack.settings import Settings
from services.flink.rest import Rest
from services.local.book import book_of
from tests.cluster.deployment import MINUTE, START, Deployment, added

pytestmark = pytest.mark.cluster
NAMES = ("one", "two", "three")
CAMPAIGN = """
campaign: cart-abandonment
trigger: {event: product_added}
score: {one: {model: one, cold_start: 0.5}, two: {model: two, cold_start: 0.5}, three: {model: three, cold_start: 0.5}}
variants:
  mail: {channel: email, content: {subject: Hi, body: Hi}}
"""
PEOPLE, SHARED = 200, 5
"""Who is asked about at most, and how many times in a row all three must have taken the same time: each gets its share of the one call."""


@pytest.fixture
def deployment(stack: Settings, tmp_path: Path) -> Deployment:
    running = Deployment.new(stack, tmp_path)
    (running.folder / "cart.yaml").write_text(CAMPAIGN)
    (running.folder / "features.yaml").write_text("features: [{name: adds, event: product_added, aggregate: count}]\n")
    running.create_topics()
    return running


def test_a_task_manager_makes_one_graph_of_several_models(deployment: Deployment) -> None:
    features = book_of([deployment.folder / "cart.yaml"], features=deployment.folder / "features.yaml").features
    for weight, name in enumerate(NAMES, 1):
        made = manifest(deployment.folder, linear([float(weight)]), features=features, inputs=["adds"], name=name)
        document = {"model": name, "current": made["version"], "versions": [made]}
        value = {"kind": "model", "name": name, "version": "v", "status": "live", "document": document}
        deployment.control(f"model/{name}", json.dumps(value).encode())
    deployment.submit(restore="none")
    decisions, in_a_row = [], 0
    for number in range(PEOPLE):
        user, at = f"customer-{number}", START + number * MINUTE
        deployment.send([added(user, at)])
        deployment.beat(at + 1)
        decisions = deployment.decisions(count=number + 1, extra_s=0.1)
        in_a_row = in_a_row + 1 if len({each["took_us"] for each in decisions[-1]["scores"].values()}) == 1 else 0
        if in_a_row == SHARED:
            break
    scores = [{name: round(each["score"], 6) for name, each in decision["scores"].items()} for decision in decisions]
    assert scores == [{"one": 0.731059, "two": 0.880797, "three": 0.952574}] * len(decisions)
    assert in_a_row == SHARED, "one call was never shared by all three"
    rest = Rest(deployment.settings.job_manager_addresses)
    (job,) = rest.unfinished()
    assert rest.get(f"/jobs/{job['jid']}/exceptions")["exceptionHistory"]["entries"] == []
