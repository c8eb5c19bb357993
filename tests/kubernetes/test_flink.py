"""The job on Kubernetes: the script that deploys it, run with a `flink` that only says what it was given, and the settings of Flink."""

import os
import re
import stat
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from docker.steps.flink_home import configured
from jobs.options import parse
from services.devstack import jars
from tests.images.files import DOCKER, dockerfile, locked
from tests.kubernetes.manifests import FOLDER, OVERLAYS, built, data, everyone, flink_settings, options, settings, template

pytestmark = pytest.mark.slow

PYFLINK = Path(str(find_spec("pyflink").origin)).parent  # type: ignore[union-attr]
DYNAMIC = re.compile(r"(metrics\.reporter\.|s3\.)")
"""Settings whose names Flink makes up as it goes."""
BY_OPERATOR = ("kubernetes.container", "kubernetes.cluster-id", "kubernetes.jobmanager.service-account", "kubernetes.taskmanager.service-account",
               "kubernetes.pod-template", "kubernetes.rest-service", "jobmanager.memory.process", "kubernetes.jobmanager.cpu.amount",
               "taskmanager.cpu.cores", "metrics.reporter.prometheus.")  # fmt: skip
"""What FlinkDeployment has keys of its own for, or what only the pushing of metrics needs."""

STATE = {"execution.checkpointing.dir": "checkpoints", "execution.checkpointing.savepoint-dir": "savepoints",
         "state.changelog.dstl.dfs.base-path": "changelog", "high-availability.storageDir": "ha"}  # fmt: skip

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


def image_settings() -> dict[str, str]:
    text = configured((DOCKER / "flink" / "config.yaml").read_text(), PYFLINK)
    return {key: str(value) for key, value in YAML(typ="safe").load(text).items()}


def deployed(overlay: str, folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """Runs deploy.sh as the container does."""
    for name, text in data(overlay, "kairos-flink").items():
        (folder / name).write_text(text)
    (folder / "kafka.properties").write_text(data(overlay, "kairos-kafka")["kafka.properties"])
    (folder / "conf").mkdir()
    (folder / "conf" / "config.yaml").write_text(configured((DOCKER / "flink" / "config.yaml").read_text(), PYFLINK))
    (folder / "conf" / "log4j-console.properties").write_text("")
    (folder / "tmp").mkdir()
    flink = folder / "flink"
    flink.write_text('#!/bin/sh\nfor each in "$@"; do printf "%s\\n" "$each"; done\n')
    flink.chmod(flink.stat().st_mode | stat.S_IXUSR)
    environment = {
        **settings(overlay), "KAIROS_RESTORE": "none", "KAIROS_NAMESPACE": "kairos", "KAIROS_KAFKA_PROPERTIES": str(folder / "kafka.properties"),
        "FLINK_HOME": str(folder), "TMPDIR": str(folder / "tmp"), "PATH": f"{folder}:{os.environ['PATH']}", **changed,
    }  # fmt: skip
    return subprocess.run(["sh", str(folder / "deploy.sh")], env=environment, capture_output=True, text=True, check=False)


@each_overlay
def test_the_job_starts_with_the_options_of_its_topics_and_the_brokers_of_the_file(overlay: str, tmp_path: Path) -> None:
    ran = deployed(overlay, tmp_path)
    assert ran.returncode == 0, ran.stderr
    words = ran.stdout.splitlines()
    assert words[:3] == ["run", "-t", "kubernetes-application"]
    assert words[words.index("-pym") + 1] == "jobs.claiming", "the changelog knows no other way to restore"
    own = words[words.index("-pym") + 2 :]
    told = parse(own)
    assert own[0].startswith("--kafka-properties="), "Flink takes what it knows for its own, up to the first word that it does not know"
    assert told.brokers.split(",")[0] == "kafka-1.example.com:9096"
    assert (told.parallelism, told.partitions, told.clock) == (options(overlay).parallelism, options(overlay).partitions, "live")
    assert told.partitions >= told.parallelism
    assert f"-Dkubernetes.container.image.ref={settings(overlay)['KAIROS_JOB_IMAGE']}" in words
    assert {f"-D{key}={settings(overlay)['KAIROS_STATE']}/{folder}" for key, folder in STATE.items()} <= set(words)
    assert {f"-D{key}={value}" for key, value in flink_settings(overlay).items()} <= set(words)


def test_a_second_deployment_names_the_state_that_it_goes_on_from(tmp_path: Path) -> None:
    refused = deployed("base", tmp_path, KAIROS_RESTORE=settings("base")["KAIROS_RESTORE"])
    assert refused.returncode == 1
    assert "KAIROS_RESTORE is not set" in refused.stderr
    assert refused.stdout == "", "nothing was started"


def test_state_that_is_no_address_is_not_taken_for_none_at_all(tmp_path: Path) -> None:
    refused = deployed("base", tmp_path, KAIROS_RESTORE="/var/lib/kairos/kept")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "'/var/lib/kairos/kept', which is no URI" in refused.stderr


def test_a_setting_counts_also_without_an_end_of_its_line_and_from_windows(tmp_path: Path) -> None:
    (tmp_path / "memory.conf").write_bytes(b"taskmanager.memory.task.heap.size=6400m")  # as printf and many editors leave it
    (tmp_path / "windows.conf").write_bytes(b"# ours\r\n\r\npipeline.name=a b\r\nstate.backend.x=*\r\n")
    words = deployed("base", tmp_path).stdout.splitlines()
    assert {"-Dtaskmanager.memory.task.heap.size=6400m", "-Dpipeline.name=a b", "-Dstate.backend.x=*"} <= set(words)


def test_a_line_that_is_no_setting_stops_the_deployment(tmp_path: Path) -> None:
    (tmp_path / "memory.conf").write_text("taskmanager.memory.task.heap.size: 6400m\n")
    refused = deployed("base", tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "memory.conf: 'taskmanager.memory.task.heap.size: 6400m' is no setting: key=value" in refused.stderr


@pytest.mark.parametrize("spelled", ["bootstrap.servers = a:1", "bootstrap.servers: a:1", "bootstrap.servers=a:1\r", "bootstrap.servers=\\\n  a:1"])
def test_the_brokers_are_those_of_the_file_however_it_is_written(tmp_path: Path, spelled: str) -> None:
    words = deployed("base", tmp_path).stdout.splitlines()
    (tmp_path / "kafka.properties").write_text(f"{spelled}\n")
    assert parse(words[words.index("-pym") + 2 :]).brokers == "a:1"


def test_a_savepoint_is_claimed(tmp_path: Path) -> None:
    words = deployed("base", tmp_path, KAIROS_RESTORE="s3://bucket/savepoint-1").stdout.splitlines()
    assert words[3:7] == ["-s", "s3://bucket/savepoint-1", "-cm", "claim"]


def test_the_pods_get_the_configuration_of_the_image_without_the_addresses_of_one_machine(tmp_path: Path) -> None:
    deployed("base", tmp_path)
    given = YAML(typ="safe").load(tmp_path / "tmp" / "conf" / "config.yaml")
    left_out = set(image_settings()) - set(given)
    assert left_out == {key for key, value in image_settings().items() if value == "127.0.0.1"}
    assert {"jobmanager.bind-host", "taskmanager.host", "rest.bind-address"} <= left_out
    assert (tmp_path / "tmp" / "conf" / "log4j-console.properties").is_file()


def has(key: str, classes: bytes) -> bool:
    """Whether a text is a whole constant of one of these classes: a tag, a length of two bytes, the text."""
    return b"\x01" + len(key).to_bytes(2, "big") + key.encode() in classes


def test_every_setting_is_one_that_flink_has() -> None:
    known = b""
    for place in (
        *(PYFLINK / "lib").glob("flink-dist-*.jar"),
        *(PYFLINK / "opt").glob("flink-python-*.jar"),
        *(jars.folder() / "flink").glob("*dstl*"),
    ):
        with zipfile.ZipFile(place) as jar:
            classes = [name for name in jar.namelist() if re.search(r"org/apache/flink/.*Options(\$\w+)?\.class$", name)]
            known += b"".join(jar.read(name) for name in classes)
    written = re.findall(r'"-D([\w.-]+)=', data("base", "kairos-flink")["deploy.sh"])
    assert len(written) == 8
    asked = {*flink_settings("overlays/s3"), *written, *image_settings()}
    assert {key for key in asked if not has(key, known) and not DYNAMIC.match(key)} == set()
    assert not has("kubernetes.taskmanager.cpu.limit-facto", known), "a typo would be noticed"


def test_without_high_availability_a_new_jobmanager_would_forget_everybody() -> None:
    assert flink_settings("base")["high-availability.type"] == "kubernetes"
    assert flink_settings("base")["kubernetes.cluster-id"] == "kairos", "the roles and the guard name it"
    assert image_settings()["taskmanager.numberOfTaskSlots"] == "1"


def test_the_plugin_for_s3_is_that_of_our_flink_and_its_hash_is_checked() -> None:
    text = (FOLDER / "overlays" / "s3" / "Dockerfile").read_text()
    flink = locked("apache-flink")
    assert f"/flink-s3-fs-hadoop/{flink}/flink-s3-fs-hadoop-{flink}.jar" in text
    assert re.search(r"--checksum=sha256:[0-9a-f]{64} ", text)
    assert f"FROM {settings('base')['KAIROS_JOB_IMAGE']}\n" in text


def test_the_image_has_the_name_by_which_kubernetes_starts_flink() -> None:
    assert any("/docker-entrypoint.sh" in step for step in dockerfile()["job"].of("RUN"))
    assert (PYFLINK / "bin" / "kubernetes-jobmanager.sh").is_file()


def test_the_pod_with_state_on_s3_is_the_other_one_without_the_claim() -> None:
    base, other = template("base"), template("overlays/s3")
    volumes, mounts = base["spec"]["volumes"], base["spec"]["containers"][0]["volumeMounts"]
    assert [volume for volume in volumes if volume not in other["spec"]["volumes"]] == [
        {"name": "state", "persistentVolumeClaim": {"claimName": "kairos-state"}}
    ]
    assert [mount for mount in mounts if mount not in other["spec"]["containers"][0]["volumeMounts"]] == [
        {"name": "state", "mountPath": "/var/lib/kairos"}
    ]
    for each in (base, other):
        each["spec"].pop("volumes")
        each["spec"]["containers"][0].pop("volumeMounts")
    assert base == other


def test_the_operators_deployment_says_the_same() -> None:
    (made,) = built("overlays/operator", "FlinkDeployment")
    spec = made["spec"]
    told = settings("overlays/s3")
    expected = {key: value for key, value in image_settings().items() if value != "127.0.0.1"} | flink_settings("overlays/s3")
    found = {key: str(value) for key, value in spec["flinkConfiguration"].items()}
    for key, folder in STATE.items():
        expected[key] = f"{told['KAIROS_STATE']}/{folder}"
    assert {key: value for key, value in expected.items() if found.get(key) != value and not key.startswith(BY_OPERATOR)} == {}
    assert spec["podTemplate"] == template("overlays/s3")
    assert (spec["image"], spec["flinkVersion"]) == (told["KAIROS_JOB_IMAGE"], "v2_3")
    assert (spec["jobManager"]["replicas"], spec["job"]["parallelism"]) == (int(told["KAIROS_JOBMANAGERS"]), options("overlays/s3").parallelism)
    assert spec["job"]["args"][-4:] == told["KAIROS_OPTIONS"].split()[-4:]
    assert parse([*spec["job"]["args"][2:], "--brokers=kafka:9092"]).parallelism == options("overlays/s3").parallelism
    memory = sum(int(value[:-1]) for key, value in image_settings().items() if key.startswith("taskmanager.memory") and not key.endswith(".max"))
    assert spec["taskManager"]["resource"]["memory"] == f"{memory}m"


@pytest.mark.parametrize("name", ["kairos-heartbeat/heartbeat", "kairos-monitor/monitor", "kairos-guard/guard", "kairos-deploy/prepare"])
def test_a_service_is_started_with_options_that_it_has(name: str) -> None:
    command = everyone("base")[name]["command"]
    words = command[2].removeprefix("exec ").split() if command[:2] == ["sh", "-c"] else command
    flags = {word.split("=")[0] for word in words if word.startswith("--")}
    assert {found for word in words for found in re.findall(r"\$(\w+)", word)} <= set(settings("base"))
    program = [sys.executable, *words[1:3]] if words[0] == "python" else [sys.executable, "-m", "cli.main", words[1]]
    says = subprocess.run([*program, "--help"], capture_output=True, text=True, check=True).stdout
    assert not [flag for flag in flags if flag not in says]
