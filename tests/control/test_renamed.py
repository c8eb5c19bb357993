"""The old names of commands say what the new ones are."""

import pytest
from click.testing import CliRunner

from cli.main import kairos


@pytest.mark.parametrize(("old", "new"), [("kill", "off"), ("revive", "on")])
@pytest.mark.parametrize("words", [[], ["channel", "email", "--why", "on fire"], ["all", "--brokers", "nowhere:1"], ["--help"]])
def test_an_old_name_prints_one_line_with_the_new_one(old: str, new: str, words: list[str]) -> None:
    done = CliRunner().invoke(kairos, [old, *words])
    assert done.exit_code == 2
    assert done.output == f"Error: `kairos {old}` is now `kairos switch {new}`, with the same arguments\n"


def test_the_help_names_only_the_new_command() -> None:
    words = CliRunner().invoke(kairos, ["--help"]).output
    assert "switch" in words
    assert "revive" not in words
