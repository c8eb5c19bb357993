"""How long a message is of use: a campaign's `send: {expires: …}`."""

from udfs.core.policy.case import Case, Closed
from udfs.core.records import Reason


def check(case: Case, _: str | None) -> Closed | None:
    """Whether the message is no longer of use."""
    age, lives = case.now - case.asked, case.campaign.expires
    if age < lives:
        return None
    detail = f"{age} ms after its trigger, and it lives {lives} ms"
    if Reason.ANOMALY_HELD in case.deferred_by:
        return Closed(Reason.EXPIRED, f"{detail}: it was held as out of line", ({"age": age, "lives": lives, "held_since": case.since},), "drop")
    return Closed(Reason.EXPIRED, detail, ({"age": age, "lives": lives},), "drop")
