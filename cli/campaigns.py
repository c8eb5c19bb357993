"""`kairos campaigns`: check, test, publish, list, pause, resume and remove campaigns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from services.campaigns.files import CampaignFile
    from services.campaigns.findings import Finding

FILES = click.argument("paths", metavar="[FILE|FOLDER]…", nargs=-1, type=click.Path(path_type=Path))


@click.group()
def campaigns() -> None:
    """Check, test, publish, list, pause and remove campaigns.

    Without FILE these commands mean the campaigns that come with Kairos; a FOLDER stands for every campaign in it.
    """


def broker(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where campaigns are published."""
    command = click.option("--control-topic", "topic", default="control", show_default=True, help="Topic of campaigns and features.")(command)
    return click.option("--brokers", default=None, metavar="HOST:PORT,…", help="Kafka. [default: the local stack's]")(command)


@campaigns.command()
@FILES
def check(paths: Sequence[Path]) -> None:
    """Say what is wrong with campaigns, with file, line and column."""
    from services.campaigns.check import check as compiled

    files = _load(paths)
    findings = compiled(files)
    broken = {finding.file for finding in findings}
    for file in files:
        if not {file.file, *(template.file for template in file.templates.values())} & broken:
            click.echo(f"{click.style('✓', fg='green')} {file.name}  {_near(file.file)}")
    _stop_for(findings)
    click.echo(f"{_many(len(files), 'file')} fit to publish")


@campaigns.command(short_help="Run the scenarios that stand beside campaigns.")
@FILES
@click.option("--verbose", "-v", is_flag=True, help="Name the scenarios that pass, too.")
def test(paths: Sequence[Path], *, verbose: bool) -> None:
    """Run the scenarios that stand beside campaigns (CAMPAIGN.scenarios.yaml), through the very engine that the job runs."""
    from services.campaigns.check import check as compiled
    from services.campaigns.files import SCENARIOS, features_for
    from services.campaigns.findings import BadFile
    from services.campaigns.scenarios import load_scenarios
    from services.campaigns.trial import try_out

    given = [path.with_name(path.name.removesuffix(SCENARIOS) + ".yaml") if path.name.endswith(SCENARIOS) else path for path in paths]
    files = _load(given)
    _stop_for(compiled(files))
    features = features_for(files)
    passed = failed = 0
    for file in (file for file in files if file.kind == "campaign"):
        if not file.scenarios.exists():
            click.echo(f"{click.style('?', fg='yellow')} {file.name} has no scenarios: write {_near(file.scenarios)}")
            continue
        try:
            scenarios = load_scenarios(file.scenarios)
        except BadFile as e:
            _stop_for(e.findings)
        trials = [try_out(scenario, campaign=file, files=files, features=features) for scenario in scenarios]
        good = sum(trial.passed for trial in trials)
        passed, failed = passed + good, failed + len(trials) - good
        click.echo(f"{_mark(good == len(trials))} {file.name}  {good} of {_many(len(trials), 'scenario')}")
        for trial in trials:
            if verbose or not trial.passed:
                click.echo(f"  {_mark(trial.passed)} {trial.scenario.name}")
            if not trial.passed:
                where = trial.scenario.finding(("scenario",), "")
                click.echo("".join(f"      {line}\n" for line in [*trial.lines, f"in {_near(where.file)}:{where.line}"]), nl=False)
    if failed or not passed:
        click.echo(f"{_many(failed, 'scenario')} failed, {passed} passed" if failed else "no scenario was run")
        sys.exit(1)
    click.echo(f"{_many(passed, 'scenario')} passed")


@campaigns.command(short_help="Publish campaigns and features to the running job.")
@FILES
@broker
def publish(paths: Sequence[Path], brokers: str | None, topic: str) -> None:
    """Publish campaigns and features: live in the job within a second. Nothing is sent if one of them is broken."""
    from services.campaigns.findings import BadFile
    from services.campaigns.publish import publish as published
    from services.stack.settings import load

    files = _load(paths)
    with _told():
        try:
            records = published(_brokers(brokers), topic, files, dated=load().clock != "replay")
        except BadFile as e:
            _stop_for(e.findings)
    for record in records:
        paused = "  (it is paused, and stays so: `kairos campaigns resume`)" if record.status == "paused" else ""
        click.echo(f"{_mark(True)} {record.key.removeprefix('campaign/')}  version {record.version}{paused}")


@campaigns.command(name="list")
@broker
def list_(brokers: str | None, topic: str) -> None:
    """List what is published."""
    from datetime import UTC, datetime

    from rich.console import Console
    from rich.table import Table

    from services.campaigns.listing import entries, refused, standing

    with _told():
        held = entries(_brokers(brokers), topic)
    found, broken = [entry for entry in standing(held) if entry.kind != "model"], refused(held)
    for key, why in broken.items():
        stays = ": the last good one stays in force" if any(entry.key == key for entry in found) else ""
        click.echo(f"{_mark(False)} {key}: the newest record on {topic} is refused{stays}. {why}", err=True)
    if not found:
        click.echo("nothing is published: `kairos campaigns publish` publishes the campaigns that come with Kairos")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("campaign", "version", "status", "acts on", "published", "by"):
        table.add_column(title, overflow="fold")
    for entry in found:
        when = datetime.fromtimestamp(entry.published_at / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        acts = entry.trigger if entry.kind == "campaign" else f"{len(entry.document.get('features') or [])} features"
        table.add_row(entry.name, entry.version, entry.status, acts, when, entry.published_by)
    console = Console()
    console.print(table) if console.is_terminal else Console(width=200).print(table)


@campaigns.command(short_help="Stop a campaign from acting until it is resumed.")
@click.argument("name")
@broker
def pause(name: str, brokers: str | None, topic: str) -> None:
    """Stop a campaign from acting until it is resumed; what falls due meanwhile is dropped."""
    _set_status(name, "paused", brokers, topic)


@campaigns.command()
@click.argument("name")
@broker
def resume(name: str, brokers: str | None, topic: str) -> None:
    """Let a paused campaign act again."""
    _set_status(name, "live", brokers, topic)


@campaigns.command(short_help="Remove campaigns for good.")
@click.argument("names", metavar="NAME…", nargs=-1, required=True)
@broker
def remove(names: Sequence[str], brokers: str | None, topic: str) -> None:
    """Remove campaigns: they stay removed, through failovers and restores."""
    from services.campaigns.publish import remove as removed

    with _told():
        for record in removed(_brokers(brokers), topic, names):
            click.echo(f"{_mark(True)} {record.key.removeprefix('campaign/')} is removed")


def _set_status(name: str, status: Any, brokers: str | None, topic: str) -> None:
    from services.campaigns.publish import set_status

    with _told():
        record = set_status(_brokers(brokers), topic, name, status)
    click.echo(f"{_mark(True)} {name} is {status}  (version {record.version})")


def _load(paths: Sequence[Path]) -> list[CampaignFile]:
    from services.campaigns.files import load_campaign_files, shipped
    from services.campaigns.findings import BadFile

    try:
        return load_campaign_files(list(paths) or [_near(path) for path in shipped()])
    except BadFile as e:
        _stop_for(e.findings)
        raise


def _stop_for(findings: Sequence[Finding]) -> None:
    """Print what is wrong and end the command; do nothing when nothing is."""
    if findings:
        for finding in findings:
            click.echo(f"{click.style('✗', fg='red')} {finding}\n", err=True)
        click.echo(f"{_many(len(findings), 'problem')} found", err=True)
        sys.exit(1)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what a broker or a name has against us into one line and an exit code."""
    from kafka.errors import KafkaError

    from jobs.control import TopicUnusable
    from services.kafka import KafkaUnavailable

    try:
        yield
    except (TopicUnusable, KafkaUnavailable, LookupError) as e:
        raise click.ClickException(str(e.args[0] if e.args else e)) from e
    except KafkaError as e:
        message = f"Kafka answered {type(e).__name__}: {e}. `kairos status` tells what runs; another broker is named with --brokers"
        raise click.ClickException(message) from e


def _brokers(brokers: str | None) -> str:
    from services.stack.settings import load

    return brokers or load().brokers


def _near(path: Path) -> Path:
    """Give the path as seen from here, where it is below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _mark(good: bool) -> str:  # noqa: FBT001 - a mark has one question
    return click.style("✓", fg="green") if good else click.style("✗", fg="red")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
