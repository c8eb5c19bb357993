"""Properties of items that a campaign reads and no item of the catalogue has: `item(event.product_id).properties.color`."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.written import texts
from services.items.feed import Report, items
from udfs.core.items.item import EXTRA
from udfs.core.values.names import normalise
from udfs.core.values.problems import did_you_mean

_READ = re.compile(r"""\bitem\([^()]*(?:\([^()]*\)[^()]*)*\)(?:\.properties|\[["']properties["']\])(?:\.(\w+)|\[["']([^"']+)["']\])""")

_OF_LISTED = re.compile(r"""\b(?!event\b|user\b|group\b)[a-z_]\w*(?:\.properties|\[["']properties["']\])(?:\.(\w+)|\[["']([^"']+)["']\])""")
"""The same of a product in a list: `{% for item in recommend(3) %}{{ item.properties.color }}`."""
_LIST = re.compile(r"\brecommend\(")


def unknown_properties(files: Sequence[CampaignFile], feed: Path) -> list[Finding]:
    """Each with its place, and what was perhaps meant. Raises FeedError."""
    report = Report(name=str(feed))
    for _ in items(feed, report):
        pass
    return [finding for file in files if file.kind == "campaign" for finding in _of(file, report)]


def _of(file: CampaignFile, report: Report) -> Iterator[Finding]:
    told: set[str] = set()
    for path, text in texts((), file.document):
        found = [*_READ.finditer(text), *(_OF_LISTED.finditer(text) if _LIST.search(text) else ())]
        for match in sorted(found, key=lambda each: each.start()):
            name = normalise(match[1] or match[2])
            if name in report.properties or name in told:
                continue
            told.add(name)
            near = did_you_mean(name, report.properties) or (
                f"its items have {', '.join(list(report.properties)[:10])}" if report.properties else "its items have no properties"
            )
            source, place = file.source, path
            if path[:1] == ("templates",) and path[1] in file.templates:
                source, place = file.templates[str(path[1])], path[2:]
            yield source.finding(place, f"no item of {report.name} has {EXTRA}.{name}", suggestion=near, offset=match.start())
