"""Logged features against those that the same engine makes of history: they differ only if history or code is not what the job saw."""

from collections.abc import Iterator, Mapping

import msgspec

from services.kafka.client import consumer
from training.checks.report import Finding
from training.errors import HistoryError
from training.history import HistorySource
from training.logged import Comparison, Key, Logged
from training.replay import Replay
from udfs.core.campaigns.book import Book

MISSING = 0.01
"""The share of logged decisions that the replay may not make: the last ones may have been decided after the history was read."""


def compared(book: Book, source: HistorySource, logged: Mapping[Key, Logged]) -> tuple[Comparison, int]:
    """The comparison, and how many logged decisions were left out because other features were in force then."""
    same = {key: each for key, each in logged.items() if each.feature_version in {"", book.features.version}}
    comparison = Comparison(logged=same)
    replay = Replay(book, goal="", campaign=None, links_ids=source.links_ids)
    for _ in comparison.take(replay.decisions(source.read(), drain=None)):
        pass
    return comparison, len(logged) - len(same)


def findings(found: Comparison) -> Iterator[Finding]:
    """What differs."""
    if found.mismatches:
        wrong = len({each.decision_id for each in found.mismatches})
        worst = ", ".join(f"{name} ({number:,})" for name, number in found.by_feature()[:5])
        yield Finding(
            check="skew",
            what=f"{wrong:,} of {found.compared:,} logged vectors differ from the recomputed ones: {worst}",
            cure="`python -m training skew` lists each. Usual causes: events that came late, a history that is shorter than the features' windows",
        )
    if len(found.unmade) > max(10, MISSING * len(found.logged)):
        yield Finding(
            check="skew",
            what=f"{len(found.unmade):,} of {len(found.logged):,} logged decisions are not made from this history",
            cure="Give the check the campaigns that were in force (`campaigns`), and a history from before the first decision",
        )


def from_topic(brokers: str, topic: str) -> dict[Key, Logged]:
    """The decisions of a topic up to its present end. Raises KafkaUnavailable, NotFound, or HistoryError for what is no decision."""
    from jobs.read_to_end import read_to_end

    reader, found = consumer(brokers, [topic]), dict[Key, Logged]()
    try:
        for records in read_to_end(reader):
            for record in records:
                if record.value:
                    each = msgspec.json.decode(record.value, type=Logged)
                    found[each.decision_id, each.attempt] = each
    except msgspec.MsgspecError as error:
        problem = f"topic {topic} holds something that is no decision: {error}"
        raise HistoryError(problem) from error
    finally:
        reader.close()
    return found
