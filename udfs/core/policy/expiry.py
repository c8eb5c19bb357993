"""How long a message is of use: a campaign's `send: {expires: …}`."""

from udfs.core.policy.case import Case, Closed
from udfs.core.records import Reason


def check(case: Case, _: str | None) -> Closed | None:
    """Whether the message is no longer of use."""
    age, lives = case.now - case.asked, case.campaign.expires
    if age < lives:
        return None
    return Closed(Reason.EXPIRED, f"{age} ms after its trigger, and it lives {lives} ms", ({"age": age, "lives": lives},), "drop")
