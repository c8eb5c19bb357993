"""Makes a book from the records of `control`: the one place where a running job parses what people wrote.

Entries come from the compacted topic `control`, each with its offset: of one key the higher offset wins, tombstones included, whatever
the order in which they are read (baked in at submit, restored from broadcast state, or arriving live). A document that cannot be
taken is refused and the last good one stays.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from udfs.core.campaigns.book import DEPLOYMENT, EXPECTATIONS, HOLD, Book, BookError, Entry, Packed, is_removal
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.control_values import (
    campaign_of,
    catalogue_of,
    features_of,
    hold_of,
    is_switch,
    model_of,
    off_because,
    policy_of,
    recommender_of,
    recompiled,
    segments_of,
    strategies_of,
    usual_of,
    value_of,
)
from udfs.core.campaigns.segments import NONE, Segments
from udfs.core.campaigns.versions import TwoVersions
from udfs.core.features.features import EMPTY, FeatureSet
from udfs.core.features.models import PublishedModel
from udfs.core.items.published import KEY as CATALOGUE
from udfs.core.policy.anomaly import NOTHING_USUAL
from udfs.core.policy.rules import NO_POLICY
from udfs.core.recommend.language.strategies import KEY as STRATEGIES
from udfs.core.recommend.recommender import KEY as RECOMMENDER
from udfs.core.recommend.strategy import NO_STRATEGIES
from udfs.core.values.problems import MAX_MESSAGE, short, shown

NEEDED_FIRST = {"features": 0, "segments": 1}
"""Keys that others are compiled against, in their order."""


def compile_book(entries: Iterable[Entry], *, end: int = 0) -> Book:
    """A book of many entries: of each key the newest that can be taken. A newer one that cannot is named in `refused`."""
    by_key: dict[str, list[Entry]] = {}
    for entry in entries:
        by_key.setdefault(entry.key, []).append(entry)
    draft, refused = _Draft(Book(end=end)), dict[str, str]()
    for key in sorted(by_key, key=lambda key: NEEDED_FIRST.get(key, 2)):
        for entry in sorted(by_key[key], key=lambda entry: -entry.offset):
            try:
                draft.take(entry)
                break
            except BookError as error:
                refused.setdefault(key, error.message)
    draft.refused = refused
    return draft.book()


def apply(book: Book, *entries: Entry) -> Book:
    """The book with more entries, one after the other; the same book where it has newer ones.

    Only what was entered is compiled, and what is written against it. BookError when an entry cannot be taken, whatever is wrong with it.
    """
    for entry in entries:
        held = book.entries.get(entry.key)
        if held is None or held.offset < entry.offset:
            draft = _Draft(book)
            draft.take(entry)
            book = draft.book()
    return book


def unpack(data: bytes, *, restored: Iterable[Entry] = ()) -> Book:
    """A packed book with entries restored from state, each key compiled once: the higher offset wins.

    A restored entry older than the book's `end` whose key the book does not have at all was removed while the job was down (its tombstone
    may be compacted away). It stays out, unless the book has a newer record that it refused: then the last good one stays. The restored
    tombstone of a campaign is kept, for it tells when the campaign was removed.
    """
    packed = msgspec.msgpack.decode(data, type=Packed)
    keys = {entry.key for entry in packed.entries}.union(packed.refused)
    known = [entry for entry in restored if entry.offset >= packed.end or entry.key in keys or is_removal(entry)]
    book = compile_book([*packed.entries, *known], end=packed.end)
    return replace(book, refused={**packed.refused, **book.refused})


class _Draft:
    """A book that is being changed. An entry is accepted whole or not at all."""

    def __init__(self, book: Book) -> None:
        self.base = book
        self.entries, self.refused = dict(book.entries), dict(book.refused)
        self.campaigns, self.models, self.switches = dict(book.campaigns), dict(book.models), dict(book.switches)
        self.versions, self.holds, self.usual = dict(book.versions), dict(book.holds), book.usual
        self.features, self.segments, self.policy, self.catalogue = book.features, book.segments, book.policy, book.catalogue
        self.recommender, self.strategies = book.recommender, book.strategies

    def book(self) -> Book:
        """What it has come to."""
        return replace(
            self.base,
            entries=self.entries,
            refused=self.refused,
            campaigns=dict(sorted(self.campaigns.items())),
            versions=dict(sorted(self.versions.items())),
            models=self.models,
            switches=self.switches,
            holds=self.holds,
            usual=self.usual,
            features=self.features,
            segments=self.segments,
            policy=self.policy,
            catalogue=self.catalogue,
            recommender=self.recommender,
            strategies=self.strategies,
        )

    def take(self, entry: Entry) -> None:
        """Compile one entry and put it in. BookError, and nothing has changed."""
        try:
            self._take(entry)
        except BookError:
            raise
        except Exception as error:  # a document from outside makes a reader raise anything (RecursionError, say); it must not stop the job
            message = f"it cannot be read ({type(error).__name__}: {short(str(error), MAX_MESSAGE)})"
            raise BookError(message, "document") from error
        self.entries[entry.key] = entry
        self.refused.pop(entry.key, None)

    def _take(self, entry: Entry) -> None:
        kind, _, name = entry.key.partition("/")
        if entry.key in NEEDED_FIRST and self._same_document(entry):
            return
        if entry.key == "features":
            self._take_features(entry)
        elif kind == "model" and name:
            _put(self.models, name, None if entry.value is None else self._model(entry, name))
        elif kind == "campaign" and name:
            self._take_campaign(name, None if entry.value is None else campaign_of(value_of(entry), name, self.features, self.segments))
        elif entry.key == "segments":
            segments = NONE if entry.value is None else segments_of(value_of(entry), self.features)
            self._recompile(self.features, segments, "segments")
            self.segments = segments
        elif entry.key == "policy":
            self.policy = NO_POLICY if entry.value is None else policy_of(value_of(entry))
        elif entry.key == CATALOGUE:
            self.catalogue = None if entry.value is None else catalogue_of(value_of(entry))
        elif entry.key == RECOMMENDER:
            self.recommender = None if entry.value is None else recommender_of(value_of(entry))
        elif entry.key == STRATEGIES:
            self.strategies = NO_STRATEGIES if entry.value is None else strategies_of(value_of(entry))
        elif kind == "switch" and is_switch(name):
            _put(self.switches, name, None if entry.value is None else off_because(value_of(entry)))
        elif kind == HOLD and name:
            _put(self.holds, name, None if entry.value is None else hold_of(value_of(entry)))
        elif entry.key == EXPECTATIONS:
            self.usual = NOTHING_USUAL if entry.value is None else usual_of(value_of(entry))
        elif kind == DEPLOYMENT:
            if entry.value is not None:
                value_of(entry)
        else:
            message = (
                f"unknown key {shown(entry.key)}: control holds campaign/<name>, model/<name>, features, segments, policy, "
                "recommendations, catalogue, recommender, hold/<name>, expectations, "
                "deployment/<name>, switch/all, switch/campaign/<name>, switch/model/<name> and switch/channel/<name>"
            )
            raise BookError(message, "key")

    def _take_features(self, entry: Entry) -> None:
        features = EMPTY if entry.value is None else features_of(value_of(entry))
        segments = self.segments
        if "segments" in self.entries and segments is not NONE:
            segments = segments_of(value_of(self.entries["segments"]), features, "segments need what these features no longer have: ")
        self._recompile(features, segments, "features")
        self.models = {name: model.against(features) for name, model in self.models.items()}
        self.features, self.segments = features, segments

    def _same_document(self, entry: Entry) -> bool:
        """Whether an entry says what the one before it said: then nothing that is written against it has changed."""
        held = self.entries.get(entry.key)
        return held is not None and None not in (held.value, entry.value) and value_of(held).document == value_of(entry).document

    def _take_campaign(self, name: str, found: Campaign | TwoVersions | None) -> None:
        _put(self.campaigns, name, found.new if isinstance(found, TwoVersions) else found)
        _put(self.versions, name, found if isinstance(found, TwoVersions) else None)

    def _recompile(self, features: FeatureSet, segments: Segments, changed: str) -> None:
        """Every campaign, written against other features or segments. BookError, and nothing has changed."""
        made = {name: recompiled(self.entries[f"campaign/{name}"], features, segments, changed) for name in self.campaigns}
        for name, found in made.items():
            self._take_campaign(name, found)

    def _model(self, entry: Entry, name: str) -> PublishedModel:
        """A published model. One that the features do not fit is refused, unless the features are newer: then it did fit when it was accepted."""
        model, features = model_of(value_of(entry), name, self.features), self.entries.get("features")
        if model.misfit and (features is None or features.offset < entry.offset):
            raise BookError(model.misfit, "document.versions")
        return model


def _put(held: dict[str, Any], name: str, found: Any) -> None:
    """Hold what was found under its name; None: hold nothing under it."""
    if found is None:
        held.pop(name, None)
    else:
        held[name] = found
