"""Campaigns that are well-formed but can never act. They are refused before publishing, because nobody would see why nothing happens.

The job itself accepts such campaigns, so that one that was published long ago does not stop when this list grows.
"""

import re
from collections.abc import Iterator

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.intents import READS as MODEL_OF_INTENTS
from udfs.core.expressions.message_history import WORDS
from udfs.core.values.durations import MAX_DURATION, in_words
from udfs.core.values.problems import Problem


def dead_rules(file: CampaignFile, campaign: Campaign) -> list[Finding]:
    """Find what keeps a compiled campaign, or one of its variants, from ever acting."""
    return [file.locate(problem) for part in (_too_late, _never_rising, _before_it_began) for problem in part(campaign)]


def _too_late(campaign: Campaign) -> Iterator[Problem]:
    """A variant that waits until its message has expired. In a journey, a message's lifetime begins at its step."""
    for variant in campaign.variants if campaign.steps is None else ():
        if variant.wait >= campaign.expires:
            late = f"waits until its message has expired, {in_words(campaign.expires)} after the trigger"
            yield Problem(
                ("variants", variant.name, "wait"),
                late,
                f"extend its lifetime, such as send: {{expires: {in_words(min(2 * variant.wait, MAX_DURATION))}}}",
            )


def _never_rising(campaign: Campaign) -> Iterator[Problem]:
    """A `becomes` that reads only the event, or what a text of it means: its value is the same before and after."""
    becomes = campaign.trigger.becomes
    names = sorted(name for name in becomes.names if not name.startswith(MODEL_OF_INTENTS)) if becomes else []
    if becomes is None or not all(name.startswith("event.") for name in names):
        return
    for name in names:
        message = f"{name} belongs to the event, so it is the same before and after: it never becomes true"
        yield Problem(("trigger", "becomes"), message, "write it as `when`", _offset(becomes.source, re.escape(name)))


def _before_it_began(campaign: Campaign) -> Iterator[Problem]:
    """A journey's `when` that asks about its own messages: it is evaluated only at the entry."""
    if campaign.when is None or campaign.steps is None:
        return
    messages = {variant.name for variant in campaign.variants}
    for read in sorted(campaign.when.names):
        word, _, message = read.partition(":")
        if word in WORDS and message in messages:
            what = f"{word}('{message}') asks about a message of this run: `when` is evaluated at the entry, before any message is sent"
            hint = "ask in a branch after the step that sends it"
            yield Problem(("when",), what, hint, _offset(campaign.when.source, rf"\b{word}\(\s*['\"]{re.escape(message)}"))


def _offset(source: str, pattern: str) -> int | None:
    found = re.search(pattern, source)
    return found.start() if found else None
