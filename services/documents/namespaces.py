"""Warnings about experiments that were to have different customers, and have some in common."""

from collections.abc import Iterable, Sequence

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.experiment import Namespace, percent


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
    both = f"from {percent(max(ours.start, theirs.start))} to {percent(min(ours.end, theirs.end))}"
    free = _free(theirs)
    return file.source.finding(
        ("experiment", "namespace"),
        f"customers {both} of the namespace {ours.name} are also in {other.name}, so the two experiments disturb each other",
        suggestion=f"{other.name} has {theirs.part}: {free}",
    )


def _free(theirs: Namespace) -> str:
    """Where there is room, as far as this one is concerned."""
    room = [f"from {percent(theirs.end)} on"] if theirs.end < 1 else []
    room += [f"up to {percent(theirs.start)}"] if theirs.start > 0 else []
    return f"choose a part {' or '.join(room)}" if room else "give it a part, too"
