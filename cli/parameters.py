"""Parameter types that several commands share."""

from pathlib import Path
from typing import Any

import click

from udfs.core.values.durations import parse_duration

CAMPAIGNS = "--campaigns"


class Span(click.ParamType["int | None"]):
    """A duration as in campaigns: 30s, 15m, 2h, 8d. Its value is in milliseconds. A given word stands for None."""

    name = "duration"

    def __init__(self, *, endless: str | None = None) -> None:
        self.endless = endless

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """Parse a duration, or say how one is written."""
        if isinstance(value, int) or value is None:
            return value
        try:
            return None if value == self.endless else parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Share(click.ParamType["float"]):
    """A share of one as in campaigns: 10%; also 0.1. Neither nothing nor all."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a share, or say how one is written."""
        text = str(value).strip()
        try:
            found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            found = 0.0
        if not 0 < found < 1:
            self.fail(f"{value} is not a share: write a percentage between 0% and 100%, such as 10%", param, ctx)
        return found


class ManyCampaigns(click.Command):
    """A command whose `--campaigns` takes several files and folders in a row, as in `--campaigns a.yaml b.yaml`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the flag before each value, as click requires."""
        spread: list[str] = []
        taking = False
        for arg in args:
            if taking and spread[-1] != CAMPAIGNS:
                taking = arg.endswith((".yaml", ".yml")) or Path(arg).is_dir()
                spread += [CAMPAIGNS] if taking else []
            taking = taking or arg == CAMPAIGNS
            spread.append(arg)
        return super().parse_args(ctx, spread)
