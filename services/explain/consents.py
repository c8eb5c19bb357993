"""What would have had to be different where consent or an address was missing. docs/policy.md says what lifts each refusal."""

from services.explain.objection import Objection
from services.explain.words import spelled, when
from udfs.core.policy.consent import SPOKEN
from udfs.core.policy.reach import ADDRESS
from udfs.core.policy.rules import MARKETING


def no_consent(objection: Objection) -> str:
    """Consent was never given, was withdrawn, or is denied by default."""
    purpose = objection.fact.get("purpose") or objection.detail.partition(":")[0] or MARKETING
    if at := objection.fact.get("denied_at"):
        return f"No denial of {purpose} at {when(at)} ({objection.fact['source']}){objection.after(at, 'a `consent_given` for it')}."
    return f"A `consent_given` for {purpose} before {objection.now}, or `consent: {{default: {{{purpose}: grant}}}}` in the policy."


def unsubscribed(objection: Objection) -> str:
    """The customer unsubscribed from one channel, or from all."""
    if not objection.fact:
        return f"A `subscribed`{objection.by} before {objection.now}."
    at, source, only = (
        objection.fact["denied_at"],
        objection.fact["source"],
        objection.fact.get("channel"),
    )  # a channel that was left alone, or a purpose
    purpose = str(objection.campaign.get("purpose") or MARKETING) if only else objection.fact["purpose"]
    by = f" by {only}" if only else "" if purpose != MARKETING else objection.by
    no = f"No `{source}` at {when(at)}" if source in SPOKEN else f"No denial of {only or purpose} at {when(at)} ({source})"
    if source == "message_complained":
        both = f"both a `subscribed`{by} and, because a complaint closes the channel too, what opens it again: {opening(only or objection.channel)},"
        return f"{no}{objection.after(at, both)}."
    said_so = purpose == MARKETING or source == "unsubscribed"  # consent to another purpose, withdrawn by name, is given by name
    return f"{no}{objection.after(at, f'a `subscribed`{by}' if said_so else f'a `consent_given` for {purpose}{by}')}."


def unreachable(objection: Objection) -> str:
    """The channel does not reach the customer."""
    if at := objection.fact.get("bounced_at"):
        return f"No bounce or complaint at {when(at)}{f', or after it {opening(objection.channel)}' if at < objection.at else ''}."
    if trait := objection.fact.get("address"):
        return f"An address: the trait `{trait}`, by an `identify` event."
    return f"The trait {spelled(objection.detail.partition(': ')[2]) or f'{objection.channel}_reachable'} would have had to be different."


def opening(channel: str) -> str:
    """What opens a channel again after a bounce or a complaint."""
    address = f"a new address (another trait `{ADDRESS[channel]}`), " if channel in ADDRESS else ""
    return f"{address}`{channel}_reachable: true` or a message that was delivered"
