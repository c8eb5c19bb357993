"""A client for the part of Flink's REST interface that Kairos needs."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from jobs.options import WARM_UP
from udfs.core.values.errors import Unavailable

OVER = ("FINISHED", "CANCELED", "FAILED")
"""The states of a job that will not run again."""
INITIALIZING = ("for initializing job", "ongoing leader election")
"""What Flink says of a job whose master is not there yet, in the text of an internal error, and of JobManagers of which none leads yet."""


class ClusterError(Unavailable):
    """The cluster does not answer, or answered that it could not."""


class Initializing(ClusterError):
    """The job's master or a leading JobManager is not there yet, though Flink may have answered before: it answers in a moment."""


class Rest:
    """One cluster, by the address of its JobManager."""

    def __init__(self, address: str) -> None:
        """`address` like http://127.0.0.1:8081; of several JobManagers all, comma-separated: the first that answers is asked."""
        self._addresses = address.split(",")

    @property
    def address(self) -> str:
        """Where a person looks."""
        return self._addresses[0]

    def get(self, path: str) -> Any:
        """The JSON answer to GET. Raises ClusterError."""
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The JSON answer to POST. Raises ClusterError."""
        return self._call("POST", path, body)

    def cancel(self, job: str) -> None:
        """End a job without a savepoint."""
        self._call("PATCH", f"/jobs/{job}?mode=cancel", None)

    def answers(self) -> bool:
        """Whether a JobManager answers."""
        try:
            self.get("/overview")
        except ClusterError:
            return False
        return True

    def slots(self) -> tuple[int, int]:
        """The number of free slots, and of registered TaskManagers."""
        told = self.get("/overview")
        return int(told["slots-available"]), int(told["taskmanagers"])

    def task_managers(self) -> list[str]:
        """Resource ids of the registered TaskManagers."""
        return [each["id"] for each in self.get("/taskmanagers")["taskmanagers"]]

    def addresses(self) -> dict[str, str]:
        """Resource id -> address of each registered TaskManager. One that is started again has another address."""
        return {each["id"]: each["path"] for each in self.get("/taskmanagers")["taskmanagers"]}

    def managed_memory(self) -> dict[str, int]:
        """Resource id -> bytes of managed memory of each registered TaskManager: what RocksDB shares among its tasks."""
        return {each["id"]: int(each["hardware"]["managedMemory"]) for each in self.get("/taskmanagers")["taskmanagers"]}

    def hosts(self, job: str) -> set[str]:
        """Resource ids of the TaskManagers that this job's tasks run on, or last ran on."""
        vertices = self.get(f"/jobs/{job}")["vertices"]
        told = [self.get(f"/jobs/{job}/vertices/{vertex['id']}/taskmanagers")["taskmanagers"] for vertex in vertices]
        return {str(each["taskmanager-id"]) for listed in told for each in listed}

    def slots_of(self, job: str) -> int:
        """How many slots this job needs: its highest parallelism."""
        return max((int(vertex["parallelism"]) for vertex in self.get(f"/jobs/{job}")["vertices"]), default=1)

    def unfinished(self) -> list[dict[str, Any]]:
        """Jobs that have not ended: id, name, state. One that only warms up TaskManagers is not among them."""
        return [job for job in self.get("/jobs/overview")["jobs"] if job["state"] not in OVER and job["name"] != WARM_UP]

    def ended(self, job: str) -> bool:
        """Whether a job has come to its end, a good one or not."""
        return self.get(f"/jobs/{job}")["state"] in OVER

    def checkpoints(self, job: str) -> dict[str, Any]:
        """Statistics of a job's checkpoints. Raises Initializing, ClusterError."""
        told: dict[str, Any] = self.get(f"/jobs/{job}/checkpoints")
        return told

    def failures(self, job: str) -> list[str]:
        """Stack traces of the last failures of a job, after which it was started again or ended, newest first. Flink keeps sixteen."""
        return [str(each["stacktrace"]) for each in self.get(f"/jobs/{job}/exceptions").get("exceptionHistory", {}).get("entries", [])]

    def runs(self, job: str) -> bool:
        """Whether every task of a job runs."""
        told = self.get(f"/jobs/{job}")
        return told["state"] == "RUNNING" and all(vertex["status"] == "RUNNING" for vertex in told["vertices"])

    def checkpoint(self, job: str, *, seconds: float = 60.0) -> None:
        """Take a checkpoint now, and return when it is complete. Raises ClusterError."""
        request = self.post(f"/jobs/{job}/checkpoints", {"checkpointType": "CONFIGURED"})["request-id"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.get(f"/jobs/{job}/checkpoints/{request}")
            if told["status"]["id"] == "COMPLETED":
                cause = (told.get("operation") or {}).get("failureCause")
                if cause is None:
                    return
                message = f"job {job} could not take a checkpoint: {first_lines(str(cause))}"
                raise ClusterError(message)
            time.sleep(0.1)
        message = f"job {job} took no checkpoint within {seconds:.0f} s"
        raise ClusterError(message)

    def stop(self, job: str, *, folder: str, seconds: float = 60.0) -> str:
        """Stop a job with a savepoint under `folder` (a URI) and return the savepoint's own URI; raises ClusterError."""
        request = self.post(f"/jobs/{job}/stop", {"targetDirectory": folder, "drain": False})["request-id"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = self.get(f"/jobs/{job}/savepoints/{request}")
            if told["status"]["id"] == "COMPLETED":
                operation = told["operation"]
                if "location" in operation:
                    return str(operation["location"])
                cause = operation.get("failure-cause", {}).get("stack-trace", "no cause given")
                message = f"job {job} could not be stopped with a savepoint: {first_lines(cause)}"
                raise ClusterError(message)
            time.sleep(0.1)
        message = f"job {job} wrote no savepoint within {seconds:.0f} s"
        raise ClusterError(message)

    def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        problem: OSError | None = None
        for address in self._addresses:
            request = urllib.request.Request(address + path, data=data, method=method, headers={"Content-Type": "application/json"})
            try:
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
                    text = answer.read()
            except urllib.error.HTTPError as answered:
                with answered:
                    message = f"{method} {path}: {answered.code} {first_lines(answered.read().decode(errors='replace'))}"
                raise (Initializing if any(words in message for words in INITIALIZING) else ClusterError)(message) from answered
            except OSError as silent:
                problem = silent  # the other JobManager may lead
                continue
            return json.loads(text) if text else None
        message = f"no Flink answers at {', '.join(self._addresses)} ({problem})"
        raise ClusterError(message) from problem


def first_lines(text: str, count: int = 3) -> str:
    """The beginning of a Java stack trace, on one line."""
    return " | ".join(line.strip() for line in text.replace("\\n", "\n").splitlines()[:count])[:600]
