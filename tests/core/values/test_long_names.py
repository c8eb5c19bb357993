"""Names come from outside, and each may be as long as an event: what is kept of them is bounded in bytes, and not only in number."""

import tracemalloc
from collections.abc import Callable

import pytest

from tests.codecs.builders import added, all_of
from udfs.core.values.names import normalise, twins


@pytest.mark.slow
@pytest.mark.parametrize("read", [normalise, twins])
def test_long_names_are_read_as_short_ones_are_and_not_kept(read: Callable[[str], object]) -> None:
    assert normalise("Product" + "A" * 500 + " Added").startswith("product")
    tracemalloc.start()
    try:
        for number in range(300):
            read(f"{number} word " + "x" * 100_000)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 3_000_000


@pytest.mark.slow
def test_an_event_with_long_names_of_everything_leaves_nothing_behind() -> None:
    tracemalloc.start()
    try:
        for number in range(60):
            name = f"{number} " + "y" * 100_000
            told = {"context": {"consent": {name: True}, name: 1}, "properties": {name: "id", "total": 5}}
            all_of(added(event="Order Refunded", **told))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 3_000_000
