"""The records of `control` that name each deployment's channels, so that `kairos campaigns publish` can refuse campaigns for any other."""

from collections.abc import Iterable, Iterator, Sequence

from jobs.options import Options
from services.control.listing import Published
from services.control.records import ControlRecord, plain_record
from services.documents.channels import channels_of, submit_with
from udfs.core.campaigns.book import DEPLOYMENT


def key_of(name: str) -> str:
    """The key of a deployment's record."""
    return f"{DEPLOYMENT}/{name}"


def deployment_record(name: str, channels: Sequence[str], *, at: int) -> ControlRecord:
    """Make the record of a deployment; `at` is when it was submitted, in epoch milliseconds."""
    document = {"deployment": name, "channels": list(channels)}
    return plain_record(DEPLOYMENT, name, document, key=key_of(name), at=at, by="submit")


def deployments(published: Iterable[Published]) -> dict[str, tuple[str, ...]]:
    """The channels of each deployment that was submitted and not stopped since, by its name."""
    found = {entry.key.partition("/")[2]: entry.document.get("channels") for entry in published if entry.key.startswith(key_of(""))}
    return {name: tuple(map(str, channels)) for name, channels in sorted(found.items()) if isinstance(channels, list)}


def deployed_channels(published: Iterable[Published]) -> tuple[str, ...] | None:
    """The channels that at least one deployment has; None if nothing was ever submitted."""
    found = deployments(published)
    return tuple(dict.fromkeys(channel for channels in found.values() for channel in channels)) if found else None


def changes(options: Options, published: Iterable[Published], *, at: int) -> list[ControlRecord]:
    """The records to write so that `control` says what these options deploy; none if it says so already."""
    record, held = deployment_record(options.deployment, options.channel_names, at=at), {entry.key: entry for entry in published}
    known = held.get(record.key)
    new = [] if known is not None and known.version == record.version else [record]
    # Earlier versions wrote one record for all deployments, under this key.
    return [*new, *([ControlRecord(key=DEPLOYMENT, value=None)] if DEPLOYMENT in held else [])]


def closed_channels(options: Options, published: Iterable[Published]) -> Iterator[str]:
    """One line for each live campaign that uses channels which these options do not deploy."""
    deployed = options.channel_names
    for entry in published:
        if entry.kind == "campaign" and entry.status == "live":
            missing = list(dict.fromkeys(channel for channel, _ in channels_of(entry.document) if channel not in deployed))
            if missing:
                cure = submit_with(options.deployment, (*deployed, *missing))
                yield f"campaign {entry.name} uses {', '.join(missing)}, which is not deployed: nothing is sent there (CHANNEL_NOT_DEPLOYED): {cure}"
