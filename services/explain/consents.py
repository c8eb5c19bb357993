"""What would have had to be different where consent or an address was missing: what lifts each word, by docs/policy.md."""

from services.explain.case import Case
from services.explain.words import spelled, when
from udfs.core.policy.consent import SPOKEN
from udfs.core.policy.reach import ADDRESS
from udfs.core.policy.rules import MARKETING


def no_consent(case: Case) -> str:
    """Never given, withdrawn, or denied by default."""
    purpose = case.fact.get("purpose") or case.detail.partition(":")[0] or MARKETING
    if at := case.fact.get("denied_at"):
        return f"No denial of {purpose} at {when(at)} ({case.fact['source']}){case.after(at, 'a `consent_given` for it')}."
    return f"A `consent_given` for {purpose} before {case.now}, or `consent: {{default: {{{purpose}: grant}}}}` in the policy."


def unsubscribed(case: Case) -> str:
    """A channel was left, or all of them."""
    if not case.fact:
        return f"A `subscribed`{case.by} before {case.now}."
    at, source, only = case.fact["denied_at"], case.fact["source"], case.fact.get("channel")  # a channel that was left alone, or a purpose
    purpose = str(case.campaign.get("purpose") or MARKETING) if only else case.fact["purpose"]
    by = f" by {only}" if only else "" if purpose != MARKETING else case.by
    no = f"No `{source}` at {when(at)}" if source in SPOKEN else f"No denial of {only or purpose} at {when(at)} ({source})"
    if source == "message_complained":
        both = f"both a `subscribed`{by} and, for a complaint closes the channel too, what opens it again: {opening(only or case.channel)},"
        return f"{no}{case.after(at, both)}."
    said_so = purpose == MARKETING or source == "unsubscribed"  # another purpose that was withdrawn by name is given by name
    return f"{no}{case.after(at, f'a `subscribed`{by}' if said_so else f'a `consent_given` for {purpose}{by}')}."


def unreachable(case: Case) -> str:
    """Nothing arrives by this channel."""
    if at := case.fact.get("bounced_at"):
        return f"No bounce or complaint at {when(at)}{f', or after it {opening(case.channel)}' if at < case.at else ''}."
    return f"The trait {spelled(case.detail.partition(': ')[2]) or f'{case.channel}_reachable'} would have had to be otherwise."


def opening(channel: str) -> str:
    """What opens a channel on which a message bounced, or about which somebody complained."""
    address = f"a new address (another trait `{ADDRESS[channel]}`), " if channel in ADDRESS else ""
    return f"{address}`{channel}_reachable: true` or a message that was delivered"
