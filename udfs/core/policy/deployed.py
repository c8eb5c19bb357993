"""Channels that the job was submitted for."""

from udfs.core.policy.case import Case, Closed
from udfs.core.records import Reason
from udfs.core.values.problems import MAX_MESSAGE, short


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether this deployment does not have the channel."""
    if case.deployed is None or channel in case.deployed:
        return None
    deployed = ", ".join(sorted(case.deployed)) or "none"
    detail = short(f"{channel}: deployed are {deployed}", MAX_MESSAGE)
    return Closed(Reason.CHANNEL_NOT_DEPLOYED, detail, ({"deployed": short(deployed, MAX_MESSAGE)},))
