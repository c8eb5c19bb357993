"""Find names in a policy that match no campaign, tag or purpose. They are allowed, since campaigns may follow, but are often misspelt."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.policy.rules import MARKETING, STORAGE, TRANSACTIONAL
from udfs.core.values.problems import Path, did_you_mean, short

_CALLED = {"exempt": "purpose or tag", "default": "purpose", "categories": "purpose"}


def contradictions(policy: CampaignFile, campaigns: Iterable[Mapping[str, Any]], features: Iterable[Mapping[str, Any]] = ()) -> list[Finding]:
    """Find names in a well-formed policy that match no campaign, tag or purpose of these documents."""
    names: set[str] = set()
    tags: set[str] = set()
    purposes = {MARKETING, TRANSACTIONAL, STORAGE}
    for campaign in campaigns:
        names.add(str(campaign.get("campaign")))
        tags |= set(map(str, campaign.get("tags") or ()))
        purposes.add(str(campaign.get("purpose") or MARKETING))
    for document in features:
        purposes |= {str(feature["purpose"]) for feature in document.get("features") or () if feature.get("purpose")}
    known = {"campaign": names, "tag": tags, "exempt": tags | purposes, "default": purposes, "categories": purposes}
    found = []
    for path, kind, word in _named(policy.document):
        if word not in known[kind]:
            hint = did_you_mean(word, known[kind]) or (f"there are {', '.join(sorted(known[kind]))}" if known[kind] else None)
            message = f"there is no {_CALLED.get(kind, kind)} '{short(word)}': this rule has no effect so far"
            found.append(policy.source.finding(path, message, suggestion=hint, key=kind == "default"))
    return found


def _named(document: Mapping[str, Any]) -> Iterator[tuple[Path, str, str]]:
    """Every name of a campaign, tag or purpose, and its path in the policy."""
    for at, cap in enumerate(document.get("caps") or ()):
        for key in ("campaign", "tag"):
            yield from ((path, key, word) for path, word in _words(("caps", at, key), cap.get(key)))
    for part in ("holdout", "quiet_hours"):
        yield from ((path, "exempt", word) for path, word in _words((part, "exempt"), (document.get(part) or {}).get("exempt")))
    consent = document.get("consent") or {}
    yield from ((("consent", "default", purpose), "default", purpose) for purpose in consent.get("default") or ())
    for category, purpose in (consent.get("categories") or {}).items():
        yield ("consent", "categories", category), "categories", purpose


def _words(path: Path, found: Any) -> Sequence[tuple[Path, str]]:
    if isinstance(found, list):
        return [((*path, at), str(word)) for at, word in enumerate(found)]
    return [] if found is None else [(path, str(found))]
