"""What would have had to be different: a sentence for each thing that spoke against a decision, with its figures."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.explain.context import Context, clock, duration, span, spelled, when
from services.explain.source import Json
from udfs.core import chance
from udfs.core.records import Reason

_CAP = re.compile(r"(?P<id>.+?): (?P<counted>\d+) of (?P<most>\d+) (?:within (?P<within>\w+)|per (?P<per>\w+))(?:, the last at (?P<last>\d+))?")
_RESTS = re.compile(r"(?P<count>\d+) (?P<kind>\w+), scope (?P<scope>\w+): rests until (?P<until>\d+)")
_DENIED = re.compile(r"(?P<what>[^:]+): denied at (?P<at>\d+) by (?P<source>.*)")
_LATE = re.compile(r"(?P<age>\d+) ms after its trigger, and it lives (?P<lives>\d+) ms")
_BOUNCED = re.compile(r"bounced or complained at (?P<at>\d+)")


def otherwise(decision: Json, context: Context) -> list[str]:
    """Say it for the reason, then for each channel that was closed."""
    told = [_sentence(str(decision["reason"]), decision, str(decision.get("detail") or ""), "", context)]
    for each in decision.get("against") or []:
        sentence = _sentence(str(each["reason"]), decision, str(each["detail"]), str(each["channel"]), context)
        if each["reason"] == decision["reason"] and each["detail"] == decision.get("detail"):
            told[0] = f"By {each['channel']}: {sentence}"
        else:
            told.append(f"By {each['channel']}: {sentence}")
    return told


def _sentence(reason: str, decision: Json, detail: str, channel: str, context: Context) -> str:
    if reason not in SENTENCES:
        return f"{reason} is not known to this version of Kairos: {spelled(detail)}"
    return SENTENCES[Reason(reason)](_Case(decision, detail, channel, context))


class _Case:
    """One reason against one decision."""

    def __init__(self, decision: Json, detail: str, channel: str, context: Context) -> None:
        self.decision, self.detail, self.channel, self.context = decision, detail, channel, context
        self.at, self.user, self.name = int(decision["at"]), str(decision["user_id"]), str(decision["campaign"])
        self.campaign: Mapping[str, Any] = context.campaign(decision)
        self.policy: Mapping[str, Any] = context.policy(decision)

    @property
    def now(self) -> str:
        return when(self.at)

    @property
    def exits(self) -> str:
        """The events that cancel, in words."""
        trigger = self.campaign.get("trigger")
        unless = trigger.get("unless") if isinstance(trigger, Mapping) else None
        return " or ".join([unless] if isinstance(unless, str) else unless or [])


def _eligible(case: _Case) -> str:
    stops = [f"{case.exits} come before {case.now}"] if case.exits else []
    stops += [f"`{case.campaign['when']}` not held"] if case.campaign.get("when") else []
    return f"Nothing: it went out. It would have stayed had {', had '.join([*stops, 'one of the filters above spoken against it'])}."


def _eligibility(case: _Case) -> str:
    condition = f"`{case.campaign['when']}`" if case.campaign.get("when") else "the campaign's condition"
    return f"At {case.now}, when it came back, {condition} would have had to hold still."


def _entry_blocked(case: _Case) -> str:
    entry = case.campaign.get("entry")
    rule = f" ({', '.join(f'{key}: {value}' for key, value in entry.items())})" if entry else ""
    return f"No other message of {case.name} to {case.user} before {case.now}, while this one was deferred: the entry was used up{rule}."


def _exited(case: _Case) -> str:
    return f"No {case.detail or case.exits or 'exit event'} at {case.now}, while it was deferred."


def _no_consent(case: _Case) -> str:
    purpose = case.detail.partition(":")[0] or "marketing"
    if denied := _DENIED.search(case.detail):
        return (
            f"No denial of {purpose} at {when(int(denied['at']))} ({denied['source']}), or a `consent_given` for it after that and before {case.now}."
        )
    return f"A `consent_given` for {purpose} before {case.now}, or `consent: {{default: {{{purpose}: grant}}}}` in the policy."


def _unsubscribed(case: _Case) -> str:
    channel = f" by {case.channel}" if case.channel else ""
    if denied := _DENIED.search(case.detail):
        source = denied["source"]
        return f"No `{source}` at {when(int(denied['at']))}, or a `subscribed`{channel} after that and before {case.now}."
    return f"A `subscribed`{channel} before {case.now}."


def _unreachable(case: _Case) -> str:
    if bounced := _BOUNCED.search(case.detail):
        at = when(int(bounced["at"]))
        return f"No bounce or complaint at {at}, or after it a new address, `{case.channel}_reachable: true` or a message that was delivered."
    return f"The trait {spelled(case.detail.partition(': ')[2]) or f'{case.channel}_reachable'} would have had to be otherwise."


def _suppressed(case: _Case) -> str:
    if rests := _RESTS.search(case.detail):
        of = {"campaign": f"of {case.name}", "tag": "of its tags", "channel": f"by {case.channel}"}.get(rests["scope"], "of any campaign")
        return (
            f"One message {rests['kind']} less {of} (the rule rests after {rests['count']}), or a decision at {when(int(rests['until']))} or later."
        )
    return f"No rest after rejection: {spelled(case.detail)}."


def _cap_reached(case: _Case) -> str:
    full = _CAP.search(case.detail)
    if full is None:
        return f"Room in the cap: {spelled(case.detail)}."
    counted, most = int(full["counted"]), int(full["most"])
    if most == 0:
        return f"The cap {full['id']} lets nothing through: its max would have had to be above 0."
    less, messages = counted - most + 1, "message" if counted == most else "messages"
    by = f" by {case.channel}" if case.channel else ""
    if within := duration(full["within"]):
        window, since = f"within {full['within']}", f"since {when(case.at - within)}"
    else:
        window, since = f"per {full['per']}", f"since the {full['per']} began where {case.user} lives"
    last = f"; the last was at {when(int(full['last']))}" if full["last"] else ""
    number = "One" if less == 1 else str(less)
    return f"{number} {messages} less{by} {since} (cap {full['id']}: {most} {window}{last}), or a max of {counted + 1}."


def _quiet_hours(case: _Case) -> str:
    hours = case.policy.get("quiet_hours") or {}
    window = f"outside {hours['from']} to {hours['to']}" if {"from", "to"} <= hours.keys() else "outside quiet hours"
    try:
        there = f"it was {clock(case.at, ZoneInfo(case.detail))} in {case.detail}"
    except (ZoneInfoNotFoundError, ValueError):
        return "A known time zone (the trait timezone, or context.timezone of an event), or another `fallback` than strictest in the policy."
    return f"A decision {window} by the customer's clock: {there}."


def _throttled(case: _Case) -> str:
    return f"Fewer messages to all customers together just then, or more throughput in the policy: {spelled(case.detail)}."


def _holdout(case: _Case) -> str:
    holdout = case.policy.get("holdout") or {}
    if not holdout:
        return f"{case.user} is in the global holdout, drawn by hash: only another epoch, a smaller share or an exempt tag lets anything out."
    lot = chance.lot(f"holdout:{holdout['epoch']}", case.user)
    drawn = f"{case.user} draws {lot:.4f} in epoch {holdout['epoch']}"
    return f"A holdout of at most {lot:.2%}: {drawn}, and who draws less than the share, {holdout.get('share', '5%')}, is held out of everything."


def _control(case: _Case) -> str:
    lot = chance.lot(f"control:{case.name}", case.user)
    share = f", {case.campaign['control']}," if case.campaign.get("control") else ""
    return f"A control group of at most {lot:.2%}: {case.user} draws {lot:.4f}, and who draws less than the share{share} is a ghost of {case.name}."


def _stale(case: _Case) -> str:
    age = case.policy.get("trigger_max_age", "72h")
    return f"The event that triggered would have had to arrive within {age} after it happened (`trigger_max_age` of the policy)."


def _expired(case: _Case) -> str:
    if late := _LATE.search(case.detail):
        age, lives = int(late["age"]), int(late["lives"])
        return (
            f"A decision {span(age - lives) if age > lives else 'a moment'} earlier: it came {span(age)} after its trigger, and lives {span(lives)}."
        )
    return f"An earlier decision, or a longer `send: {{expires: …}}` in {case.name}."


def _switched_off(case: _Case) -> str:
    switch, _, why = case.detail.partition(": ")
    if switch != "all" and "/" not in switch:
        return f"{case.name} would have had to be live at {case.now}: `kairos audit {case.name}` tells who paused or removed it."
    return (
        f"{switch} would have had to be on{f' (off for: {why})' if why else ''}; `kairos audit switch/{switch}` tells who switched it off and when."
    )


def _render_failed(case: _Case) -> str:
    return f"The words or the offer of {case.name} would have had to work: {spelled(case.detail)}."


def _engine_failed(case: _Case) -> str:
    return f"Nothing that you can change: a mistake in Kairos itself ({spelled(case.detail)}). Please report it."


SENTENCES: Mapping[Reason, Callable[[_Case], str]] = {
    Reason.ELIGIBLE: _eligible,
    Reason.ELIGIBILITY: _eligibility,
    Reason.ENTRY_BLOCKED: _entry_blocked,
    Reason.EXITED: _exited,
    Reason.NO_CONSENT: _no_consent,
    Reason.UNSUBSCRIBED: _unsubscribed,
    Reason.UNREACHABLE: _unreachable,
    Reason.SUPPRESSED: _suppressed,
    Reason.CAP_REACHED: _cap_reached,
    Reason.QUIET_HOURS: _quiet_hours,
    Reason.THROTTLED: _throttled,
    Reason.GLOBAL_HOLDOUT: _holdout,
    Reason.EXPERIMENT_CONTROL: _control,
    Reason.STALE_TRIGGER: _stale,
    Reason.EXPIRED: _expired,
    Reason.SWITCHED_OFF: _switched_off,
    Reason.RENDER_FAILED: _render_failed,
    Reason.ENGINE_FAILED: _engine_failed,
}
