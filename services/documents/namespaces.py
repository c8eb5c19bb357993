"""Warnings about experiments that were to have different customers, and have some in common."""

from collections.abc import Iterable, Sequence

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign


def meeting(files: Sequence[CampaignFile], book: Book) -> list[Finding]:
    """Experiments among the files whose part of a namespace overlaps with that of another campaign of the book. Each pair once."""
    found: list[Finding] = []
    told: set[frozenset[str]] = set()
    for file in files:
        mine = book.campaigns.get(file.name) if file.kind == "campaign" else None
        if mine is None or mine.namespace is None:
            continue
        for other in _in_both(mine, book.campaigns.values()):
            pair = frozenset({mine.name, other.name})
            if pair not in told:
                told.add(pair)
                found.append(_told(file, mine, other))
    return found


def _in_both(mine: Campaign, others: Iterable[Campaign]) -> Iterable[Campaign]:
    for other in others:
        if other.name != mine.name and not other.paused and mine.namespace and other.namespace and mine.namespace.meets(other.namespace):
            yield other


def _told(file: CampaignFile, mine: Campaign, other: Campaign) -> Finding:
    ours, theirs = mine.namespace, other.namespace
    assert ours is not None and theirs is not None
    both = f"from {max(ours.start, theirs.start):.1%} to {min(ours.end, theirs.end):.1%}"
    free = f"{theirs.end:.1%} or above" if theirs.end < 1 else f"below {theirs.start:.1%}"
    return file.source.finding(
        ("experiment", "namespace"),
        f"customers {both} of the namespace {ours.name} are also in {other.name}, so the two experiments disturb each other",
        suggestion=f"{other.name} has {theirs.start:.1%} to {theirs.end:.1%}: choose a part {free}",
    )
