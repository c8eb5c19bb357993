"""What a catalogue of a million items costs: reading the feed, writing and loading the snapshot, memory, a lookup, a change of prices.

    python -m bench.catalogue 1000000

No broker and no cluster: each part by itself, in this process. Times are of a quiet machine only if it is one.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.catalogue.files import CatalogueFiles
from services.items.feed import Report, items
from services.items.store import Store
from udfs.catalogue.loaded import LoadedCatalogue
from udfs.core.items.item import Item
from udfs.core.items.lookups import Lookups
from udfs.core.items.published import Published
from udfs.core.values.money import Currency

CHANGES = 1_000
LOOKUPS = 20_000


def memory() -> dict[str, float]:
    """Megabytes of this process: its own, and the pages of mapped files."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if ":" in line)
    return {"own": int(told["RssAnon"].split()[0]) / 1024, "mapped": int(told["RssFile"].split()[0]) / 1024}


def feed(path: Path, count: int) -> None:
    """A feed as shops have them, with about 250 characters a row."""
    lot = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,title,product_type,brand,price,sale_price,availability,quantity,image_link,link,colour,size\n")
        for number in range(count):
            price = lot.randrange(500, 50_000) / 100
            file.write(
                f"SKU-{number:07},Article {number} with a name of usual length,"
                f"Outdoor > Group {number % 90} > Kind {number % 700},Brand {number % 900},"
                f"{price:.2f} EUR,{price * 0.9:.2f} EUR,in_stock,{number % 50},https://cdn.shop.example/images/{number}/large.jpg,"
                f"https://shop.example/products/article-{number},colour {number % 12},{number % 9}\n"
            )


def main(count: int) -> dict[str, Any]:
    """Every figure, by name."""
    figures: dict[str, Any] = {"items": count}
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "items.sqlite") as store:
        place = Path(folder) / "feed.csv"
        feed(place, count)
        figures["feed_mb"] = place.stat().st_size / 1e6
        report = Report(name="feed")
        with _timed(figures, "read_and_store_s"):
            store.put(items(place, report))
        figures["service_memory_mb"] = memory()["own"]
        files = CatalogueFiles(str(Path(folder) / "store"))
        with _timed(figures, "write_snapshot_s"):
            base = files.put(store)
        figures["snapshot_mb"] = base.size / 1e6
        before, catalogue = memory(), LoadedCatalogue(sys.exit)
        with _timed(figures, "load_s"):
            catalogue.follow(Published((base,)), wait=600)
        figures["load_own_mb"] = memory()["own"] - before["own"]
        figures["load_mapped_mb"] = memory()["mapped"] - before["mapped"]
        keys = [f"SKU-{number % count:07}" for number in range(0, LOOKUPS * 37, 37)]
        began = time.perf_counter()
        for key in keys:
            Lookups(catalogue.current, Currency()).in_base(key, "price")
        figures["first_lookup_us"] = (time.perf_counter() - began) / len(keys) * 1e6
        began = time.perf_counter()
        for key in keys:
            Lookups(catalogue.current, Currency()).in_base(key, "price")
        figures["lookup_us"] = (time.perf_counter() - began) / len(keys) * 1e6
        figures["after_lookups_own_mb"] = memory()["own"] - before["own"]
        figures["after_lookups_mapped_mb"] = memory()["mapped"] - before["mapped"]
        stamp = store.stamp
        with _timed(figures, "change_to_layer_s"):
            store.put([Item(id=f"SKU-{number:07}", price=1.0) for number in range(CHANGES)])
            layer = files.put(store, since=stamp)
        figures["layer_mb"] = layer.size / 1e6
        with _timed(figures, "layer_to_force_s"):
            catalogue.follow(Published((base, layer)))
            while not isinstance(found := catalogue.current.find("SKU-0000000"), Item) or found.price != 1.0:
                time.sleep(0.001)
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


@contextmanager
def _timed(figures: dict[str, Any], name: str) -> Iterator[None]:
    """Put the seconds of a block into the figures."""
    began = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - began


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000), indent=1))
