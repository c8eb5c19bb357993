"""What would have had to be different: a sentence for each thing that spoke against a decision, with its figures."""

from collections.abc import Callable, Mapping, Sequence

from services.explain.case import Case
from services.explain.consents import no_consent, unreachable, unsubscribed
from services.explain.context import Context
from services.explain.room import cap_reached, quiet_hours, throttled
from services.explain.source import Json
from services.explain.words import span, spelled, when
from udfs.core.records import Reason
from udfs.core.values import chance


def otherwise(decision: Json, context: Context) -> list[str]:
    """Say it for the reason, then for each channel that was closed; what closed several alike is said once."""
    reason = (str(decision["reason"]), str(decision.get("detail") or ""))
    closed: dict[tuple[str, str], list[str]] = {}
    facts: dict[tuple[str, str], Sequence[Json]] = {reason: decision.get("facts") or []}
    for each in decision.get("against") or []:
        said = str(each["reason"]), str(each["detail"] or "")
        closed.setdefault(said, []).append(str(each["channel"]))
        facts[said] = each.get("facts") or []
    told = [] if reason in closed else [_sentence(reason, facts[reason], decision, "", context)]
    for said, channels in sorted(closed.items(), key=lambda each: each[0] != reason):
        alone = channels[0] if len(channels) == 1 else ""
        sentence = _sentence(said, facts[said], decision, alone, context)
        everywhere = len(channels) > 1 and len(closed) == 1 and said == reason
        told.append(sentence if everywhere else f"By {' and '.join(channels)}: {sentence}")
    return told


def _sentence(said: tuple[str, str], facts: Sequence[Json], decision: Json, channel: str, context: Context) -> str:
    reason, detail = said
    if reason not in SENTENCES:
        return f"{reason} is not known to this version of Kairos: {spelled(detail)}"
    return SENTENCES[Reason(reason)](Case(decision, detail, facts, channel, context))


def _eligible(case: Case) -> str:
    condition, ways = case.campaign.get("when"), case.ways
    stops = [f"{case.exits} come before {case.now}"] if case.exits and case.waited else []
    stops += [f"`{condition}` not held{' when the journey was entered' if ways else ''}"] if condition else []
    stops += ways[0].stops if len(ways) == 1 else ["its run gone none of the ways above"] if ways else []
    return f"Nothing: it went out. It would have stayed had {', had '.join([*stops, 'one of the filters above spoken against it'])}."


def _eligibility(case: Case) -> str:
    condition = f"`{case.campaign['when']}`" if case.campaign.get("when") else "the campaign's condition"
    return f"At {case.now}, when it came back, {condition} would have had to hold still."


def _entry_blocked(case: Case) -> str:
    entry = case.campaign.get("entry")
    rule = f" ({', '.join(f'{key}: {value}' for key, value in entry.items())})" if entry else ""
    return f"No other message of {case.name} to {case.user} before {case.now}, while this one was deferred: the entry was used up{rule}."


def _exited(case: Case) -> str:
    return f"No {case.fact.get('event') or case.detail or case.exits or 'exit event'} at {case.now}, while it was deferred."


def _suppressed(case: Case) -> str:
    if rests := case.fact:
        of = {"campaign": f"of {case.name}", "tag": "of its tags", "channel": f"by {case.channel or 'that channel'}"}.get(
            rests["scope"], "of any campaign"
        )
        return f"One message {rests['kind']} less {of} (the rule rests after {rests['count']}), or a decision at {when(rests['until'])} or later."
    return f"No rest after rejection: {spelled(case.detail)}."


def _holdout(case: Case) -> str:
    holdout = case.policy.get("holdout") or {}
    if not holdout:
        return f"{case.user} is in the global holdout, drawn by hash: only another epoch, a smaller share or an exempt tag lets anything out."
    lot = chance.lot(f"holdout:{holdout['epoch']}", case.user)
    drawn = f"{case.user} draws {lot:.4f} in epoch {holdout['epoch']}"
    return f"A holdout of at most {lot:.2%}: {drawn}, and who draws less than the share, {holdout.get('share', '5%')}, is held out of everything."


def _control(case: Case) -> str:
    lot = chance.lot(f"control:{case.name}", case.user)
    share = f", {case.campaign['control']}," if case.campaign.get("control") else ""
    drawn = f"{case.user} draws {lot:.4f}, and who draws less than the share{share} is in the control group of {case.name}"
    return f"A control group of at most {lot:.2%}: {drawn}."


def _stale(case: Case) -> str:
    age = case.policy.get("trigger_max_age", "72h")
    return f"The event that triggered would have had to arrive within {age} after it happened (`trigger_max_age` of the policy)."


def _expired(case: Case) -> str:
    if late := case.fact:
        age, lives, asked = late["age"], late["lives"], "its step was reached" if case.ways else "its trigger"
        return f"A decision {span(age - lives) if age > lives else 'a moment'} earlier: it came {span(age)} after {asked}, and lives {span(lives)}."
    return f"An earlier decision, or a longer `send: {{expires: …}}` in {case.name}."


def _switched_off(case: Case) -> str:
    switch, why = case.fact.get("switch"), case.fact.get("why")
    if not switch:
        told = f" ({spelled(case.detail)})" if case.detail else ""
        return f"{case.name} would have had to be live at {case.now}{told}: `kairos audit {case.name}` tells who paused or removed it."
    return (
        f"{switch} would have had to be on{f' (off for: {why})' if why else ''}; `kairos audit switch/{switch}` tells who switched it off and when."
    )


def _not_deployed(case: Case) -> str:
    channel = case.channel or "the channel"
    return f"The job would have had to be submitted for {channel} ({spelled(case.detail)}): `kairos submit --channels …,{channel}`."


def _render_failed(case: Case) -> str:
    return f"The words or the offer of {case.name} would have had to work: {spelled(case.detail)}."


def _engine_failed(case: Case) -> str:
    return f"Nothing that you can change: a mistake in Kairos itself ({spelled(case.detail)}). Please report it."


SENTENCES: Mapping[Reason, Callable[[Case], str]] = {
    Reason.ELIGIBLE: _eligible,
    Reason.ELIGIBILITY: _eligibility,
    Reason.ENTRY_BLOCKED: _entry_blocked,
    Reason.EXITED: _exited,
    Reason.NO_CONSENT: no_consent,
    Reason.UNSUBSCRIBED: unsubscribed,
    Reason.UNREACHABLE: unreachable,
    Reason.SUPPRESSED: _suppressed,
    Reason.CAP_REACHED: cap_reached,
    Reason.QUIET_HOURS: quiet_hours,
    Reason.THROTTLED: throttled,
    Reason.GLOBAL_HOLDOUT: _holdout,
    Reason.EXPERIMENT_CONTROL: _control,
    Reason.STALE_TRIGGER: _stale,
    Reason.EXPIRED: _expired,
    Reason.CHANNEL_NOT_DEPLOYED: _not_deployed,
    Reason.SWITCHED_OFF: _switched_off,
    Reason.RENDER_FAILED: _render_failed,
    Reason.ENGINE_FAILED: _engine_failed,
}
