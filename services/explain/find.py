"""Find what a person asks about: a decision by its id, or a customer by their key."""

import re
from dataclasses import dataclass

from services.explain.decision_log import DecisionLog, Json
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean

DECISION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class NotDecided(NotFound):
    """There is no such decision or customer. The message says where to look."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Decisions, oldest first: the attempts of one decision, or everything about a customer."""

    user: str | None
    """The customer that was asked about; None if it was a decision."""
    decisions: list[Json]

    @property
    def attempts(self) -> list[Json]:
        """All attempts of the last decision."""
        last = self.decisions[-1]["decision_id"]
        return sorted((each for each in self.decisions if each["decision_id"] == last), key=lambda each: each["attempt"])


def find(log: DecisionLog, what: str) -> Found:
    """Look up a customer in one partition, or a decision in all of them. Raises NotDecided."""
    if not DECISION.fullmatch(what) and (mine := log.of_user(what)):
        return Found(user=what, decisions=_in_order(mine))
    found = log.naming(what)  # an id, or a customer whose records are in another partition because partitions were added
    if attempts := [each for each in found if each["decision_id"] == what]:
        return Found(user=None, decisions=_in_order(attempts))
    if found:
        return Found(user=what, decisions=_in_order(found))
    near = did_you_mean(what, log.names)
    message = f"neither a decision nor a customer {what!r} in {log}{f': {near}' if near else ''}"
    hint = (
        "A customer's key is the user id, else the anonymous id. If a campaign's condition does not hold, or its entry is blocked, no decision is "
        f"written; it is only counted. {log.advice(what)}"
    )
    raise NotDecided(message, hint)


def _in_order(decisions: list[Json]) -> list[Json]:
    return sorted(decisions, key=lambda each: (each["at"], each["attempt"]))
