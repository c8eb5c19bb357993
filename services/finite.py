"""A number on the command line. `nan` is within no bounds and outside of none: click takes it, and a gate whose bound it is would never stop."""

import math
from typing import Any

import click


class Finite(click.FloatRange):
    """A float within bounds that is neither nan nor infinite."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse it, or say what is wrong with it."""
        try:
            return finite(super().convert(value, param, ctx))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def finite(value: str | float) -> float:
    """The number that a text is. Raises ValueError for a text that is none, nan and what is infinite."""
    found = float(value)
    if not math.isfinite(found):
        message = f"{value} is not a number to count with"
        raise ValueError(message)
    return found
