"""The lake: equal to its topics through a kill -9; erased people gone; a month of ten million events asked in seconds.

`check` is the section for `make evidence-schedule`.
"""

import json
import os
import random
import signal
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from threading import Thread

from bench.evidence.stream import send_event
from bench.lab import Lab, lab
from bench.lake_month import DAYS, EVENTS, month
from bench.pace import paced
from bench.report import Claim, at_least, at_most, exactly, measured
from jobs.read_to_end import read_to_end
from services.devstack import lifecycle
from services.kafka.client import consumer, producer
from services.lake.ask import ask, opened
from services.lake.compact import compact
from services.lake.erase import erase
from services.lake.flush import flush
from services.lake.store import Lake
from udfs.lake.pseudonyms import Pseudonyms, add_key, read_keys

TABLES = ("events", "decisions", "segments")
PER_SECOND, SECONDS = 300, 60
CUSTOMERS = 400
ERASED = [f"customer-{number}" for number in range(20)]
PATIENCE_S = 600.0
QUERIES = {
    "events of each day and name": "SELECT dt, event, count(*) FROM events GROUP BY ALL",
    "buyers, orders and revenue of each week": "SELECT date_trunc('week', dt), count(DISTINCT person), count(*), "
    "sum((properties->>'$.total')::DOUBLE) "
    "FROM events WHERE event = 'order_completed' GROUP BY 1",
    "who looked, added and bought, by person": 'SELECT count(*), count(a), count(o) FROM (SELECT person, min("at") AS v, '
    "min(\"at\") FILTER (event = 'product_added') AS a, min(\"at\") FILTER (event = 'order_completed') AS o FROM events GROUP BY person)",
    "one day alone": "SELECT count(*), count(DISTINCT person) FROM events WHERE dt = DATE '2026-03-17'",
}

Rows = Counter[tuple[int, int, str]]
"""(partition, offset, person) -> how many rows."""


def check() -> list[Claim]:
    """The job on a stack of its own, then a month that is written directly."""
    with lab() as stack:
        claims = _killed(stack)
    return [*claims, *_asked()]


def _killed(stack: Lab) -> list[Claim]:
    stack.kairos("submit")
    keys = stack.home / "lake.keys"
    stack.kairos("lake", "submit", "--checkpoint-interval-ms", "2000")
    known, place = read_keys(keys), Lake(stack.home / "lake")
    (job,) = [each["jid"] for each in stack.rest.unfinished() if each["name"].endswith("-lake")]
    stream = Thread(target=_live, args=(stack.brokers,))
    stream.start()
    time.sleep(SECONDS / 3)
    compact(place, now=time.time())
    (host,) = {each.rpartition("-")[0] for each in stack.rest.hosts(job)}
    os.kill(lifecycle.alive(stack.settings)[host].pid, signal.SIGKILL)
    killed = time.monotonic()
    while stack.rest.runs(job) and time.monotonic() < killed + PATIENCE_S:
        time.sleep(0.2)
    while not stack.rest.runs(job) and time.monotonic() < killed + PATIENCE_S:
        time.sleep(0.2)
    gap = time.monotonic() - killed
    stream.join()
    time.sleep(10)
    topics = {table: _on_topic(stack.brokers, table, known) for table in TABLES}
    until = time.monotonic() + PATIENCE_S
    while any(_in_lake(place, table).total() < topics[table].total() for table in TABLES) and time.monotonic() < until:
        flush(stack.rest, suffix="-lake")
        time.sleep(2)
    held = {table: _in_lake(place, table) for table in TABLES}
    done = erase(place, ERASED, known, before=int(time.time() * 1000))
    left = _in_lake(place, "events")
    gone = {known.of(name) for name in ERASED}
    return [
        measured("the lake job's TaskManager killed -9 under load; its gap", gap, "s"),
        *(
            exactly(f"{table}: records of the topic that are not in the lake", (topics[table] - held[table]).total(), "records", 0)
            for table in TABLES
        ),
        *(
            exactly(f"{table}: rows that no record of the topic is behind, repeats included", (held[table] - topics[table]).total(), "rows", 0)
            for table in TABLES
        ),
        at_least("events compared", topics["events"].total(), "events", PER_SECOND * SECONDS),
        exactly("people erased while the job runs: their rows that are left", sum(left[key] for key in left if key[2] in gone), "rows", 0),
        exactly("rows of others that went with them", (held["events"] - left).total() - done.rows.get("events", 0), "rows", 0),
        measured("files rewritten for it", done.rewritten + done.deleted, "files"),
    ]


def _asked() -> list[Claim]:
    with tempfile.TemporaryDirectory(prefix="kairos-month-") as folder:
        place, keys = Lake(folder), Path(folder) / "keys"
        add_key(keys)
        known = read_keys(keys)
        month(place, known)
        size = sum(file.size for file in place.finished())
        claims = [measured(f"a month of {EVENTS:,} events in {DAYS} days, on disk", size / 1e6, "MB")]
        with opened(place) as connection:
            for what, query in QUERIES.items():
                began = time.monotonic()
                ask(connection, query).fetchall()
                claims.append(at_most(f"asked: {what}", time.monotonic() - began, "s", 10.0))
        began = time.monotonic()
        done = erase(
            place, [f"user-{number}" for number in random.Random(1).sample(range(200_000), 100)], known, before=int(time.time() * 1000) + 10**12
        )
        claims += [
            measured(f"100 people erased from the month: {sum(done.rows.values()):,} rows in {done.rewritten} files", time.monotonic() - began, "s"),
        ]
        with opened(place) as connection:
            (left,) = ask(connection, "SELECT count(*) FROM events").fetchall()[0]
        claims.append(exactly("events that are left, and were erased", EVENTS - sum(done.rows.values()) - left, "events", 0))
    return claims


def _live(brokers: str) -> None:
    sender, chance = producer(brokers, linger_ms=5), random.Random(3)
    for number in paced(PER_SECOND, seconds=SECONDS):
        user = f"customer-{chance.randrange(CUSTOMERS)}"
        name = chance.choice(("product_viewed", "product_added", "order_completed"))
        more = {"order_id": f"o{number}", "total": 10.0} if name == "order_completed" else {"product_id": "tent", "price": 120, "quantity": 1}
        send_event(sender, user, name, message_id=f"message-{number}-of-{user}", **more)
    sender.flush()
    sender.close(timeout=30)


def _on_topic(brokers: str, table: str, known: Pseudonyms) -> Rows:
    with closing(consumer(brokers, [table])) as reader:
        records = [record for batch in read_to_end(reader) for record in batch if record.key and record.value]
    return Counter((record.partition, record.offset, known.of(record.key.decode())) for record in records if json.loads(record.value))


def _in_lake(place: Lake, table: str) -> Rows:
    with opened(place) as connection:
        return Counter(ask(connection, f"SELECT topic_partition, topic_offset, person FROM {table}").fetchall())
