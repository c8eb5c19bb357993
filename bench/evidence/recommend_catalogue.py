"""A catalogue of a million items: memory, load time, and from a change to the moment it is in force. No cluster: each part by itself."""

from bench.catalogue import main
from bench.report import Claim, at_most, measured

ITEMS = 1_000_000


def check(items: int = ITEMS) -> list[Claim]:
    """Figures of `python -m bench.catalogue`, against what the documentation says."""
    found = main(items)
    mapped = found["after_lookups_own_mb"]
    return [
        measured(f"reading a feed of {items:,} items, {found['feed_mb']:,.0f} MB, and storing them", found["read_and_store_s"], "s"),
        measured("writing the snapshot", found["write_snapshot_s"], "s"),
        measured("its size", found["snapshot_mb"], "MB"),
        at_most("fetching, verifying and mapping it, in the background of a TaskManager", found["load_s"], "s", 10.0),
        at_most("memory of its own that this takes, lookups included", mapped, "MB", 50.0),
        measured("pages of the file that lookups have mapped", found["after_lookups_mapped_mb"], "MB"),
        at_most("a lookup of a price", found["lookup_us"], "us", 100.0),
        measured("the first lookup of each item", found["first_lookup_us"], "us"),
        at_most("1,000 changes: storing them, writing the layer", found["change_to_layer_s"], "s", 2.0),
        at_most("from the layer to lookups that see it", found["layer_to_force_s"], "s", 1.0),
    ]
