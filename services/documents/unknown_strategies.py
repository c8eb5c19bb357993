"""Strategies that a campaign recommends by and nobody has declared: `recommend(8, strategy="bolt")`."""

import re
from collections.abc import Iterator, Sequence

from services.documents.files import RECOMMENDATIONS, CampaignFile, recommendations_for
from services.documents.findings import BadFile, Finding
from services.documents.written import texts
from udfs.core.campaigns.campaign import Campaign
from udfs.core.recommend.language.strategies import KEY
from udfs.core.recommend.strategy import DEFAULT_NAME
from udfs.core.values.problems import did_you_mean

_NAMED = re.compile(r"""\bstrategy\s*=\s*["']([^"']+)["']""")


def unknown_strategies(file: CampaignFile, campaign: Campaign, files: Sequence[CampaignFile]) -> list[Finding]:
    """Each with its place, and what was perhaps meant. Declared are those among the files, or in the folder of the first one."""
    if not (named := campaign.recommends - {DEFAULT_NAME}):
        return []
    try:
        beside = recommendations_for(files)
    except BadFile:  # reported where it is checked itself
        return []
    declared = beside.document.get(KEY) if beside is not None else None
    known = list(declared) if isinstance(declared, dict) else []
    return [finding for name in sorted(named - set(known)) for finding in _of(file, name, known)]


def _of(file: CampaignFile, name: str, known: Sequence[str]) -> Iterator[Finding]:
    hint = did_you_mean(name, known) or (f"there are {', '.join(known)}" if known else f"declare it in {RECOMMENDATIONS}, next to the campaign")
    message = f"there is no strategy '{name}'"
    for path, text in texts((), file.document):
        for match in _NAMED.finditer(text):
            if match[1] != name:
                continue
            source, place = file.source, path
            if path[:1] == ("templates",) and path[1] in file.templates:
                source, place = file.templates[str(path[1])], path[2:]
            yield source.finding(place, message, suggestion=hint, offset=match.start(1))
            return
    yield file.source.finding((), message, suggestion=hint)
