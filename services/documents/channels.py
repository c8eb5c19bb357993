"""Find channels in campaigns and policies that are not deployed, or whose names look misspelt."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from jobs.options import Options
from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.language.variants import channels_named
from udfs.core.values.channels import CHANNELS
from udfs.core.values.problems import Path, did_you_mean


def channels_of(document: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Every channel of a campaign's variants, and its path in the document."""
    variants = document.get("variants")
    for name, variant in variants.items() if isinstance(variants, Mapping) else ():
        if isinstance(variant, Mapping):
            for channel, path in channels_named(variant, document.get("templates")):
                yield str(channel), ("variants", str(name), *path)


def not_deployed(file: CampaignFile, deployments: Mapping[str, Collection[str]]) -> list[Finding]:
    """Find the channels of a campaign that a deployment lacks; `deployments` are the channels of each, by its name."""
    if file.kind != "campaign":
        return []
    findings = []
    for channel, path in channels_of(file.document):
        for name, deployed in deployments.items():
            if channel not in deployed:
                where = f" by {name}" if len(deployments) > 1 else ""
                have = f"deployed are {', '.join(deployed)}" if deployed else "none is deployed"
                cure = _cure(name, channel, deployed)
                findings.append(file.source.finding(path, f"channel {channel!r} is not deployed{where}: {have}", suggestion=cure))
    return findings


def unusual(file: CampaignFile, deployed: Collection[str] = ()) -> list[Finding]:
    """Find channels that are neither usual nor deployed. They are allowed, but may be misspelt."""
    known = list(dict.fromkeys((*CHANNELS, *deployed)))
    found = {"campaign": channels_of, "policy": _of_policy}.get(file.kind)
    return [
        file.source.finding(
            path,
            f"{channel!r} is not one of the usual channels",
            suggestion=did_you_mean(channel, known) or f"usual are {', '.join(CHANNELS)}; the job must be submitted with it",
            key=path[-1] == channel,
        )
        for channel, path in (found(file.document) if found else ())
        if channel not in known
    ]


def submit_with(deployment: str, channels: Iterable[str]) -> str:
    """The command that submits a deployment with these channels."""
    which = "" if deployment == Options().deployment else f"--deployment {deployment} "
    return f"`kairos submit {which}--channels {','.join(channels)}`"


def _cure(deployment: str, channel: str, deployed: Collection[str]) -> str:
    near, deploy = did_you_mean(channel, deployed), submit_with(deployment, (*deployed, channel))
    return f"{near} Otherwise deploy it: {deploy}" if near else f"deploy it: {deploy}"


def _of_policy(document: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    """Every channel of a well-formed policy."""
    for at, cap in enumerate(document.get("caps") or ()):
        yield from ((channel, path) for channel, path in _named(("caps", at, "channel"), cap.get("channel")) if channel != "any")
    yield from _named(("quiet_hours", "channels"), (document.get("quiet_hours") or {}).get("channels"))
    yield from ((str(channel), (key, str(channel))) for key in ("throughput", "answered") for channel in document.get(key) or ())


def _named(path: Path, found: Any) -> Iterator[tuple[str, Path]]:
    if isinstance(found, list):
        yield from ((str(channel), (*path, at)) for at, channel in enumerate(found))
    elif found is not None:
        yield str(found), path
