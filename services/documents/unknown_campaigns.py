"""`opened("no-such")`: questions about messages of a campaign that is nowhere among the files. Allowed, since it may be published, or follow."""

import re
from collections.abc import Iterable, Sequence

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.written import placed
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.message_history import WORDS
from udfs.core.values.problems import did_you_mean, short

_NAMED = re.compile(r"""^campaign:\s*["']?([\w.-]+)""", re.MULTILINE)
_LONGEST = 1_000_000
"""Bytes of a file that is looked into for its name."""


def names_of(files: Sequence[CampaignFile]) -> set[str]:
    """The names of the campaigns among the files, and of those next to them, which are published as well though they are not checked now."""
    beside = {each for folder in {file.file.parent for file in files} for each in folder.glob("*.y*ml")} - {file.file for file in files}
    near = (each.read_bytes().decode("utf-8", "replace") for each in beside if each.is_file() and each.stat().st_size <= _LONGEST)
    return {file.name for file in files if file.kind == "campaign"} | {name for text in near for name in _NAMED.findall(text)}


def unknown_campaigns(file: CampaignFile, expressions: Sequence[Expression], campaigns: Iterable[str]) -> list[Finding]:
    """Find what asks about a campaign that is not among `campaigns`, the names of all that are checked. A journey's own messages are known, too."""
    known = sorted(campaigns)
    messages = file.document.get("variants") if file.kind == "campaign" and "steps" in file.document else None
    mine = {*known, *map(str, messages or ())}
    found = []
    for path, expression in placed(file.document, expressions):
        for word, _, name in sorted(each.partition(":") for each in expression.names):
            if word not in WORDS or name in mine:
                continue
            place = re.search(rf"\b{word}\(\s*['\"]{re.escape(name)}['\"]", expression.source)
            hint = did_you_mean(name, known) or "it is right where that campaign is published from elsewhere"
            message = f"no campaign here is called '{short(name)}': none of its messages was sent"
            found.append(file.source.finding(path, message, suggestion=hint, offset=place.start() if place else None))
    return found
