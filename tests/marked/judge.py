"""Whether marks are where they belong."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from tests.marked.belongs import LAKE, NOTHING, STREAMS
from tests.marked.marks import Mark, found_in


class Finding(msgspec.Struct, frozen=True):
    """Something that does not belong where it is."""

    where: str
    mark: Mark


class Judged:
    """What was looked at, and what was found: `seen` is what belongs there, which shows that the search finds anything at all."""

    def __init__(self) -> None:
        self.looked = Counter[str]()
        """Place -> how many things (records, files, pages) were looked at."""
        self.seen: dict[str, set[Mark]] = {}
        self.findings = Counter[Finding]()
        self.examples: dict[Finding, str] = {}

    def look(self, where: str, content: bytes, allowed: Collection[Mark] = NOTHING) -> None:
        """At the content of one thing in some place."""
        self.looked[where] += 1
        found = found_in(content)
        self.seen.setdefault(where, set()).update(found.intersection(allowed))
        for each in found.difference(allowed):
            finding = Finding(where, each)
            self.findings[finding] += 1
            self.examples.setdefault(finding, content.decode("utf-8", "replace"))

    def record(self, stream: str, key: bytes | None, value: bytes | None) -> None:
        """At a record of a topic that the job writes to."""
        self.look(stream, (key or b"") + b"\n" + (value or b""), STREAMS[stream])

    def row(self, table: str, row: Mapping[str, Any]) -> None:
        """At a row of the lake."""
        self.look(f"lake: {table}", json.dumps(row, default=str).encode(), LAKE.get(table, NOTHING))

    def told(self) -> str:
        """What was found, with an example of each."""
        return "\n".join(f"{each.where}: {each.mark} ({count}): {self.examples[each]}" for each, count in self.findings.items())
