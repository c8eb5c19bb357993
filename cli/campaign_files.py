"""`kairos campaigns check` and `test`: what is wrong with files of campaigns, before anything is published."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import mark, warn_of
from cli.told import many, stop_for
from cli.wording import links_line

if TYPE_CHECKING:
    from services.control.listing import Published
    from services.documents.files import CampaignFile
    from services.documents.scenario import Scenario

CATALOGUE = click.option(
    "--catalogue", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FEED", help="A feed of products for item(…)."
)
RECOMMENDER = click.option(
    "--recommender", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="What recommend(…) asks, as training exports it."
)
FILES = click.argument("paths", metavar="[FILE|FOLDER]…", nargs=-1, type=click.Path(path_type=Path))


@click.command()
@FILES
@CATALOGUE
def check(paths: Sequence[Path], catalogue: Path | None) -> None:
    """Check campaigns, and show what is wrong by file, line and column."""
    from services.control.doubts import before_publishing
    from services.documents.channels import unusual
    from services.documents.check import assess
    from services.documents.findings import in_order
    from services.documents.not_taken_back import not_taken_back
    from services.documents.scenario_names import doubtful_scenarios, wrong_scenarios

    files = load(paths)
    found = assess(files)
    broken = {finding.file for finding in found.findings}
    stories = wrong_scenarios(files, broken=broken)
    broken |= {finding.file for finding in stories}
    unchecked = {file.file: cause for file, cause in found.unchecked}
    for file in files:
        if {file.file, file.scenarios, *(template.file for template in file.templates.values())} & broken:
            continue  # reported below, with line and column
        if (cause := unchecked.get(file.file)) is not None:
            click.echo(f"{click.style('?', fg='yellow')} {file.name}  {_near(file.file)}: not checked, because {_near(cause)} is broken")
        else:
            kept = not_taken_back(file)
            told = f"  (count cancelled orders, too: {', '.join(kept)})" if kept else ""
            click.echo(f"{mark(True)} {file.name}  {_near(file.file)}{told}")
    if found.findings or stories:
        warn_of([*found.doubts, *(doubt for file in files for doubt in unusual(file))])
    stop_for(in_order([*found.findings, *stories]), unchecked=len(unchecked))
    warn_of([*found.doubts, *doubtful_scenarios(files)])
    doubt(files, ())
    warn_of(before_publishing(files))
    if catalogue is not None:
        from services.documents.unknown_properties import unknown_properties

        warn_of(unknown_properties(files, catalogue))
    click.echo(f"{many(len(files), 'file')} ready to publish")


@click.command(short_help="Run the scenarios of campaigns.")
@FILES
@click.option("--verbose", "-v", is_flag=True, help="Also list the scenarios that pass.")
@CATALOGUE
@RECOMMENDER
def test(paths: Sequence[Path], catalogue: Path | None, recommender: Path | None, *, verbose: bool) -> None:
    """Run the scenarios of campaigns (CAMPAIGN.scenarios.yaml in the same folder) through the job's own engine."""
    from services.documents.check import check as compiled
    from services.documents.files import SCENARIOS, features_for
    from services.documents.scenarios import load_scenarios
    from services.items.local import shelf_of
    from services.local.trial import try_out
    from udfs.core.items.item import NO_SHELF
    from udfs.core.recommend.recommender import NO_STAND, Stand

    given = [path.with_name(path.name.removesuffix(SCENARIOS) + ".yaml") if path.name.endswith(SCENARIOS) else path for path in paths]
    files = load(given)
    stop_for(compiled(files))
    features = features_for(files)
    shelf = NO_SHELF if catalogue is None else shelf_of(catalogue)[0]
    stand: Stand = NO_STAND
    if recommender is not None:
        from services.recommend.local import stand_of

        stand = stand_of(recommender)
    passed = failed = links = 0
    for file in (file for file in files if file.kind == "campaign"):
        if not file.scenarios.exists():
            click.echo(f"{click.style('?', fg='yellow')} {file.name} has no scenarios: write {_near(file.scenarios)}")
            continue
        scenarios, unread = _readable(load_scenarios(file.scenarios))
        trials = [try_out(scenario, campaign=file, files=files, features=features, shelf=shelf, stand=stand) for scenario in scenarios]
        good = sum(trial.passed for trial in trials)
        passed, failed = passed + good, failed + len(trials) - good
        links += sum(trial.links for trial in trials)
        click.echo(f"{mark(good == len(trials))} {file.name}  {good} of {many(len(trials), 'scenario')}{unread}")
        for trial in trials:
            if verbose or not trial.passed:
                click.echo(f"  {mark(trial.passed)} {trial.scenario.name}")
            if not trial.passed:
                where = trial.scenario.finding(("scenario",), "")
                click.echo("".join(f"      {line}\n" for line in [*trial.lines, f"in {_near(where.file)}:{where.line}"]), nl=False)
    if links:
        click.echo(links_line(links))
    if failed or not passed:
        click.echo(f"{many(failed, 'scenario')} failed, {passed} passed" if failed else "no scenario was run")
        sys.exit(1)
    click.echo(f"{many(passed, 'scenario')} passed")


def load(paths: Sequence[Path]) -> list[CampaignFile]:
    """The files, or those shipped with Kairos where none are named. Raises BadFile."""
    from services.documents.files import load_campaign_files, shipped

    return load_campaign_files(list(paths) or [_near(path) for path in shipped()])


def doubt(files: Sequence[CampaignFile], held: Sequence[Published]) -> None:
    """Warn about unknown names in a policy among the files, and about unusual channels."""
    from services.control.deployment import deployed_channels
    from services.documents.channels import unusual
    from services.documents.consent_left_out import consent_left_out
    from services.documents.contradictions import contradictions
    from services.documents.files import features_for
    from services.documents.findings import BadFile

    for file in files:
        warn_of([*unusual(file, deployed_channels(held) or ()), *consent_left_out(file)])
    campaigns = [file.document for file in files if file.kind == "campaign"] + [entry.document for entry in held if entry.kind == "campaign"]
    features = [entry.document for entry in held if entry.kind == "features"]
    try:
        features.append(features_for(files).document)
    except BadFile as e:  # only for a policy: campaigns were checked together with what they depend on
        warn_of(e.findings)
    for file in files:
        if file.kind == "policy":
            warn_of(contradictions(file, campaigns, features))


def _readable(scenarios: Sequence[Scenario]) -> tuple[list[Scenario], str]:
    """The scenarios that this installation can run, and a word on the others."""
    from services.documents.scenario_recommender import Unread

    found = [each for each in scenarios if not isinstance(each.recommender, Unread)]
    left = len(scenarios) - len(found)
    return found, f"; {left} not run, which recommend: pip install '.[models]'" if left else ""


def _near(path: Path) -> Path:
    """The path relative to the current folder, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
