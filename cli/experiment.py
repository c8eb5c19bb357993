"""`kairos experiment`: what a campaign wants to find out, and what that takes."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.parameters import Share
from cli.told import Group
from services.finite import Finite
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean

if TYPE_CHECKING:
    from udfs.core.campaigns.campaign import Campaign

POSITIVE = Finite(0, min_open=True)


@click.group(cls=Group)
def experiment() -> None:
    """What campaigns want to find out, and what that takes."""


@experiment.command()
@click.argument("what", metavar="FILE|NAME")
@click.option("--a-day", type=POSITIVE, metavar="PEOPLE", help="How many people are met in a day.")
@click.option("--rate", type=Share(), help="How many reach the goal without the change, such as 8%.")
@click.option("--mean", type=POSITIVE, help="Of another metric: its mean without the change.")
@click.option("--deviation", type=POSITIVE, help="Its standard deviation.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def plan(what: str, *, a_day: float | None, rate: float | None, mean: float | None, deviation: float | None, as_json: bool) -> None:
    """Say how many people an experiment needs in each arm, and how many days that takes.

    NAME is one of the campaigns that ship. What the options say goes before what the campaign expects.
    """
    from services.experiment.arms import arms_of
    from services.experiment.plan import plan as planned
    from services.experiment.words import lines

    campaign = _campaign(what)
    found = campaign.experiment
    if found is None or campaign.goal is None:
        message = f"{campaign.name} has no experiment: write one, experiment: {{hypothesis: …, minimum_effect: 15%}}"
        raise NotFound(message)
    told = {"people_a_day": a_day, "rate": rate, "mean": mean, "deviation": deviation}
    expected = replace(found.expected, **{name: value for name, value in told.items() if value is not None})
    found = replace(found, expected=expected)
    result = planned(found, arms=arms_of(campaign), horizon=campaign.goal.within)
    if as_json:
        click.echo(json.dumps({"campaign": campaign.name, **asdict(result), "is_enough": result.is_enough}))
        return
    for line in lines(campaign, found, result):
        click.echo(line)


def _campaign(what: str) -> Campaign:
    """The campaign of a file, or one of those that ship."""
    from services.documents.files import SCENARIOS, shipped_folder
    from services.local.book import book_of

    file = Path(what)
    if file.is_dir():
        told = sorted(str(each) for each in file.glob("*.yaml") if not each.name.endswith(SCENARIOS))
        message = f"{what} is a folder, and a plan is of one campaign"
        raise NotFound(message, f"name a file: {', '.join(told[:5])}" if told else "name the file of a campaign")
    if file.is_file():
        found = list(book_of([file]).campaigns.values())
        if len(found) != 1:
            message = f"{what} is not a campaign"
            raise NotFound(message)
        return found[0]
    folder = shipped_folder()
    known = {each.stem: each for each in sorted([*folder.glob("*.yaml"), *folder.glob("experiments/*.yaml")]) if not each.name.endswith(SCENARIOS)}
    if what in known:
        return _campaign(str(known[what]))
    hint = did_you_mean(what, known) or f"{', '.join(sorted(path.stem for path in folder.glob('experiments/*.yaml') if path.stem in known))} ship"
    message = f"there is no file {what}, and no campaign of that name ships"
    raise NotFound(message, hint)
