"""What fits the language and yet can never come true: refused before it is published, for nobody would see why nothing happens.

The job itself takes such campaigns, so that one which was published long ago does not stop the day this list grows.
"""

import re
from collections.abc import Iterator

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.message_history import WORDS
from udfs.core.values.durations import LONGEST, in_words
from udfs.core.values.problems import Problem


def hopeless(file: CampaignFile, campaign: Campaign) -> list[Finding]:
    """Find what keeps a compiled campaign, or a variant of it, from ever acting."""
    return [file.locate(problem) for part in (_too_late, _never_rising, _before_it_began) for problem in part(campaign)]


def _too_late(campaign: Campaign) -> Iterator[Problem]:
    """A variant that waits until its message must not go out any more. A journey's messages live from their step on."""
    for variant in campaign.variants if campaign.steps is None else ():
        if variant.wait >= campaign.expires:
            late = f"waits as long as its message lives: {in_words(campaign.expires)} after the trigger it must not go out any more"
            yield Problem(
                ("variants", variant.name, "wait"), late, f"let it live longer, such as send: {{expires: {in_words(min(2 * variant.wait, LONGEST))}}}"
            )


def _never_rising(campaign: Campaign) -> Iterator[Problem]:
    """A `becomes` that asks about the event alone: before and after are asked of the same one."""
    becomes = campaign.trigger.becomes
    if becomes is None or not becomes.names or not all(name.startswith("event.") for name in becomes.names):
        return
    for name in sorted(becomes.names):
        message = f"{name} is of the same event before and after it: it never becomes anything"
        yield Problem(("trigger", "becomes"), message, "write it as `when`", _offset(becomes.source, re.escape(name)))


def _before_it_began(campaign: Campaign) -> Iterator[Problem]:
    """A journey's `when` that asks about its own messages: it is asked at the entry, and not again."""
    if campaign.when is None or campaign.steps is None:
        return
    messages = {variant.name for variant in campaign.variants}
    for read in sorted(campaign.when.names):
        word, _, message = read.partition(":")
        if word in WORDS and message in messages:
            what = f"{word}('{message}') asks about a message of this run: `when` is asked at the entry, before any was sent"
            hint = "ask in a branch, after the step that sends it"
            yield Problem(("when",), what, hint, _offset(campaign.when.source, rf"\b{word}\(\s*['\"]{re.escape(message)}"))


def _offset(source: str, pattern: str) -> int | None:
    found = re.search(pattern, source)
    return found.start() if found else None
