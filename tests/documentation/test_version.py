"""One version: the package's own is what the command says, in every tag of our images, and on the page of the topics."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.conformance.asyncapi import document

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
SAID = re.compile(r"kairos-(?:job|services|training|job-s3):([\w.]+)|newTag: ([\w.]+)|image\.version=\"([\w.]+)\"")


def test_the_command_says_which_version_it_is() -> None:
    assert CliRunner().invoke(kairos, ["--version"]).output == f"kairos {VERSION}\n"


def tracked(*folders: str) -> list[str]:
    found = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in found.stdout.split() if "/evidence/" not in name]


def test_every_image_has_the_tag_of_this_version() -> None:
    said = {
        (name, *filter(None, found))
        for name in tracked("docker", "docs", "README.md")
        for found in SAID.findall((ROOT / name).read_text("utf-8", "ignore"))
    }
    assert len(said) >= 10
    assert {(name, version) for name, version in said if version != VERSION} == set()


def test_the_page_of_the_topics_has_it_too() -> None:
    assert document()["info"]["version"] == VERSION


@pytest.mark.parametrize("text", ["image: kairos-job:1.2.3", "{name: kairos-job, newTag: 1.2.3}", 'image.version="1.2.3"'])
def test_the_search_finds_what_it_is_for(text: str) -> None:
    assert [*filter(None, SAID.findall(text)[0])] == ["1.2.3"]
