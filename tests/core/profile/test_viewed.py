"""Products looked at of late, packed: the same as a list of them, whatever they are called."""

from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.core.profile import viewed
from udfs.core.profile.bounds import MAX_VIEWED
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode

LOOKS = st.lists(
    st.tuples(st.text(min_size=1, max_size=3) | st.sampled_from(["a", "aa", "ä", "\x92", "\u0092\xa1a"]), st.integers(0, 2**41)), max_size=80
)


def held_of(looks: list[tuple[str, int]]) -> bytes | viewed.Views | None:
    held: bytes | viewed.Views | None = None
    newest = 0
    for product, at in looks:
        held = viewed.with_one_more(held, product, at, late=at < newest)
        newest = max(newest, at)
    return held


@given(LOOKS)
def test_packed_they_are_the_latest_look_at_each_in_order_of_time(looks: list[tuple[str, int]]) -> None:
    latest: dict[str, int] = {}
    for product, at in looks:
        latest[product] = max(at, latest.get(product, at))
    held = viewed.opened(held_of(looks))
    assert [at for _, at in held] == sorted(latest.values())[-MAX_VIEWED:]
    assert held == [(product, latest[product]) for product, _ in held]


@given(LOOKS, st.randoms(use_true_random=False))
def test_they_do_not_depend_on_the_order_of_arrival(looks: list[tuple[str, int]], random: Random) -> None:
    distinct = [(product, at * 100 + number) for number, (product, at) in enumerate(looks)]
    shuffled = random.sample(distinct, len(distinct))
    assert viewed.opened(held_of(shuffled)) == viewed.opened(held_of(distinct))


@pytest.mark.parametrize("old", [[], [("tent", 1), ("lamp", 2)]])
def test_the_list_of_an_older_state_is_read_and_goes_on(old: viewed.Views) -> None:
    profile = decode(encode(Profile(born=1, now=1, packed_viewed=old)))
    assert viewed.opened(profile.packed_viewed) == old
    assert viewed.opened(viewed.with_one_more(profile.packed_viewed, "tent", 3, late=False)) == [*old[1:], ("tent", 3)]


def test_somebody_who_looked_at_nothing_needs_no_bytes_for_it() -> None:
    assert len(encode(Profile(born=1, now=1))) == len(encode(Profile(born=1, now=1, packed_viewed=[])))
    assert msgspec.msgpack.encode(viewed.pack([])) == b"\xc0"
