"""How many different people looked at each product within the last hour: a bounded sketch, exact for small numbers. Pure.

Of each product and five minutes the smallest hashes of people are kept (k minimum values, Bar-Yossef and others 2002). Where there are fewer than
MAX_HASHES, they are counted; else their density tells the number, with a standard error of 1 / sqrt(MAX_HASHES - 2), 6 %.
"""

import hashlib
import heapq
from collections import OrderedDict, deque

BUCKET_MS, BUCKETS = 5 * 60_000, 12
MAX_HASHES = 256
MAX_PRODUCTS = 20_000
"""Those that were looked at last."""
SPACE = 1 << 64


class Viewers:
    """People by product and time. `key`: drawn by each process for itself, so that nobody's hash is known outside of it."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._seen: OrderedDict[str, deque[tuple[int, list[int]]]] = OrderedDict()

    def take(self, product_id: str, person: str, at: int) -> None:
        """Somebody looked at a product; `at` in epoch milliseconds. What comes late counts as seen now."""
        digest = hashlib.blake2b(person.encode("utf-8", "replace"), digest_size=8, key=self._key).digest()
        mark, bucket = int.from_bytes(digest, "big"), at // BUCKET_MS
        held = self._seen.setdefault(product_id, deque())
        self._seen.move_to_end(product_id)
        if len(self._seen) > MAX_PRODUCTS:
            self._seen.popitem(last=False)
        if not held or held[-1][0] < bucket:
            held.append((bucket, []))
        _keep(held[-1][1], mark)

    def count(self, product_id: str, now: int) -> int:
        """Different people within the hour before `now`, two digits of it: more would change, and publish the catalogue, with each look."""
        held = self._seen.get(product_id, deque())
        while held and held[0][0] <= now // BUCKET_MS - BUCKETS:
            held.popleft()
        marks = heapq.nsmallest(MAX_HASHES, {-each for _, marks in held for each in marks})
        found = len(marks) if len(marks) < MAX_HASHES else round((MAX_HASHES - 1) * SPACE / (marks[-1] + 1))
        digits = max(0, len(str(found)) - 2)
        return int(found // 10**digits * 10**digits)

    def counts(self, now: int) -> dict[str, int]:
        """Of every product that anybody looked at within the hour."""
        found = {product_id: self.count(product_id, now) for product_id in self._seen}
        for product_id in [each for each, held in self._seen.items() if not held]:
            del self._seen[product_id]
        return {product_id: count for product_id, count in found.items() if count}


def _keep(marks: list[int], mark: int) -> None:
    """Keep the smallest: a heap of their negatives, so that the largest is on top."""
    if -mark in marks:
        return
    if len(marks) < MAX_HASHES:
        heapq.heappush(marks, -mark)
    elif -mark > marks[0]:
        heapq.heapreplace(marks, -mark)
