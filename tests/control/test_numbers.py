"""Numbers on the command line are numbers: with `--least nan` nothing would be beyond the bound, and every gate would be open."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.finite import Finite, finite
from training.command import training


def commands(group: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group, with its name."""
    yield name, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for each in group.list_commands(context):
            if (found := group.get_command(context, each)) is not None:
                yield from commands(found, f"{name} {each}")


def test_every_number_of_every_command_is_finite() -> None:
    types = {
        f"{name} {param.name}": param.type
        for group in ((kairos, "kairos"), (training, "training"))
        for name, command in commands(*group)
        for param in command.params
    }
    numbers = {name: kind for name, kind in types.items() if isinstance(kind, click.FloatRange) or kind is click.FLOAT}
    assert len(numbers) > 20, "commands are found"
    assert {name for name, kind in numbers.items() if not isinstance(kind, Finite)} == set()


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "much", ""])
def test_what_is_no_number_to_count_with_is_refused(value: str) -> None:
    @click.command()
    @click.option("--least", type=Finite(0.01))
    def gate(least: float) -> None:
        raise AssertionError(least)

    ended = CliRunner().invoke(gate, ["--least", value])
    assert ended.exit_code == 2
    assert "--least" in ended.output
    with pytest.raises(ValueError, match=r"not a number to count with|could not convert"):
        finite(value)


def test_numbers_within_the_bounds_are_taken() -> None:
    assert (Finite(0, 1).convert("0.5", None, None), finite("2.5"), finite("-1")) == (0.5, 2.5, -1.0)
