"""One condition of a gate."""

import msgspec


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a figure is what was asked for."""

    what: str
    found: float | None
    """None: there is nothing to compare with, which does not stop the run."""
    bound: float
    passed: bool
    at_most: bool = False
    """Whether the bound is an upper one."""
