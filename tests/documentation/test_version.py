"""The command says which version it is, as a report of a fault should."""

import tomllib
from pathlib import Path

from click.testing import CliRunner

from cli.main import kairos


def test_the_command_says_which_version_it_is() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert CliRunner().invoke(kairos, ["--version"]).output == f"kairos {project['version']}\n"
