"""Customers as rows: every declared feature of each of them at one instant, the end of the history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from services.local.job import LocalJob
from services.replay.records import History
from training.errors import HistoryError, TrainingError, nothing_readable
from training.inputs import Floats, require_declared
from udfs.core.campaigns.book import Book
from udfs.core.expressions.moment import Moment
from udfs.core.features.features import FeatureSet
from udfs.core.features.model_inputs import Input, encode
from udfs.core.profile.stored import decode
from udfs.core.profile.stub import is_stub
from udfs.core.profile.tombstone import is_tombstone
from udfs.core.records import Rejection

KNOWN = 0.05
"""The share of customers of whom a feature must be known. With fewer the unknown would be most of what tells segments apart."""


@dataclass(frozen=True, kw_only=True)
class Customers:
    """Who there is at `at`, epoch milliseconds, and what is known of them."""

    ids: Sequence[str]
    vectors: Sequence[Mapping[str, Any]]
    at: int
    anonymous: int
    """People without a user id, who were left out."""
    rejected: int
    """Records that could not be read."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The inputs in order, and why the other features are not used."""

    inputs: Sequence[Input]
    docs: Mapping[str, str]
    """Feature -> what it is, for people."""
    left_out: Mapping[str, str]


def customers(history: History, book: Book, *, anonymous: bool = False, links_ids: bool = False) -> Customers:
    """Replay a history through the engine of the job, and look at everybody at its end. `links_ids`: as the job that will use the model takes ids.
    Raises HistoryError if there is nobody."""
    job, last = LocalJob(book, links_ids=links_ids), 0

    def noted() -> Iterable[Any]:
        nonlocal last
        for record in history.records:
            last = max(last, record.at)
            yield record

    rejected = sum(isinstance(each, Rejection) and not each.accepted for each in chain.from_iterable(job.run(noted(), drain=0)))
    ids: list[str] = []
    vectors: list[Mapping[str, Any]] = []
    strangers = 0
    for user_id, blob in sorted(job.profiles.items()):
        if not blob or is_stub(blob) or is_tombstone(blob):
            continue
        profile = decode(blob)
        if profile.anonymous and not anonymous:
            strangers += 1
            continue
        cart = profile.carts.get(profile.current or "")
        ids.append(user_id)
        vectors.append(book.features.vector(Moment(user_id=user_id, profile=profile, now=last, cart=cart, policy=book.policy)))
    if not ids:
        if not job.profiles:
            raise nothing_readable(rejected)
        problem = f"the history has no customers with a user id ({strangers:,} without: --anonymous takes them; {rejected:,} unreadable)"
        raise HistoryError(problem)
    return Customers(ids=ids, vectors=vectors, at=last, anonymous=strangers, rejected=rejected)


def choose(found: Customers, features: FeatureSet, names: Sequence[str]) -> Chosen:
    """The features to tell customers apart by: those named, else every number that differs. Raises TrainingError for one that cannot be used."""
    require_declared(names, features, to="group by")
    inputs: list[Input] = []
    left_out: dict[str, str] = {}
    for name in dict.fromkeys(names or features.features):
        values = [vector.get(name) for vector in found.vectors]
        known = [value for value in values if isinstance(value, int | float)]
        if any(isinstance(value, str | list | dict | tuple) for value in values):
            left_out[name] = "not a number"
        elif len(known) < max(1, KNOWN * len(values)):
            left_out[name] = f"known of {len(known):,} of {len(values):,} customers"
        elif len(set(known)) == 1:
            left_out[name] = f"always {known[0]:g}"
        else:
            inputs.append(Input(name, features.features[name].definition))
    told = "; ".join(f"{name} is {why}" for name, why in left_out.items())
    if names and left_out:
        problem = f"segments need numbers that differ: {told}"
        raise TrainingError(problem)
    if not inputs:
        problem = f"no feature differs between these customers: {told or 'none is declared'}"
        raise HistoryError(problem)
    return Chosen(inputs=inputs, docs={each.feature: features.features[each.feature].doc for each in inputs}, left_out=left_out)


def matrix(chosen: Chosen, found: Customers) -> Floats:
    """The customers as the model reads them: float32, NaN where something is unknown."""
    rows = [encode(chosen.inputs, vector) for vector in found.vectors]
    return np.array(rows, dtype=np.float32).reshape(len(found.vectors), len(chosen.inputs))
