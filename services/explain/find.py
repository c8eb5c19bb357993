"""What a person asks about: a decision by its id, or a customer by their key."""

import re
from dataclasses import dataclass

from services.explain.source import Json, Source
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean

DECISION = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class NotDecided(NotFound):
    """There is no such decision or customer; the message says where to look."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """Decisions, oldest first. Of one decision its attempts, of a customer everything."""

    user: str | None
    """The customer who was asked about; None when it was one decision."""
    decisions: list[Json]

    @property
    def attempts(self) -> list[Json]:
        """All attempts of the last decision."""
        last = self.decisions[-1]["decision_id"]
        return sorted((each for each in self.decisions if each["decision_id"] == last), key=lambda each: each["attempt"])


def find(source: Source, what: str) -> Found:
    """Look up a decision or a customer: a customer in one partition, a decision in all of them. Raises NotDecided."""
    if not DECISION.fullmatch(what) and (mine := source.of_user(what)):
        return Found(user=what, decisions=_in_order(mine))
    found = source.naming(what)  # an id; or a customer whose records are elsewhere, for the topic was given more partitions
    if attempts := [each for each in found if each["decision_id"] == what]:
        return Found(user=None, decisions=_in_order(attempts))
    if found:
        return Found(user=what, decisions=_in_order(found))
    hint = did_you_mean(what, source.names) or "`kairos tail decisions --from earliest --no-follow` lists what was decided"
    message = (
        f"neither a decision nor a customer {what!r} in {source}: {hint}. A customer's key is the user id, else the anonymous id. "
        "Where a campaign's condition does not hold or its entry is blocked nothing is written, it is only counted"
    )
    raise NotDecided(message)


def _in_order(decisions: list[Json]) -> list[Json]:
    return sorted(decisions, key=lambda each: (each["at"], each["attempt"]))
