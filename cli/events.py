"""`kairos events`: which events arrive, with which properties, and which campaigns wait for one that never does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.kafka import kafka
from cli.parameters import ManyCampaigns
from cli.registry import registry
from cli.told import many

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping, Sequence

    from services.arrivals.counted import Arrivals, Missing
    from services.documents.files import CampaignFile

PATH = click.Path(path_type=Path, exists=True)
_WAITS = {"begins": "begins with", "stops": "is stopped by", "awaits": "waits for", "asks": "asks about"}


@click.command(cls=ManyCampaigns)
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True))
@click.option("--campaigns", multiple=True, type=PATH, metavar="FILE|DIR…", help="Campaigns to compare with. Default: the shipped ones.")
@kafka
@registry
@click.option("--topic", default="events", show_default=True, help="Topic of events.")
@click.option("--last", default=100_000, show_default=True, metavar="N", help="Read at most the last N records of each partition.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per event name.")
def events(file: Path | None, campaigns: tuple[Path, ...], brokers: str | None, topic: str, last: int, *, as_json: bool) -> None:
    """List the names of events with counts, properties and their types.

    FILE holds events in the Segment spec, one JSON object per line (also .gz; - for standard input). Without it the topic is read. Names are
    those by which campaigns know them: `Product Added` and `add_to_cart` arrive as product_added.
    """
    from services.arrivals.counted import arrivals, misspelt, never_arrived
    from services.documents.files import load_campaign_files, shipped

    found = arrivals(_of_file(file) if file is not None else _of_topic(brokers, topic, last))
    files = _with_features(load_campaign_files(list(campaigns) or shipped()))
    missing, meant = never_arrived(files, found), misspelt(files, found)
    if as_json:
        for event in found.ordered():
            properties = {name: dict(types) for name, types in event.properties.items()}
            told = {"event": event.name, "count": event.count, "in_catalogue": event.known, "meant": meant.get(event.name)}
            click.echo(json.dumps({**told, "properties": properties}))
        for each in missing:
            click.echo(json.dumps({"never": each.name, "waits": each.where, "role": each.role, "meant": each.meant}), err=True)
        return
    _print(found, missing, meant)


def _print(found: Arrivals, missing: Sequence[Missing], meant: Mapping[str, str]) -> None:
    width = max((len(event.name) for event in found.events.values()), default=0)
    for event in found.ordered():
        mark = " " if event.known else "?"
        properties = ", ".join(f"{name} {_types(types)}" for name, types in sorted(event.properties.items()))
        click.echo(f"{mark} {event.name:<{width}}  {event.count:>9,}  {properties}".rstrip())
    if found.traits:
        click.echo(f"  traits: {', '.join(f'{name} {_types(types)}' for name, types in sorted(found.traits.items()))}")
    rejected = f", {found.rejected:,} rejected" if found.rejected else ""
    aside = f", {found.set_aside:,} accepted with a part set aside or missing" if found.set_aside else ""
    click.echo(f"{many(found.records, 'record')}, {many(len(found.events), 'name')} of events{rejected}{aside}")
    if not all(event.known for event in found.events.values()):
        click.echo("? is not in the catalogue: taken as it is")
    for name, guess in meant.items():
        came = many(found.events[name].count, "event")
        click.echo(f"{click.style('!', fg='yellow')} {name} is not in the catalogue ({came}): {guess}", err=True)
    for each in missing:
        hint = f": {each.meant}" if each.meant else ""
        click.echo(f"{click.style('!', fg='yellow')} {each.where} {_WAITS[each.role]} {each.name}, which did not arrive{hint}", err=True)


def _types(types: Counter[str]) -> str:
    """The type of a property; several with how often each came."""
    if len(types) == 1:
        return f"({next(iter(types))})"
    return f"({', '.join(f'{name} {count:,}' for name, count in types.most_common())})"


def _of_file(file: Path) -> Iterator[tuple[bytes | None, bytes | None, int]]:
    from services.replay.segment import segment

    for record in segment(file).records:
        yield record.key, record.value, record.at


def _of_topic(brokers: str | None, topic: str, last: int) -> Iterator[tuple[bytes | None, bytes | None, int]]:
    from cli.control import address
    from services.arrivals.topic import records

    return records(address(brokers), topic, last=last)


def _with_features(files: list[CampaignFile]) -> list[CampaignFile]:
    from services.documents.files import features_for, shipped_folder

    features = features_for(files)
    if features.file.parent == shipped_folder():
        features = _that_are_read(features, [file for file in files if file.kind != "features"])
    return [*(file for file in files if file.kind != "features"), features]


def _that_are_read(features: CampaignFile, files: list[CampaignFile]) -> CampaignFile:
    """Of the features that ship, those that a campaign or a segment names: nobody waits for what the others count."""
    from services.documents.written import texts

    words = {word for file in files for _, text in texts((), file.document) for word in re.findall(r"\w+", text)}
    named = [feature for feature in features.document["features"] if feature["name"] in words]
    return replace(features, document={**features.document, "features": named})
