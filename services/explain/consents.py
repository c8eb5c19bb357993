"""What would have had to be different where consent or an address was missing: what lifts each word, by docs/policy.md."""

import re

from services.explain.case import Case
from services.explain.words import spelled, when
from udfs.core.policy.consent import SPOKEN
from udfs.core.policy.reach import ADDRESS
from udfs.core.policy.rules import MARKETING

_DENIED = re.compile(r"(?P<what>[^:]+): denied at (?P<at>\d+) by (?P<source>.*)", re.DOTALL)
_BOUNCED = re.compile(r"bounced or complained at (?P<at>\d+)")


def no_consent(case: Case) -> str:
    """Never given, withdrawn, or denied by default."""
    purpose = case.detail.partition(":")[0] or MARKETING
    if denied := _DENIED.search(case.detail):
        at = int(denied["at"])
        return f"No denial of {purpose} at {when(at)} ({denied['source']}){case.after(at, 'a `consent_given` for it')}."
    return f"A `consent_given` for {purpose} before {case.now}, or `consent: {{default: {{{purpose}: grant}}}}` in the policy."


def unsubscribed(case: Case) -> str:
    """A channel was left, or all of them."""
    denied = _DENIED.search(case.detail)
    if denied is None:
        return f"A `subscribed`{case.by} before {case.now}."
    at, source, only = int(denied["at"]), denied["source"], _only(case, denied["what"])
    purpose = str(case.campaign.get("purpose") or MARKETING) if only else denied["what"]
    by = f" by {only}" if only else "" if purpose != MARKETING else case.by
    no = f"No `{source}` at {when(at)}" if source in SPOKEN else f"No denial of {only or purpose} at {when(at)} ({source})"
    if source == "message_complained":
        both = f"both a `subscribed`{by} and, for a complaint closes the channel too, what opens it again: {opening(only or case.channel)},"
        return f"{no}{case.after(at, both)}."
    said_so = purpose == MARKETING or source == "unsubscribed"  # another purpose that was withdrawn by name is given by name
    return f"{no}{case.after(at, f'a `subscribed`{by}' if said_so else f'a `consent_given` for {purpose}{by}')}."


def _only(case: Case, what: str) -> str:
    """The channel, if it was one alone that was left, for which a word about all of them does not speak; else empty: then `what` is a purpose."""
    channels = {case.decision.get("channel"), *(each["channel"] for each in case.decision.get("against") or [])} - {None}
    return what if (what in channels if channels else what != (case.campaign.get("purpose") or MARKETING)) else ""


def unreachable(case: Case) -> str:
    """Nothing arrives by this channel."""
    if bounced := _BOUNCED.search(case.detail):
        at = int(bounced["at"])
        return f"No bounce or complaint at {when(at)}{f', or after it {opening(case.channel)}' if at < case.at else ''}."
    return f"The trait {spelled(case.detail.partition(': ')[2]) or f'{case.channel}_reachable'} would have had to be otherwise."


def opening(channel: str) -> str:
    """What opens a channel on which a message bounced, or about which somebody complained."""
    address = f"a new address (another trait `{ADDRESS[channel]}`), " if channel in ADDRESS else ""
    return f"{address}`{channel}_reachable: true` or a message that was delivered"
