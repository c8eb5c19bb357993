"""Decisions and their outcomes with pseudonyms instead of ids, as a job writes them with --pseudonyms: the same that the lake makes of them.

A decision and its outcomes still find each other, for both have the same hash of the decision's id. What is delivered has the id itself.
"""

from typing import Any

from msgspec.structs import replace

from udfs.core.goal_outcome import GoalOutcome
from udfs.core.records import Decision
from udfs.lake.pseudonyms import Pseudonyms
from udfs.lake.redact import Redact


class Disguise:
    """Writes with the newest key; the record says its epoch."""

    def __init__(self, known: Pseudonyms) -> None:
        self._known = known

    def __call__(self, record: Any) -> Any:
        """The record without ids; any other kind of record as it is."""
        if isinstance(record, Decision):
            return self._decision(record)
        if isinstance(record, GoalOutcome):
            known = self._known
            return replace(record, user_id=known.of(record.user_id), decision_id=known.record(record.decision_id), key_epoch=known.epoch)
        return record

    def _decision(self, record: Decision) -> Decision:
        known = self._known
        redact = Redact(known, [record.user_id], figures=True)
        return replace(
            record,
            user_id=known.of(record.user_id),
            decision_id=known.record(record.decision_id),
            trigger_event_id=None if record.trigger_event_id is None else known.record(record.trigger_event_id),
            features=redact.fields(record.features),
            detail=None if record.detail is None else redact.text(record.detail),
            facts=redact.value(record.facts),
            against=[replace(each, detail=redact.text(each.detail), facts=redact.value(each.facts)) for each in record.against],
            key_epoch=known.epoch,
        )
