"""What is held, for people and for programs."""

from collections.abc import Iterable
from typing import Any

from services.control.listing import Published
from services.explain.words import when

HEAD = ("campaign", "status", "since", "about", "why")


def table(holds: Iterable[Published]) -> list[str]:
    """Lines: a heading, and one for each hold."""
    rows = [HEAD, *((each.name, each.status, when(int(each.document["at"])), str(each.document["about"]), _why(each)) for each in holds)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD) - 1)]
    return ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows]


def as_data(hold: Published) -> dict[str, Any]:
    """The same for programs."""
    return {"campaign": hold.name, "status": hold.status, **hold.document}


def _why(hold: Published) -> str:
    why, said = str(hold.document.get("why", "")), hold.document.get("said")
    return f"{why} ({hold.status}: {said})" if said else why
