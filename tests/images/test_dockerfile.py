"""The Dockerfile: what can be known of it without building."""

import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.devstack.package import PACKAGES
from tests.images.files import DOCKER, ROOT, copied, dockerfile, locked, stages

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
STAGES = dockerfile()
IMAGES = ("job", "services", "training")
STEPS = sorted(path for path in (DOCKER / "steps").iterdir() if path.is_file())
SECRET = re.compile(r"pass(word|phrase)?|secret|token|credential|api_?key", re.IGNORECASE)


def allowed() -> list[str]:
    lines = [line for line in (DOCKER / "Dockerfile.dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*", "the context is a list of what is needed, so that nothing else gets in"
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def test_there_are_the_three_images_and_each_is_built_in_stages() -> None:
    assert set(IMAGES) <= set(STAGES)
    for name in IMAGES:
        assert any(copied(rest)[0] in STAGES for rest in STAGES[name].of("COPY")), name


def test_every_stage_is_made_from_one_base_which_can_be_replaced_by_a_mirror() -> None:
    assert {stage.base for stage in STAGES.values()} <= {"${BASE_IMAGE}", *STAGES}
    assert "ARG BASE_IMAGE=debian:bookworm-slim" in (DOCKER / "Dockerfile").read_text()


def test_every_copied_file_exists_and_is_part_of_the_context() -> None:
    listed = allowed()
    for stage in STAGES.values():
        for rest in stage.of("COPY"):
            source_stage, sources = copied(rest)
            if source_stage is not None:
                assert source_stage in STAGES, rest
                continue
            for source in sources:
                assert (ROOT / source).exists(), rest
                assert any(source == each or source.startswith(f"{each}/") for each in listed), f"{source} is not in the context"


def test_what_the_context_lists_exists() -> None:
    assert [name for name in allowed() if not (ROOT / name).exists()] == []


def test_every_step_that_is_called_exists_and_every_step_that_exists_is_called() -> None:
    text = (DOCKER / "Dockerfile").read_text() + "".join(file.read_text() for file in STEPS if file.suffix == ".sh")
    called = set(re.findall(r"/steps/([\w.-]+)", text))
    assert called == {file.name for file in STEPS if file.is_file()}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_ends_as_a_user_that_is_not_root_and_that_kubernetes_can_check(name: str) -> None:
    user = STAGES[name].of("USER")[-1]
    assert re.fullmatch(r"(\d+):(\d+)", user), "a number: Kubernetes cannot check a name"
    assert "0" not in user.split(":")
    after = [step for step, _ in STAGES[name].steps[STAGES[name].steps.index(("USER", user)) :]]
    assert not {"RUN", "COPY", "ADD"} & set(after), "nothing is changed after the user is"
    assert f"--uid {user.split(':')[0]} " in STAGES["python"].of("RUN")[0]


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_says_what_is_in_it(name: str) -> None:
    assert any(f"/steps/sbom.py kairos-{name}" in rest for rest in STAGES[name].of("RUN"))


@pytest.mark.parametrize("name", IMAGES)
def test_versions_are_those_of_the_project_and_its_lock_files(name: str) -> None:
    label = STAGES[name].of("LABEL")[0]
    assert f'image.version="{PROJECT["project"]["version"]}"' in label
    assert ("Flink" in label) == (name == "job")
    assert "Flink" not in label or f"Flink {locked('apache-flink')}" in label


def test_python_is_the_version_that_the_project_requires() -> None:
    text = "".join(file.read_text() for file in [DOCKER / "Dockerfile", *STEPS])
    assert f"=={'.'.join(re.findall('python([0-9.]+[0-9])', text)[0].split('.'))}.*" == PROJECT["project"]["requires-python"]
    assert len(set(re.findall(r"python(3\.\d+)", text))) == 1


def test_packages_come_with_their_hashes_and_nothing_is_fetched_without() -> None:
    wheels = (DOCKER / "steps" / "wheels.sh").read_text()
    installs = re.findall(r"^.*\bpip install\b.*$", wheels, re.MULTILINE)
    assert len(installs) == 3
    assert all("--require-hashes" in line for line in installs)
    assert "--no-build-isolation" in installs[-1], "what builds a package would be fetched unchecked"
    extras = PROJECT["project"]["optional-dependencies"]
    for stage in STAGES.values():
        for rest in stage.of("RUN"):
            assert not re.search(r"\b(curl|wget)\b|(?<!uv) pip install|npm|https?://", rest), rest
            assert "uv pip install" not in rest or "--offline --no-deps" in rest, rest
            if asked := re.search(r"wheels\.sh ([a-z ]+?)(?:\s+&&|$)", rest):
                assert set(asked[1].split()) <= set(extras), rest
        assert not stage.of("ADD"), "ADD fetches what nobody has checked"


def test_no_secret_is_an_argument_or_part_of_an_image() -> None:
    for stage in STAGES.values():
        for rest in (*stage.of("ARG"), *stage.of("ENV"), *stage.of("LABEL")):
            assert not SECRET.search(rest), rest
    text = (DOCKER / "Dockerfile").read_text()
    assert set(re.findall(r"type=secret,id=([\w-]+)", text)) == {"ca-bundle"}


@pytest.mark.parametrize(("name", "module"), [("services", "cli.main"), ("training", "training.__main__")])
def test_an_image_starts_a_program_that_there_is(name: str, module: str) -> None:
    start = json.loads(STAGES[name].of("ENTRYPOINT")[0])
    assert start == (["python", "-m", module.removesuffix(".__main__")] if module.endswith("__main__") else ["kairos"])
    assert find_spec(module) is not None


def test_no_library_reports_to_its_maker() -> None:
    assert "ORT_DISABLE_TELEMETRY=1" in STAGES["python"].of("ENV")[0].split()
    assert all(STAGES[name].base == "python" for name in IMAGES)


def test_the_sources_have_every_package_of_the_project_and_the_zip_has_those_of_the_job() -> None:
    packages = {name.removesuffix("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    taken = {source for rest in STAGES["sources"].of("COPY") for source in copied(rest)[1]}
    assert packages <= taken
    assert set(PACKAGES) <= taken
    assert "package(Path('/opt/kairos/kairos.zip'))" in STAGES["sources"].of("RUN")[0], "the same zip as `kairos submit` makes"


def test_an_apt_step_leaves_no_lists_and_asks_for_no_recommended_packages() -> None:
    step = (DOCKER / "steps" / "apt-install.sh").read_text()
    assert "--no-install-recommends" in step
    assert "/var/lib/apt/lists/*" in step
    assert not [rest for stage in STAGES.values() for rest in stage.of("RUN") if "apt-get" in rest]


@pytest.mark.parametrize("file", [*STEPS, DOCKER / "flink" / "kairos-flink"], ids=lambda file: file.name)
def test_a_shell_step_ends_at_the_first_failure(file: Path) -> None:
    text = file.read_text()
    if text.startswith("#!/bin/sh") and "exec" not in text:
        assert "\nset -eu\n" in text


def test_the_reader_joins_lines_and_leaves_comments_out() -> None:
    read = stages("ARG A=b\nFROM x AS y\nCOPY --chown=1:1 a \\\n  b /c/\n# RUN no\nFROM y AS z\nuser root\n")
    assert read["y"].steps == [("COPY", "--chown=1:1 a b /c/")]
    assert (read["z"].base, read["z"].steps) == ("y", [("USER", "root")])
    assert copied("--from=y --chown=1:1 a b /c/") == ("y", ["a", "b"])
