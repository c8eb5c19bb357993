from dataclasses import replace

import pytest

from jobs.options import Options
from services.devstack.rocksdb import small_cache
from services.flink.rest import ClusterError, Rest

MIB = 1024 * 1024
ROCKSDB = replace(Options(), state_backend="rocksdb")


@pytest.fixture
def rest(monkeypatch: pytest.MonkeyPatch) -> Rest:
    monkeypatch.setattr(Rest, "hosts", lambda rest, job: {"taskmanager-0", "taskmanager-1"} if job == "a" else {"taskmanager-1"})
    told = [("taskmanager-0", 128), ("taskmanager-1", 1024)]
    managers = {"taskmanagers": [{"id": name, "hardware": {"managedMemory": size * MIB}} for name, size in told]}
    monkeypatch.setattr(Rest, "get", lambda rest, path: managers)
    return Rest("http://127.0.0.1:1")


def test_little_memory_for_rocksdb_is_said_with_what_to_do(rest: Rest) -> None:
    (line,) = small_cache(ROCKSDB, rest, "a")
    assert line.startswith("RocksDB has 128 MB of memory")
    assert "kairos up --flink-settings FILE" in line


def test_of_memory_that_is_enough_and_of_state_in_memory_nothing_is_said(rest: Rest) -> None:
    assert list(small_cache(ROCKSDB, rest, "b")) == []
    assert list(small_cache(Options(), rest, "a")) == []


def test_a_cluster_that_does_not_answer_ends_no_submit(rest: Rest, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(rest: Rest, path: str) -> None:
        raise ClusterError("no Flink answers")  # noqa: EM101 - the test's own

    monkeypatch.setattr(Rest, "get", silent)
    assert list(small_cache(ROCKSDB, rest, "a")) == ["whether RocksDB has enough memory could not be asked: no Flink answers"]
