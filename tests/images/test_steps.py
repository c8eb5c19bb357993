"""The steps of the images' build that are Python: jars by their hashes, Flink's folder, the list of contents."""

import hashlib
import json
import re
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from docker.steps import flink_home, jars, sbom
from jobs.application import STATE
from services.devstack.jars import lock
from services.devstack.settings import Settings
from tests.images.files import DOCKER, ROOT, locked


def test_the_jars_of_the_image_are_those_of_the_local_cluster() -> None:
    wanted = jars.wanted((DOCKER / "jars.lock").read_text(), "flink")
    assert [(name, sha256) for _, name, sha256 in wanted] == [(jar.name, jar.sha256) for jar in lock() if jar.use == "flink"]
    assert wanted[-1][0].startswith("org/apache/flink/flink-dstl-dfs/")


def test_a_jar_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "thing-1.jar").write_bytes(b"another")
    good = hashlib.sha256(b"another").hexdigest()
    jars.fetch(f"file://{tmp_path}/", [("from/thing-1.jar", "thing-1.jar", good)], tmp_path / "to")
    assert (tmp_path / "to" / "thing-1.jar").read_bytes() == b"another"
    with pytest.raises(SystemExit, match="another file was served"):
        jars.fetch(f"file://{tmp_path}", [("from/thing-1.jar", "thing-2.jar", "0" * 64)], tmp_path / "to")
    assert not (tmp_path / "to" / "thing-2.jar").exists()


def test_flink_has_our_configuration_with_every_name_filled_in(tmp_path: Path) -> None:
    spec = find_spec("pyflink")
    assert spec is not None
    assert spec.origin is not None
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / "ours-1.jar").write_bytes(b"")
    home = tmp_path / "flink"
    flink_home.make(Path(spec.origin).parent, tmp_path / "jars", DOCKER / "flink", home)
    text = (home / "conf" / "config.yaml").read_text()
    assert "$" not in "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert f"file://{STATE}/changelog" in text
    assert Settings.task_heap_mb == flink_home.TASK_HEAP_MB
    names = {jar.name for jar in (home / "lib").iterdir()}
    assert {"ours-1.jar", f"flink-dist-{locked('apache-flink')}.jar", f"flink-python-{locked('apache-flink')}.jar"} <= names
    assert (home / "bin" / "standalone-job.sh").is_file()
    assert not (home / "opt").is_symlink(), "Flink would find no jar in it"
    assert list((home / "opt").glob("flink-python-*.jar"))
    assert list((home / "plugins").glob("metrics-prometheus/*.jar"))


def test_what_is_logged_is_the_same_in_a_container_and_on_a_local_cluster() -> None:
    local, container = ((DOCKER / "flink" / name).read_text() for name in ("log4j.properties", "log4j-console.properties"))
    assert re.findall(r"^logger\..*$", local, re.MULTILINE) == re.findall(r"^logger\..*$", container, re.MULTILINE)
    assert "type = CONSOLE" in container


def test_the_list_of_contents_names_debian_and_python_packages_and_jars_by_their_hash(tmp_path: Path) -> None:
    for folder in ("lib", "opt"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "flink-dist-2.3.0.jar").write_bytes(b"the same")
    found = [
        *sbom.debian("libpython3.11\t3.11.2-6+deb12u8\tamd64"),
        *sbom.python(list(distributions())),
        *sbom.jars([tmp_path / "lib", tmp_path / "opt"]),
    ]
    purls = [each["purl"] for each in found]
    assert purls[0] == "pkg:deb/debian/libpython3.11@3.11.2-6%2Bdeb12u8?arch=amd64"
    assert f"pkg:pypi/msgspec@{locked('msgspec')}" in purls
    assert purls[-1] == f"pkg:generic/flink-dist@2.3.0?checksum=sha256:{hashlib.sha256(b'the same').hexdigest()}"
    assert len(purls) == len(set(purls)), "each once"
    written = json.dumps(sbom.document("kairos-job", found))
    assert json.loads(written)["specVersion"] == "1.5"
    assert not re.search(r"timestamp|serialNumber", written), "equal images have equal lists"


def test_the_entry_point_hands_what_it_does_not_know_to_the_system() -> None:
    text = (DOCKER / "flink" / "kairos-flink").read_text()
    assert "job | taskmanager | health" in text
    assert 'exec "$@"' in text, "Flink on Kubernetes starts its own scripts"
    assert "/docker-entrypoint.sh" in (ROOT / "docker" / "Dockerfile").read_text()
