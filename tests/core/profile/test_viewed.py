"""Products looked at of late, packed: the same as a list of them, whatever they are called."""

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


def by_list(looks: list[tuple[str, int]]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for product, at in looks:
        found = [*(view for view in found if view[0] != product), (product, at)]
    return found[-MAX_VIEWED:]


@given(LOOKS)
def test_packed_they_are_what_a_list_holds(looks: list[tuple[str, int]]) -> None:
    held: bytes | viewed.Views | None = None
    for product, at in looks:
        held = viewed.with_one_more(held, product, at)
    assert viewed.opened(held) == by_list(looks)


@pytest.mark.parametrize("old", [[], [("tent", 1), ("lamp", 2)]])
def test_the_list_of_an_older_state_is_read_and_goes_on(old: viewed.Views) -> None:
    profile = decode(encode(Profile(born=1, now=1, packed_viewed=old)))
    assert viewed.opened(profile.packed_viewed) == old
    assert viewed.opened(viewed.with_one_more(profile.packed_viewed, "tent", 3)) == [*old[1:], ("tent", 3)]


def test_somebody_who_looked_at_nothing_needs_no_bytes_for_it() -> None:
    assert len(encode(Profile(born=1, now=1))) == len(encode(Profile(born=1, now=1, packed_viewed=[])))
    assert msgspec.msgpack.encode(viewed.pack([])) == b"\xc0"
