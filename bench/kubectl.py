"""A cluster of Kubernetes that the variable KAIROS_KUBECONFIG names, for checks: kind, k3s or a real one. Everything goes by `kubectl`."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.containers import said
from bench.lab import CheckFailed

VARIABLE = "KAIROS_KUBECONFIG"
READ = "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"
"""Asks Flink from inside its pod, whatever the network policies forbid."""
JOB = "decide"


def no_cluster() -> str:
    """Why no cluster can be reached; empty if one can."""
    if not os.environ.get(VARIABLE):
        return f"{VARIABLE} names no cluster"
    if shutil.which("kubectl") is None:
        return "kubectl is missing"
    try:
        said("kubectl", "--kubeconfig", os.environ[VARIABLE], "get", "nodes", seconds=30)
    except CheckFailed as problem:
        return str(problem).splitlines()[-1]
    return ""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One namespace of it, with Kairos in it."""

    namespace: str

    def kubectl(self, *words: str | Path, seconds: float = 120, given: str = "") -> str:
        """What a command about the namespace printed."""
        return said("kubectl", "--kubeconfig", os.environ[VARIABLE], "--namespace", self.namespace, *words, seconds=seconds, given=given)

    def pods(self, **labels: str) -> list[dict[str, Any]]:
        """Those of the namespace that are not being deleted, by the last part of their labels' names."""
        listed = json.loads(self.kubectl("get", "pods", "-o", "json"))["items"]
        alive = [pod for pod in listed if "deletionTimestamp" not in pod["metadata"]]
        return [pod for pod in alive if labels.items() <= {key.rpartition("/")[2]: value for key, value in pod["metadata"]["labels"].items()}.items()]

    def ready(self, **labels: str) -> int:
        """How many of these pods are ready."""
        conditions = [pod.get("status", {}).get("conditions", ()) for pod in self.pods(**labels)]
        return sum(any(each["type"] == "Ready" and each["status"] == "True" for each in found) for found in conditions)

    def leader(self) -> str:
        """The pod of the JobManager that leads, by the address that Flink keeps in a ConfigMap."""
        data = json.loads(self.kubectl("get", "configmap", "kairos-cluster-config-map", "-o", "json")).get("data", {})
        address = data.get("org.apache.flink.k8s.leader.restserver", "").partition("//")[2].partition(":")[0]
        found = [pod["metadata"]["name"] for pod in self.pods(component="jobmanager") if pod["status"].get("podIP") == address]
        if not found:
            message = f"no JobManager leads: {data}"
            raise CheckFailed(message)
        return str(found[0])

    def worker(self) -> str:
        """The pod of a TaskManager that the job runs on."""
        job = next(each["id"] for each in self.flink("/jobs")["jobs"] if each["status"] == "RUNNING")
        vertices = [each["id"] for each in self.flink(f"/jobs/{job}")["vertices"]]
        hosts = {
            str(each["taskmanager-id"]) for vertex in vertices for each in self.flink(f"/jobs/{job}/vertices/{vertex}/taskmanagers")["taskmanagers"]
        }
        return min(hosts)

    def flink(self, path: str) -> Any:
        """What Flink's REST interface answers."""
        return json.loads(self.kubectl("exec", self.leader(), "--", "python", "-c", READ, f"http://localhost:8081{path}"))

    def kill(self, pod: str) -> None:
        """Take a pod away at once, without a goodbye."""
        self.kubectl("delete", "pod", pod, "--grace-period=0", "--force", "--wait=false")

    @contextmanager
    def forwarded(self, what: str, port: int) -> Iterator[None]:
        """A port of a pod, at 127.0.0.1 during the block."""
        command = ["kubectl", "--kubeconfig", os.environ[VARIABLE], "--namespace", self.namespace, "port-forward", what, str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
            try:
                _wait_until_open(port, running)
                yield
            finally:
                running.kill()


def wait(seconds: float, done: Any, *, what: str) -> None:
    """Wait until `done()` is true. Raises CheckFailed when it does not become so."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds:.0f} s"
            raise CheckFailed(message)
        time.sleep(1)


def _wait_until_open(port: int, running: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if running.poll() is not None or time.monotonic() > deadline:
                said = running.stderr.read() if running.poll() is not None and running.stderr else ""
                message = f"kubectl port-forward does not open port {port}: {said.strip()}"
                raise CheckFailed(message) from None
            time.sleep(0.2)
        else:
            return
