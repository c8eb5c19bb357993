"""Claim 1 of the world, in JSON and in Avro: an event that stops something is never lost to another field, as far as the message that is not sent;
one that adds something never adds a wrong amount."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.report import Claim, at_least, exactly
from services.local.book import book_of
from tests.codecs import adds
from tests.codecs.stops import AT, STOPS
from tests.codecs.test_stops import CAMPAIGN, FORMATS, messages
from udfs.codecs.decode import decode_all
from udfs.core.records import Event


def check() -> list[Claim]:
    """Each stop with each fault of each field."""
    tried = lost = sent = 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "features.yaml").write_text("features: []\n")
        (folder / "left-cart.yaml").write_text(CAMPAIGN)
        book = book_of([folder])
        for stop in STOPS:
            for faulty in FORMATS.values():
                for _, value in faulty(stop):
                    tried += 1
                    events = [read for read in decode_all(b"u1", value, AT) if isinstance(read, Event)]
                    lost += not any(read.name == stop and read.user_id == "u1" for read in events)
                    sent += len(messages(book, *events)) > 0
    return [
        at_least("stops with one thing wrong: combinations of event, field, fault and format", tried, "events", 2_000),
        exactly("of these, events that were lost", lost, "events", 0),
        exactly("of these, messages that went out although the stop had been read", sent, "messages", 0),
        *_adding(),
    ]


def _adding() -> list[Claim]:
    """Each event that adds something with each fault of each field: the amount that was meant, or none."""
    tried = wrong = 0
    with TemporaryDirectory() as name:
        rules = adds.book(Path(name))
        for event in adds.ADDS:
            for odd in adds.odd_ones(event):
                tried += 1
                wrong += not adds.is_right(odd, adds.outcome(rules, event, odd.record))
    return [
        at_least("events that add something with one thing wrong", tried, "events", 2_000),
        exactly("of these, events that were lost, or after which an amount was known that nobody meant", wrong, "events", 0),
    ]
