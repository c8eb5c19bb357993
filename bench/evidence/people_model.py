"""Claim 1 of people: the protocol in every interleaving, the laws of merging over random histories, and guests who make an account and buy."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from random import Random
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.report import Claim, at_least, exactly, measured
from services.local.job import LocalJob
from tests.builders import MONDAY
from tests.identity import decided, guests
from tests.identity.laws import LAWS, MOMENTS
from tests.identity.stories import EVERY, KEPT, SPOILT, explored
from udfs.core.records import Decision

HISTORIES, GUESTS = 100_000, 20_000
BATCH = 250
WORKERS = 2

Broken = Counter[str]


class Drawn(NamedTuple):
    """A law, and the histories of which it holds. `holds` raises AssertionError."""

    histories: st.SearchStrategy[list[Any]]
    holds: Callable[[list[Any], int], None]


EVERY_LAW: dict[str, Drawn] = {
    **{name: Drawn(law.histories, law.holds) for name, law in LAWS.items()},
    "who logs in is decided about as if she had always been logged in": Drawn(decided.STEPS, decided.as_if_always_logged_in),
    "nothing goes to the old id after the link, and no cap is exceeded": Drawn(decided.STEPS, decided.nothing_to_the_old_id),
}
"""Caps, journeys with one entry key, and what is pending are part of what is decided."""


def check(histories: int = HISTORIES, stories: int = GUESTS) -> list[Claim]:
    """`histories` are shared out among the laws."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return [*_protocol(pool), *_laws(pool, histories), *_guests(pool, stories)]


def _protocol(pool: ProcessPoolExecutor) -> list[Claim]:
    kept = list(pool.map(_explored, KEPT))
    spoilt = list(pool.map(_caught, SPOILT))
    return [
        exactly("stories of the protocol's model in which something is lost, doubled or stuck", sum(broken for broken, _, _ in kept), "stories", 0),
        measured("stories, each explored in every interleaving", len(kept), "stories"),
        at_least("states that they can be in", sum(states for _, states, _ in kept), "states", 100_000),
        at_least("ends that they can come to, fewest of a story", min(ends for _, _, ends in kept), "ends", 1),
        exactly("protocols that lack a part and are not caught", spoilt.count(False), "protocols", 0),
        measured("protocols that lack a part", len(spoilt), "protocols"),
    ]


def _explored(name: str) -> tuple[bool, int, int]:
    found = explored(EVERY[KEPT[name].story], KEPT[name].rules)
    if found.broken is not None:
        print(f"   {name}: {found.broken.law}, by {', '.join(found.broken.steps)}", flush=True)
    return found.broken is not None, found.states, found.ends


def _caught(name: str) -> bool:
    broken = explored(EVERY[SPOILT[name].story], SPOILT[name].rules).broken
    return broken is not None and broken.law == SPOILT[name].breaks


def _laws(pool: ProcessPoolExecutor, histories: int) -> list[Claim]:
    batches = [(name, first) for first in range(0, -(-histories // len(EVERY_LAW)), BATCH) for name in EVERY_LAW]
    drawn, broken = Counter[str](), Counter[str]()
    for (name, _), (lived, wrong) in zip(batches, pool.map(_lived, batches), strict=True):
        drawn[name] += lived
        broken[name] += wrong
    return [
        at_least("random histories with a merge at a random moment", drawn.total(), "histories", histories),
        *(exactly(f"{name}: histories that differ, of {drawn[name]:,}", broken[name], "histories", 0) for name in EVERY_LAW),
    ]


def _lived(batch: tuple[str, int]) -> tuple[int, int]:
    """How many histories were drawn, and of how many the law does not hold. The first are printed."""
    name, first = batch
    law, lived, wrong = EVERY_LAW[name], 0, 0

    @seed(first)
    @settings(max_examples=BATCH, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(history=law.histories, moment=MOMENTS)
    def draw(history: list[Any], moment: int) -> None:
        nonlocal lived, wrong
        lived += 1
        try:
            law.holds(history, moment)
        except AssertionError:
            wrong += 1
            if wrong <= 1:
                print(f"   {name}, from {first}: merged after {moment}: {history}", flush=True)

    draw()
    return lived, wrong


def _guests(pool: ProcessPoolExecutor, stories: int) -> list[Claim]:
    found = list(pool.map(_told, range(0, stories, BATCH)))
    lived, wrong, apart, decisions = (sum(column) for column in zip(*found, strict=True))
    return [
        at_least("guests who fill a cart, and log in, buy or leave", lived, "guests", stories),
        exactly("guests who are decided about otherwise than one person who does the same", wrong, "guests", 0),
        measured("guests who would be, if ids were not linked", apart, "guests"),
        measured("decisions about them", decisions, "decisions"),
    ]


def _told(first: int) -> tuple[int, int, int, int]:
    """Guests, those who are decided about wrongly, those who would be without links, and decisions."""
    random, wrong, apart, decisions = Random(first), 0, 0, 0
    for number in range(BATCH):
        story = guests.story(random, number, MONDAY)
        right = guests.expected(story)
        decisions += len(right)
        apart += _said(story, links_ids=False) != right
        if _said(story, links_ids=True) != right:
            wrong += 1
            print(f"   guest {number} of {first}: {story}", flush=True)
    return BATCH, wrong, apart, decisions


def _said(story: guests.Story, *, links_ids: bool) -> list[guests.Said]:
    outputs = LocalJob(guests.BOOK, links_ids=links_ids).run(guests.records(story), drain=guests.LAST)
    return [(each.user_id, each.at, each.outcome.value) for found in outputs for each in found if isinstance(each, Decision)]
