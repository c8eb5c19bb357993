"""The engine as a player: the same records through the codec and the engine that the job runs, one customer's state after the other."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from services.documents.files import features_for
from services.local.job import LocalJob
from services.replay.records import Record
from tests.builders import control
from tests.world_oracle.duel import CAMPAIGNS
from tests.world_oracle.player import Decision, Recall, Verdict
from tests.world_oracle.worlds import World
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.records import Decision as Decided
from udfs.core.records import Recall as Recalled
from udfs.core.records import Rejection

HEARTBEAT = b"heartbeat"


class Engine:
    """The product, told record by record."""

    def __init__(self, documents: Iterable[Mapping[str, object]], rules: Mapping[str, object] | None) -> None:
        self._job = LocalJob(_book(msgspec.json.encode([*documents]), msgspec.json.encode(rules)))
        self._verdicts: list[list[Verdict]] = []
        self._decisions: list[Decision] = []
        self._recalls: list[Recall] = []
        self._acted: dict[str, Decided] = {}
        self._last = 0

    def record(self, key: bytes, value: bytes, at: int) -> None:
        """A record arrives."""
        self._last = at
        if value == HEARTBEAT:  # the job reads them apart, and only time moves on
            self._verdicts.append([])
            return
        before = dict(self._job.engine.counts)
        outputs = self._job.take(Record(at, key, value))
        after = self._job.engine.counts
        refused = [Verdict(at=at, accepted=False, why=each.reason) for each in outputs if isinstance(each, Rejection) and not each.accepted]
        repeated = after["duplicates"] - before["duplicates"]
        taken = after["events"] - before["events"]
        accepted = [Verdict(at=at, accepted=True, duplicate=number < repeated) for number in range(taken)]
        self._verdicts.append([*accepted, *refused])
        self._hear(outputs)

    def time(self, at: int) -> None:
        """Every record before `at` has arrived."""
        for outputs in self._job.until(at - 1):
            self._hear(outputs)

    def finish(self) -> None:
        """Nothing arrives any more."""
        for outputs in self._job.until(self._last + 400 * 86_400_000):
            self._hear(outputs)

    def verdicts(self) -> list[list[Verdict]]:
        """What happened to each record."""
        return self._verdicts

    def decisions(self) -> list[Decision]:
        """All decisions so far."""
        return self._decisions

    def recalls(self) -> list[Recall]:
        """All recalls so far."""
        return self._recalls

    def profiles(self) -> dict[str, bytes]:
        """What is stored of each customer."""
        return dict(self._job.profiles)

    def _hear(self, outputs: Iterable[Any]) -> None:
        for each in outputs:
            if isinstance(each, Decided):
                self._acted[each.decision_id] = each
                self._decisions.append(
                    Decision(
                        at=each.at,
                        person=each.user_id,
                        campaign=each.campaign,
                        about=each.trigger_event_id or each.decision_id,
                        outcome=each.outcome.value,
                        reason=each.reason.value,
                        variant=each.variant,
                        channel=each.channel,
                        attempt=each.attempt,
                        deferred_until=each.deferred_until,
                    )
                )
            elif isinstance(each, Recalled):
                acted = self._acted[each.decision_id]
                about = acted.trigger_event_id or acted.decision_id
                self._recalls.append(
                    Recall(at=each.at, person=each.user_id, campaign=each.campaign, about=about, reason=each.reason.value, acted_at=acted.at)
                )


@cache
def _book(documents: bytes, rules: bytes) -> Book:
    features = features_for([]).document
    policy = msgspec.json.decode(rules)
    given = [features, *msgspec.json.decode(documents), *([policy] if policy is not None else [])]
    book = compile_book([control(document, offset=offset) for offset, document in enumerate(given)], end=len(given))
    assert not book.refused, book.refused
    return book


def engine(story: World) -> Engine:
    """The product, with the campaigns that worlds are played with."""
    return Engine(CAMPAIGNS, story.rules)
