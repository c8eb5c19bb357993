"""What would have had to be different for another decision: a sentence for each objection, with its figures."""

from collections.abc import Callable, Mapping, Sequence

from services.explain.consents import no_consent, unreachable, unsubscribed
from services.explain.context import Context
from services.explain.decision_log import Json
from services.explain.objection import Objection
from services.explain.room import cap_reached, quiet_hours, send_time, throttled
from services.explain.words import span, spelled, when
from udfs.core.records import Reason
from udfs.core.values import chance


def otherwise(decision: Json, context: Context, recall: Json | None = None) -> list[str]:
    """A sentence for the reason, then one for each closed channel. Channels that are closed for the same reason share one. Of a message that was
    recalled (`recall`) it is what would have let it go out."""
    if recall is not None:
        return [f"No {recall.get('detail') or recall['reason']} at {when(recall['at'])}, or a receipt before it: the message was recalled then."]
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
    return SENTENCES[Reason(reason)](Objection(decision, detail, facts, channel, context))


def _eligible(objection: Objection) -> str:
    condition, ways = objection.campaign.get("when"), objection.ways
    stops = [f"{objection.exits} come before {objection.now}"] if objection.exits and objection.waited else []
    stops += [f"`{condition}` not held{' when the journey was entered' if ways else ''}"] if condition else []
    stops += ways[0].stops if len(ways) == 1 else ["its run taken none of the ways above"] if ways else []
    told = f"{', had '.join(stops)}, or had " if stops else ""
    return f"Nothing: it went out. It would not have gone out had {told}one of the filters above stopped it."


def _eligibility(objection: Objection) -> str:
    condition = f"`{objection.campaign['when']}`" if objection.campaign.get("when") else "the campaign's condition"
    return f"At {objection.now}, when it was decided again, {condition} would have had to hold still."


def _entry_blocked(objection: Objection) -> str:
    entry = objection.campaign.get("entry")
    rule = f" ({', '.join(f'{key}: {value}' for key, value in entry.items())})" if entry else ""
    return (
        f"No other message of {objection.name} to {objection.user} before {objection.now}, while this one was deferred: the entry was used up{rule}."
    )


def _exited(objection: Objection) -> str:
    event = objection.fact.get("event") or objection.detail or objection.exits or "exit event"
    if not objection.decision.get("attempt"):  # it was never put off
        return f"No {event} that was read before its trigger and happened at the same time or later."
    return f"No {event} at {objection.now}, while it was deferred."


def _suppressed(objection: Objection) -> str:
    if rests := objection.fact:
        of = {"campaign": f"of {objection.name}", "tag": "of its tags", "channel": f"by {objection.channel or 'that channel'}"}.get(
            rests["scope"], "of any campaign"
        )
        return f"One message {rests['kind']} less {of} (the rule rests after {rests['count']}), or a decision at {when(rests['until'])} or later."
    return f"No rest after rejection: {spelled(objection.detail)}."


def _holdout(objection: Objection) -> str:
    holdout = objection.policy.get("holdout") or {}
    if not holdout:
        return f"{objection.user} is in the global holdout, drawn by hash: only another epoch, a smaller share or an exempt tag lets anything out."
    lot = chance.lot(f"holdout:{holdout['epoch']}", objection.user)
    drawn = f"{objection.user} draws {lot:.4f} in epoch {holdout['epoch']}"
    return f"A holdout of at most {lot:.2%}: {drawn}, and who draws less than the share, {holdout.get('share', '5%')}, is held out of everything."


def _control(objection: Objection) -> str:
    lot = chance.lot(f"control:{objection.name}", objection.user)
    share = f", {objection.campaign['control_group']}," if objection.campaign.get("control_group") else ""
    drawn = f"{objection.user} draws {lot:.4f}, and who draws less than the share{share} is in the control group of {objection.name}"
    return f"A control group of at most {lot:.2%}: {drawn}."


def _stale(objection: Objection) -> str:
    age = objection.policy.get("trigger_max_age", "72h")
    return f"The event that triggered would have had to arrive within {age} after it happened (`trigger_max_age` of the policy)."


def _expired(objection: Objection) -> str:
    if late := objection.fact:
        age, lives, asked = late["age"], late["lives"], "its step was reached" if objection.ways else "its trigger"
        return f"A decision {span(age - lives) if age > lives else 'a moment'} earlier: it came {span(age)} after {asked}, and lives {span(lives)}."
    return f"An earlier decision, or a longer `send: {{expires: …}}` in {objection.name}."


def _switched_off(objection: Objection) -> str:
    switch, why = objection.fact.get("switch"), objection.fact.get("why")
    if not switch:
        told = f" ({spelled(objection.detail)})" if objection.detail else ""
        return f"{objection.name} would have had to be live at {objection.now}{told}: `kairos audit {objection.name}` says who paused or removed it."
    return f"{switch} would have had to be on{f' (off for: {why})' if why else ''}; `kairos audit switch/{switch}` says who switched it off and when."


def _not_deployed(objection: Objection) -> str:
    channel = objection.channel or "the channel"
    return f"The job would have had to be submitted for {channel} ({spelled(objection.detail)}): `kairos submit --channels …,{channel}`."


def _render_failed(objection: Objection) -> str:
    return f"The content or the offer of {objection.name} would have had to be valid: {spelled(objection.detail)}."


def _engine_failed(objection: Objection) -> str:
    return f"Nothing that you can change: a bug in Kairos itself ({spelled(objection.detail)}). Please report it."


def _erased(objection: Objection) -> str:
    return "Nothing: the customer was erased, and with that everything ended."


def _not_interested(objection: Objection) -> str:
    about, name = objection.fact.get("about", "it"), objection.fact.get("name", "")
    return f"The customer would have had to be interested in the {about} {name}: an event `interested` takes the word back."


def _nothing_chosen(objection: Objection) -> str:
    return f"A message of {objection.name} would have had to bring more than it costs, or to be drawn by the share that explores (`choose: uplift`)."


def _anomaly_held(objection: Objection) -> str:
    fact = objection.fact
    if fact.get("dropped_at"):
        return f"A person would not have had to drop what was held of {objection.name} ({spelled(objection.detail)})."
    what = f"The offer{objection.by}" if fact.get("about") == "offer" else objection.name
    return f"{what} would have had to be as usual ({spelled(objection.detail)}), or released: `kairos held release {objection.name}`."


SENTENCES: Mapping[Reason, Callable[[Objection], str]] = {
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
    Reason.ERASED: _erased,
    Reason.NOT_INTERESTED: _not_interested,
    Reason.NOTHING_CHOSEN: _nothing_chosen,
    Reason.SEND_TIME: send_time,
    Reason.ANOMALY_HELD: _anomaly_held,
}
