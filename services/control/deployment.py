"""The record of `control` that names the deployed channels, so that `kairos campaigns publish` can refuse campaigns for any other."""

import json
from collections.abc import Iterable, Iterator, Sequence

from jobs.options import Options
from services.control.listing import Published
from services.control.records import ControlRecord
from services.documents.channels import channels_of
from udfs.core.campaigns.book import DEPLOYMENT
from udfs.core.features.features import set_version


def deployment_record(name: str, channels: Sequence[str], *, at: int) -> ControlRecord:
    """Make the record of a deployment; `at` is when it was submitted, in epoch milliseconds."""
    document = {"deployment": name, "channels": list(channels)}
    version = set_version(document)
    value = {
        "kind": DEPLOYMENT,
        "name": DEPLOYMENT,
        "version": version,
        "status": "live",
        "document": document,
        "published_at": at,
        "published_by": "submit",
    }
    return ControlRecord(key=DEPLOYMENT, value=json.dumps(value, ensure_ascii=False).encode(), version=version)


def deployed_channels(published: Iterable[Published]) -> tuple[str, ...] | None:
    """The channels of the latest deployment; None if nothing was ever submitted."""
    found = next((entry.document.get("channels") for entry in published if entry.key == DEPLOYMENT), None)
    return tuple(str(channel) for channel in found) if isinstance(found, list) else None


def closed_channels(options: Options, published: Iterable[Published]) -> Iterator[str]:
    """One line for each live campaign that uses channels which these options do not deploy."""
    deployed = options.channel_names
    for entry in published:
        if entry.kind == "campaign" and entry.status == "live":
            missing = list(dict.fromkeys(channel for channel, _ in channels_of(entry.document) if channel not in deployed))
            if missing:
                cure = f"`kairos submit --channels {','.join((*deployed, *missing))}`"
                yield f"campaign {entry.name} uses {', '.join(missing)}, which is not deployed: nothing is sent there (CHANNEL_NOT_DEPLOYED): {cure}"
