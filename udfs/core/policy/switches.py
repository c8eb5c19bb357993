"""Switches: everything, a campaign or a channel that somebody has switched off."""

from udfs.core.policy.case import Case, Closed
from udfs.core.records import Reason


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether the channel is switched off; for the whole candidate: everything, or its campaign."""
    if not case.switches:
        return None
    for switch in (f"channel/{channel}",) if channel is not None else ("all", f"campaign/{case.campaign.name}"):
        if switch in case.switches:
            why = case.switches[switch]
            return Closed(Reason.SWITCHED_OFF, f"{switch}: {why}".removesuffix(": "), ({"switch": switch, "why": why},))
    return None
