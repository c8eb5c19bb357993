"""`kairos fairness`: whether a campaign treats groups of customers alike."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.finite import Finite

if TYPE_CHECKING:
    from services.fairness.audit import Compared

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("campaign")
@click.option("--from", "files", multiple=True, type=FILE, metavar="FILE", help="Decisions and outcomes as JSON lines; repeatable.")
@click.option("--groups", type=FILE, metavar="FILE", help="A CSV file: user_id, and a column for each attribute. Everybody in it counts.")
@click.option("--by", "features", multiple=True, metavar="FEATURE", help="Or a feature of the decisions; repeatable. Whoever has one counts.")
@click.option("--least", type=Finite(0.01, 1), default=0.8, show_default=True, help="The ratio that is still within the bound.")
@click.option("--gate", is_flag=True, help="End with 1 if a group is reached less, or more, than the bound allows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def fairness(
    *, campaign: str, files: tuple[Path, ...], groups: Path | None, features: tuple[str, ...], least: float, gate: bool, as_json: bool
) -> None:
    """Compare groups of customers of CAMPAIGN: who is reached, how they are scored, and what followed.

    Each group is compared with the largest. Intervals hold for all comparisons together, at 95 %.
    """
    if groups is not None and features:
        message = "--groups and --by both say who belongs to which group"
        raise click.UsageError(message)
    if not files or not (groups or features):
        message = "say what was decided, --from FILE, and who belongs to which group, --groups FILE or --by FEATURE"
        raise click.ClickException(message)
    from services.fairness.audit import audit
    from services.fairness.people import by_feature, by_file, people_of, require_known

    people = people_of(files, campaign)
    attributes = by_file(groups) if groups is not None else by_feature(people, features)
    if groups is not None:
        require_known(attributes, people, groups)
    found = audit(people, attributes, least=least)
    stops = [each for each in found if each.stops]
    if as_json:
        click.echo(json.dumps({"campaign": campaign, "least": least, "compared": [_plain(each) for each in found], "stops": len(stops)}))
    else:
        for each in found:
            click.echo(_line(each))
        click.echo(f"{len(found)} comparison{'' if len(found) == 1 else 's'}, {len(stops)} beyond the bound in who is reached or has the opportunity")
    if gate and stops:
        sys.exit(1)


def _plain(each: Compared) -> dict[str, Any]:
    """Without numbers that JSON has no word for."""
    return {name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in asdict(each).items()}


def _line(each: Compared) -> str:
    what = f"{each.attribute} {each.group}, {each.measure}:"
    told = f"{each.value:.3f} of {each.people:,} people, against {each.reference_value:.3f} of {each.reference_people:,} ({each.reference})"
    if math.isnan(each.low):
        return f"{what:<44} {told}: too few to compare"
    return f"{what:<44} {told}: ratio {each.ratio:.2f}, {each.low:.2f} to {each.high:.2f}, {each.verdict}"
