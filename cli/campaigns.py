"""`kairos campaigns`: check, test, publish, review, list, pause, resume and remove campaigns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from cli import campaign_rollout
from cli.control import address, broker, mark, signed, warn_of
from cli.told import Group, many, stop_for
from cli.wording import links_line

if TYPE_CHECKING:
    from services.control.listing import Published
    from services.control.records import ControlRecord
    from services.control.signature import Signature
    from services.documents.files import CampaignFile
    from services.documents.scenarios import Scenario

CATALOGUE = click.option(
    "--catalogue", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FEED", help="A feed of products for item(…)."
)
RECOMMENDER = click.option(
    "--recommender", type=click.Path(path_type=Path, exists=True), metavar="FILE", help="What recommend(…) asks, as training exports it."
)
FILES = click.argument("paths", metavar="[FILE|FOLDER]…", nargs=-1, type=click.Path(path_type=Path))


@click.group(cls=Group)
def campaigns() -> None:
    """Check, test, publish, list, pause and remove campaigns, and bring them to all customers step by step.

    Without FILE, these commands use the campaigns shipped with Kairos. A FOLDER stands for every campaign in it.
    """


@campaigns.command()
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

    files = _load(paths)
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
    _doubt(files, ())
    warn_of(before_publishing(files))
    if catalogue is not None:
        from services.documents.unknown_properties import unknown_properties

        warn_of(unknown_properties(files, catalogue))
    click.echo(f"{many(len(files), 'file')} ready to publish")


@campaigns.command(short_help="Run the scenarios of campaigns.")
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
    files = _load(given)
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


@campaigns.command(short_help="Publish campaigns and features to the running job.")
@FILES
@click.option("--as", "state", type=click.Choice(["draft", "live"]), help="The new state. [default: unchanged; a new campaign is live]")
@click.option("--again", is_flag=True, help="Even if the rollout of this very version was stopped.")
@broker
@signed
def publish(
    paths: Sequence[Path], state: Literal["draft", "live"] | None, brokers: str | None, topic: str, signed: Signature, *, again: bool
) -> None:
    """Publish campaigns and features: live in the job within a second. Nothing is sent if one of them is broken."""
    from services.control.deployment import deployed_channels
    from services.control.doubts import deferred_too_long
    from services.control.listing import entries, standing
    from services.control.publish import publish as published
    from services.control.states import NEXT
    from services.devstack.settings import load
    from services.documents.check import assess
    from udfs.core.campaigns.compile_book import compile_book

    files = _load(paths)
    records = published(address(brokers), topic, files, dated=load().clock != "replay", state=state, again=again, signed=signed)
    held = entries(address(brokers), topic)
    stands = standing(held)
    warn_of(assess(files).doubts)
    _doubt(files, stands)
    warn_of(deferred_too_long(files, compile_book(held)))
    if deployed_channels(stands) is None:
        click.echo(f"{click.style('!', fg='yellow')} nothing was submitted yet, so channels cannot be checked: run `kairos submit`", err=True)
    for record in records:
        name = record.key.removeprefix("campaign/")
        resting = "" if record.status == "live" else f"  ({record.status}, so it does not act; {NEXT[record.status].format(name=name)})"
        way = next((_way(each) for each in stands if each.key == record.key), "")
        click.echo(f"{mark(True)} {name}  version {record.version}{way}{resting}")


@campaigns.command(name="list")
@broker
def list_(brokers: str | None, topic: str) -> None:
    """List what is published."""
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table

    from services.control.listing import entries, refused, standing
    from services.control.switches import in_words, switched_off

    held = entries(address(brokers), topic)
    held_now = standing(held)
    found, broken = [entry for entry in held_now if entry.kind not in {"catalogue", "deployment", "model", "recommender", "switch"}], refused(held)
    for switch in switched_off(held_now):
        click.echo(f"{mark(False)} {in_words(switch)} (`kairos switch on {switch.name.replace('/', ' ')}`)")
    for key, why in broken.items():
        stays = ": the last valid one stays in force" if any(entry.key == key for entry in found) else ""
        click.echo(f"{mark(False)} {key}: the newest record on {topic} is refused{stays}. {why}", err=True)
    if not found:
        click.echo("nothing is published: `kairos campaigns publish` publishes the campaigns shipped with Kairos")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("campaign", "version", "status", "trigger", "published", "by"):
        table.add_column(title, overflow="fold")
    for entry in found:
        when = datetime.fromtimestamp(entry.published_at / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        acts = entry.trigger if entry.kind == "campaign" else _held(entry)
        table.add_row(entry.name, entry.version, f"{entry.status}{_way(entry)}", acts, when, entry.published_by)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


@campaigns.command(short_help="Ask for a review of a draft.")
@click.argument("name")
@broker
@signed
def review(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Ask for a review of a draft. Somebody else reads it, and makes it live with `kairos campaigns approve`."""
    from services.control.states import review as asked

    _now(asked(address(brokers), topic, name, signed=signed))


@campaigns.command(short_help="Make a campaign in review live.")
@click.argument("name")
@click.option("--self", "oneself", is_flag=True, help="Even if you asked for the review yourself.")
@broker
@signed
def approve(name: str, brokers: str | None, topic: str, signed: Signature, *, oneself: bool) -> None:
    """Make a campaign in review live. Somebody other than the person who asked for the review must do it."""
    from services.control.states import approve as approved

    _now(approved(address(brokers), topic, name, oneself=oneself, signed=signed))


@campaigns.command(short_help="Stop a campaign from acting until it is resumed.")
@click.argument("name")
@broker
@signed
def pause(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Stop a campaign from acting until it is resumed. What falls due in the meantime is dropped."""
    from services.control.states import set_status

    _now(set_status(address(brokers), topic, name, "paused", signed=signed))


@campaigns.command()
@click.argument("name")
@broker
@signed
def resume(name: str, brokers: str | None, topic: str, signed: Signature) -> None:
    """Make a paused campaign live again."""
    from services.control.states import set_status

    _now(set_status(address(brokers), topic, name, "live", signed=signed))


@campaigns.command(short_help="Remove campaigns permanently.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@broker
@signed
def remove(names: Sequence[str], brokers: str | None, topic: str, signed: Signature) -> None:
    """Remove campaigns. They stay removed after failovers and restores."""
    from services.control.publish import remove as removed

    for record in removed(address(brokers), topic, names, signed=signed):
        click.echo(f"{mark(True)} {record.key.removeprefix('campaign/')} is removed")


for command in (campaign_rollout.rollout, campaign_rollout.watch, campaign_rollout.rollback):
    campaigns.add_command(command)


def _readable(scenarios: Sequence[Scenario]) -> tuple[list[Scenario], str]:
    """The scenarios that this installation can run, and a word on the others."""
    from services.documents.scenario_recommender import Unread

    found = [each for each in scenarios if not isinstance(each.recommender, Unread)]
    left = len(scenarios) - len(found)
    return found, f"; {left} not run, which recommend: pip install '.[models]'" if left else ""


def _way(entry: Published) -> str:
    """How far it has come on its way to all customers; empty where it has come to all."""
    from services.control.campaign_rollouts import standing_of

    now = standing_of(entry.value)
    return "" if now is None else f" {now.words}"


def _held(entry: Published) -> str:
    """What a record other than a campaign contains."""
    written = {name: value for name, value in entry.document.items() if name not in {"introduced", "removed"}}
    return ", ".join(f"{len(value)} {name}" if isinstance(value, list) else name for name, value in written.items())


def _now(record: ControlRecord) -> None:
    click.echo(f"{mark(True)} {record.key.removeprefix('campaign/')} is {record.status.replace('_', ' ')}  (version {record.version})")


def _doubt(files: Sequence[CampaignFile], held: Sequence[Published]) -> None:
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


def _load(paths: Sequence[Path]) -> list[CampaignFile]:
    from services.documents.files import load_campaign_files, shipped

    return load_campaign_files(list(paths) or [_near(path) for path in shipped()])


def _near(path: Path) -> Path:
    """The path relative to the current folder, if it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
