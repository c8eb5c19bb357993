"""Names in scenarios that nothing has: variants, channels and campaigns that do not exist, and events that look misspelt."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.documents.channels import channels_of
from services.documents.event_names import NEAR
from services.documents.files import CampaignFile, campaign_paths
from services.documents.findings import BadFile, Finding
from services.documents.scenario import Scenario
from services.documents.scenarios import load_scenarios
from services.documents.yaml12 import read
from udfs.codecs.catalogue import catalogue
from udfs.codecs.mappings import senders
from udfs.core.values.problems import did_you_mean, short


def wrong_scenarios(files: Sequence[CampaignFile], *, broken: Collection[Path] = ()) -> list[Finding]:
    """Everything in the scenarios of these campaigns that cannot be read, or that expects what can never come.

    The scenarios of a `broken` campaign wait until it is fixed, and its name is known to the others all the same.
    """
    found: list[Finding] = []
    for file in files:
        if file.kind != "campaign" or file.file in broken or not file.scenarios.exists():
            continue
        try:
            stories = load_scenarios(file.scenarios)
        except BadFile as e:
            found += e.findings
            continue
        everyone = _documents(file, files) if any(story.all_campaigns for story in stories) else {}
        found += [finding for story in stories for finding in unknown_names(story, file, everyone)]
    return found


def _documents(file: CampaignFile, files: Sequence[CampaignFile]) -> dict[str, Mapping[str, Any]]:
    """Every campaign that may run with this one: those that are checked together, and others in its folder."""
    found: dict[str, Mapping[str, Any]] = {each.name: each.document for each in files if each.kind == "campaign"}
    given = {each.file for each in files}
    for path in campaign_paths([file.file.parent]):
        if path not in given:
            try:
                document = read(path).value
            except BadFile:  # nobody asked to check it
                continue
            if isinstance(document, Mapping) and "campaign" in document:
                found.setdefault(str(document["campaign"]), document)
    return found


def doubtful_scenarios(files: Sequence[CampaignFile]) -> list[Finding]:
    """Events that scenarios send and whose names look misspelt: they reach no trigger, and the story shows nothing."""
    found = []
    for file in files:
        if file.kind != "campaign" or not file.scenarios.exists():
            continue
        try:
            stories = load_scenarios(file.scenarios)
        except BadFile:  # among what is wrong
            continue
        confirmed = file.document.get("custom_events") or ()
        for story in stories:
            for given in story.given:
                name = str(given.payload.get("event", ""))
                if not name or name in catalogue().events or name in confirmed or senders().meaning(name, "") is not None:
                    continue
                if near := did_you_mean(name, catalogue().events, cutoff=NEAR):
                    found.append(story.finding((*given.where, "event"), f"the catalogue has no event '{short(name)}'", near))
    return found


def unknown_names(story: Scenario, file: CampaignFile, campaigns: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
    """What a scenario of a campaign names that neither it nor, where all campaigns run, another one has."""
    everyone = {**campaigns, file.name: file.document} if story.all_campaigns else {file.name: file.document}
    for given in story.given:
        if given.of is not None:
            yield from _not_among(story, (*given.where, "of"), given.of, _variants(everyone.values()), "variant")
    for part, expected in (("expect", story.expect), ("recalls", story.recalls or ())):
        for index, each in enumerate(expected):
            name = each.get("campaign")
            if name is not None and name not in everyone:
                yield from _not_among(story, (part, index, "campaign"), name, list(everyone), "campaign", alone=not story.all_campaigns)
                continue
            asked = [everyone[name]] if name is not None else list(everyone.values())
            yield from _not_among(story, (part, index, "variant"), each.get("variant"), _variants(asked), "variant")
            yield from _not_among(story, (part, index, "channel"), each.get("channel"), _channels(asked), "channel")


def _not_among(
    story: Scenario, where: tuple[str | int, ...], name: Any, known: Sequence[str], what: str, *, alone: bool = False
) -> Iterator[Finding]:
    if name is None or name in known:
        return
    hint = did_you_mean(str(name), known) or f"there {'is' if len(known) == 1 else 'are'} {', '.join(known)}"
    if alone:
        hint += ". Write campaigns: all to run the others with it"
    yield story.finding(where, f"no decision here has the {what} '{short(str(name))}'", hint)


def _variants(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(str(name) for document in documents for name in _in(document)))


def _channels(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(channel for document in documents for channel, _ in channels_of(document)))


def _in(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variants of a campaign, which may be broken."""
    variants = document.get("variants")
    return variants if isinstance(variants, Mapping) else {}
