"""`kairos policy`: check, publish and show what may be sent, to whom, how often and when."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.control import address, broker, mark, signed, warn_of
from cli.told import stop_for

if TYPE_CHECKING:
    from services.control.signature import Signature
    from services.documents.files import CampaignFile

FILE = click.argument("file", type=click.Path(path_type=Path))


@click.group()
def policy() -> None:
    """Check, publish and show the policy: consent, caps, quiet hours, holdout, suppression, throughput. docs/policy.md says what each means."""


@policy.command()
@FILE
def check(file: Path) -> None:
    """Check a policy, and show what is wrong by line and column."""
    from services.control.doubts import of_policy_alone
    from services.documents.channels import unusual
    from services.documents.check import check as compiled
    from services.documents.consent_left_out import consent_left_out

    read = _load(file)
    stop_for(compiled([read]))
    warn_of([*consent_left_out(read), *unusual(read), *of_policy_alone(read)])
    click.echo(f"{mark(True)} {file} is ready to publish")


@policy.command()
@FILE
@broker
@signed
def publish(file: Path, brokers: str | None, topic: str, signed: Signature) -> None:
    """Publish a policy, which replaces the current one within a second. Nothing is sent if it is broken."""
    from services.control.deployment import deployed_channels
    from services.control.doubts import doubts_of
    from services.control.listing import entries, standing
    from services.control.publish import publish as send
    from services.documents.channels import unusual
    from services.documents.consent_left_out import consent_left_out
    from services.documents.contradictions import contradictions
    from udfs.core.campaigns.compile_book import compile_book

    read = _load(file)
    records = send(address(brokers), topic, [read], signed=signed)
    on_topic = entries(address(brokers), topic)
    held = standing(on_topic)
    for record in records:
        click.echo(f"{mark(True)} {record.key}  version {record.version}")
    campaigns, features = ([entry.document for entry in held if entry.kind == kind] for kind in ("campaign", "features"))
    doubts = unusual(read, deployed_channels(held) or ()), doubts_of([read], compile_book(on_topic))
    warn_of([*consent_left_out(read), *contradictions(read, campaigns, features), *doubts[0], *doubts[1]])


@policy.command()
@broker
@click.option("--json", "as_json", is_flag=True, help="The record on `control`.")
def show(brokers: str | None, topic: str, *, as_json: bool) -> None:
    """Show the policy in force, and what is switched off."""
    from services.control.listing import published
    from services.control.switches import in_words, switched_off

    held = published(address(brokers), topic)
    found = next((entry for entry in held if entry.kind == "policy"), None)
    if as_json:
        click.echo(json.dumps(found.value if found else None, ensure_ascii=False))
        return
    for switch in switched_off(held):
        click.echo(f"# {in_words(switch)}")
    if found is None:
        click.echo("# no policy is published: only customers' own consent and opt-outs limit anything (`kairos policy publish FILE`)")
        return
    from services.replay.times import date_and_time

    click.echo(
        f"# version {found.version}, published {date_and_time(found.published_at)} UTC by {found.published_by}; `kairos audit policy` shows by whom"
    )
    click.echo(_as_yaml(found.document), nl=False)


@policy.command()
@broker
@signed
def remove(brokers: str | None, topic: str, signed: Signature) -> None:
    """Remove the policy. Afterwards only customers' own consent and opt-outs limit anything."""
    from services.control.listing import published
    from services.control.records import ControlRecord
    from services.control.send import send

    if all(entry.kind != "policy" for entry in published(address(brokers), topic)):
        message = "no policy is published"
        raise click.ClickException(message)
    send(address(brokers), topic, [ControlRecord(key="policy", value=None)], signed=signed)
    click.echo(f"{mark(True)} the policy is taken back")


def _load(file: Path) -> CampaignFile:
    from services.documents.files import only

    return only(file, "policy")


def _as_yaml(document: dict[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml, text = YAML(), io.StringIO()
    yaml.default_flow_style = None  # one line per rule, as in docs/policy.md
    yaml.width = 150
    yaml.dump(document, text)
    return text.getvalue()
