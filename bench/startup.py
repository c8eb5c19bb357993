"""What a start costs before the first event: the book of a large shop, compiled as the operator does it. `python -m bench.startup`."""

import json
import time
from collections.abc import Callable

from services.local.book import book_of
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import apply, compile_book, unpack

CAMPAIGNS = 800
ROUNDS = 3


def entries(number: int = CAMPAIGNS) -> list[Entry]:
    """`control` of a shop with so many campaigns: those that come with Kairos, over and over, each under names of its own."""
    shipped = list(book_of(()).entries.values())
    templates = [json.loads(entry.value or b"") for entry in shipped if entry.key.startswith("campaign/")]
    made = [entry for entry in shipped if not entry.key.startswith("campaign/")]
    for at in range(number):
        value = templates[at % len(templates)]
        name = f"{value['name']}-{at}"
        value = {**value, "name": name, "document": {**value["document"], "campaign": name}}
        made.append(Entry(f"campaign/{name}", 100 + at, json.dumps(value).encode()))
    return made


def measure(number: int = CAMPAIGNS) -> dict[str, float]:
    """Seconds of processor time, the least of several rounds, for each thing that is done before the first event, and for a change afterwards."""
    given = entries(number)
    book = compile_book(given, end=10_000)
    packed = book.pack()
    campaign = next(entry for entry in reversed(given) if entry.key.startswith("campaign/"))
    changed = Entry(campaign.key, 20_000, campaign.value)
    return {
        "campaigns": number,
        "submit_s": _seconds(lambda: compile_book(given, end=10_000)),
        "first_start_s": _seconds(lambda: unpack(packed)),
        "restart_s": _seconds(lambda: unpack(packed, restored=given)),
        "one_change_s": _seconds(lambda: apply(book, changed)),
    }


def _seconds(work: Callable[[], Book]) -> float:
    taken = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return round(min(taken), 4)


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
