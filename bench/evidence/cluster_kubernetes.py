"""Claim 2, second half: Kairos on Kubernetes by Flink's native application mode. First decision; the leading JobManager and the TaskManager killed.

It deploys docker/kubernetes/overlays/trial to the cluster that KAIROS_KUBECONFIG names, and removes it again. That cluster's nodes have the images
already (`kind load docker-image`, …), or KAIROS_IMAGES says before which names a registry stands, as `registry.example.com/`.
"""

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.containers import said
from bench.evidence.cluster_parts import not_run
from bench.evidence.cluster_stream import USERS, Streamed, streamed
from bench.evidence.watch import watch
from bench.kubectl import Cluster, no_cluster, wait
from bench.lab import KAIROS, CheckFailed
from bench.latency import CAMPAIGN, send
from bench.report import ROOT, Claim, exactly, measured

NAMESPACE = "kairos-trial"
BROKER_PORT = 19092
BROKERS = f"localhost:{BROKER_PORT}"
PODS = {"jobmanager": 2, "taskmanager": 2}
"""What the trial's settings ask for: one JobManager leads, one TaskManager has the job's only slot."""
BEFORE = 20
"""Events that wait for the job when it starts."""
PER_SECOND = 100
EVERY_S = 90.0
WAIT_S = 600.0
CLAIM = "on a Kubernetes node: first decision, leader and TaskManager pod killed"


class _Broker:
    """What `streamed` asks of a stack."""

    brokers = BROKERS


def check() -> list[Claim]:
    """Deploy, decide, kill, remove. What fails becomes a claim that does not hold."""
    if why := no_cluster():
        return [not_run(CLAIM, f"not run: {why}")]
    found = Cluster(namespace=NAMESPACE)
    if found.kubectl("get", "namespace", NAMESPACE, "--ignore-not-found", "-o", "name").strip():
        return [not_run(CLAIM, f"not run: there is a namespace {NAMESPACE} already, which this check would remove")]
    try:
        with tempfile.TemporaryDirectory() as folder, _broker(found, overlay_in(Path(folder))) as overlay:
            return _deployed(found, overlay, Path(folder))
    except CheckFailed as problem:
        print(f"   {problem}", flush=True)
        return [not_run(CLAIM, f"failed: {str(problem).splitlines()[0]}")]
    finally:
        found.kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=180s", seconds=240)


def overlay_in(folder: Path) -> Path:
    """The trial with the images where this cluster finds them."""
    shutil.copytree(ROOT / "docker" / "kubernetes", folder / "kubernetes")
    place = folder / "kubernetes" / "overlays" / "trial"
    prefix = os.environ.get("KAIROS_IMAGES", "")
    if prefix:
        job = next(line for line in (ROOT / "docker/kubernetes/base/settings.env").read_text().splitlines() if line.startswith("KAIROS_JOB_IMAGE="))
        with (place / "settings.env").open("a") as settings:
            settings.write(job.replace("=", f"={prefix}") + "\n")
        with (place / "kustomization.yaml").open("a") as kustomization:
            lines = [f"  - {{name: {name}, newName: {prefix}{name}}}\n" for name in ("kairos-job", "kairos-services", "apache/kafka")]
            kustomization.write("images:\n" + "".join(lines))
    return place


@contextmanager
def _broker(found: Cluster, overlay: Path) -> Iterator[Path]:
    """The namespace with its secrets and the broker, which this machine reaches at BROKERS during the block."""
    found.kubectl("apply", "-k", overlay, "-l", "pod-security.kubernetes.io/enforce=restricted")  # the namespace alone
    found.kubectl("create", "secret", "generic", "kairos-metrics", f"--from-literal=token={secrets.token_hex(16)}")
    found.kubectl("create", "secret", "generic", "kairos-kafka", "--from-literal=password=unused", "--from-literal=ca.crt=unused")
    found.kubectl("apply", "-k", overlay, "-l", "app.kubernetes.io/part-of!=kairos")  # all but Kairos
    wait(WAIT_S, lambda: found.ready(name="kafka") == 1, what="the broker is ready")
    with found.forwarded("deploy/kafka", BROKER_PORT):
        yield overlay


def _deployed(found: Cluster, overlay: Path, folder: Path) -> list[Claim]:
    campaign = folder / "every-view.yaml"
    campaign.write_text(CAMPAIGN)
    # Published before the pod `prepare` would publish the shipped ones, so that each event is owed exactly one decision.
    words = ("submit", "--prepare-only", "--brokers", BROKERS, "--partitions=4", "--campaigns", campaign)
    print(said(KAIROS, *words, environment={**os.environ, "KAIROS_HOME": str(folder / "home")}), flush=True)
    send(BROKERS, BEFORE, BEFORE, USERS)
    with watch(BROKERS, ["decisions"]) as seen:
        began = time.monotonic()
        found.kubectl("apply", "-k", overlay)
        seen.first(lambda each: True, what="the first decision", seconds=WAIT_S)
        first = time.monotonic() - began
        seen.until_quiet(lambda: len(seen.seen) >= BEFORE, seconds=WAIT_S)
        decided = len(seen.seen)
    for role, count in PODS.items():
        wait(WAIT_S, lambda role=role, count=count: found.ready(component=role) == count, what=f"{count} pods of {role} are ready")
    through = streamed(_Broker(), [lambda: found.kill(found.leader()), lambda: found.kill(found.worker())], per_second=PER_SECOND, every_s=EVERY_S)
    for role, count in PODS.items():
        wait(WAIT_S, lambda role=role, count=count: found.ready(component=role) >= count, what=f"{count} pods of {role} are ready again")
    restarts = {pod["metadata"]["name"]: sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ())) for pod in found.pods()}
    print(f"   pods: {restarts}", flush=True)
    return [
        measured("from `kubectl apply -k` to the first decision, broker and images there", first, "s"),
        exactly(f"decisions on the {BEFORE} events that waited for the job", decided, "decisions", BEFORE),
        *_killed(through),
        exactly("containers that Kubernetes had to start again", sum(map(bool, restarts.values())), "containers", 0),
    ]


def _killed(found: Streamed) -> list[Claim]:
    label = f"leading JobManager's and the job's TaskManager's pod killed under {PER_SECOND} events/s"
    leader, worker = found.gaps
    return [
        exactly(f"{label}: decisions lost, of {found.sent:,}", found.lost, "decisions", 0),
        exactly(f"{label}: decisions doubled", found.doubled, "decisions", 0),
        measured("leading JobManager's pod killed: longest time without a decision", leader, "s"),
        measured("TaskManager's pod killed: longest time without a decision", worker, "s"),
    ]
