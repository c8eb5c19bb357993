"""The whole path of a decision in words: campaign, trigger, variant, filters, figures, and what would have had to be different."""

import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from services.documents.spoken import trigger_in_words
from services.explain.context import Context
from services.explain.decision_log import Json
from services.explain.journey import way_in_words
from services.explain.otherwise import otherwise
from services.explain.scores import because_in_words, intent_in_words, scores_in_words
from services.explain.words import spelled, when
from udfs.core.campaigns.bandit import features_named
from udfs.core.policy.case import Rule
from udfs.core.policy.checks import CANDIDATE_CHECKS, CHANNEL_CHECKS
from udfs.core.values import chance

UNASKED = {"ELIGIBILITY": "its condition no longer held", "ENTRY_BLOCKED": "its entry was used up", "EXITED": "an exit event had come"}
"""Reasons that end a deferred candidate before any filter is checked."""
CONSENT = {"NO_CONSENT", "UNSUBSCRIBED"}


def story(attempts: Sequence[Json], *, action: Json | None, context: Context, recall: Json | None = None) -> dict[str, list[str]]:
    """Tell it in sections. `attempts` are of one decision, in order; `action` is what went out, if it is known, and `recall` what stopped it."""
    last = attempts[-1]
    judged = next((each for each in reversed(attempts) if each.get("features")), last)  # a candidate that ends while it is deferred has no figures
    told = {
        "decision": _decision(last),
        "campaign": [f"{last['campaign']} {last['campaign_version']}: {context.standing('campaign/' + last['campaign'], last['campaign_version'])}"],
        "trigger": _trigger(attempts[0], context),
        "journey": way_in_words(context.campaign(last), last),
        "variant": _variant(last, context.campaign(last)),
        "filters": filters(last, context.campaign(last)),
        "attempts": [_attempt(each) for each in attempts] if len(attempts) > 1 or last["outcome"] == "deferred" else [],
        "message": [*_message(action), *_recall(recall)],
        "score": _score(judged),
        "features": _features(judged, context.campaign(judged)),
        "catalogue": _catalogue(last),
        "recommended": _recommended(last),
        "versions": _versions(last, context),
        "otherwise": otherwise(last, context, recall),
    }
    return {section: lines for section, lines in told.items() if lines}


def filters(decision: Json, document: Mapping[str, Any]) -> list[str]:
    """The filters that were passed, and those that were not, for the candidate and for each channel. `document`: its campaign, if known."""
    reason, against = str(decision["reason"]), decision.get("against") or []
    if reason == "ENGINE_FAILED":
        return ["not known: the engine failed"]
    if decision.get("channel") is None:  # it ended before any filter
        if _outside(decision, document):
            return [f"the journey was not entered, so none was checked: {reason} {spelled(decision.get('detail'))}".strip()]
        return [f"none was checked: {UNASKED.get(reason) or spelled(decision.get('detail')) or reason}"]
    if reason in CONSENT and decision["attempt"] == 0 and _waits(decision, document):
        closed = [_line(f"by {each['channel']}", [], f"{each['reason']} {spelled(each['detail'])}".strip()) for each in against]
        return ["the variant waits: consent is checked before the wait, and again with all filters after it", *closed]
    if _gives(CANDIDATE_CHECKS, reason) and not against:
        return [_line("as a whole", _passed(CANDIDATE_CHECKS, reason), f"{reason} {spelled(decision.get('detail'))}".strip())]
    lines = [_line("as a whole", [rule.passed for rule in CANDIDATE_CHECKS], None)]
    for each in against:
        passed = _passed(CHANNEL_CHECKS, str(each["reason"]))
        lines.append(_line(f"by {each['channel']}", passed, f"{each['reason']} {spelled(each['detail'])}".strip()))
    chosen = decision.get("channel")
    if chosen and all(each["channel"] != chosen for each in against):
        lines.append(_line(f"by {chosen}", [rule.passed for rule in CHANNEL_CHECKS], None))
    return lines


def _gives(rules: Sequence[Rule], reason: str) -> bool:
    return any(reason in rule.reasons for rule in rules)


def _passed(rules: Sequence[Rule], reason: str) -> list[str]:
    """What the rules found that were checked before the one that gave the reason; empty if no rule gives this reason."""
    return [rule.passed for rule in takewhile(lambda rule: reason not in rule.reasons, rules)] if _gives(rules, reason) else []


def _outside(decision: Json, document: Mapping[str, Any]) -> bool:
    """Whether the customer did not enter the journey, so that nothing was to be sent yet."""
    return bool(document.get("steps")) and not decision.get("variant") and decision["reason"] in {*CONSENT, "STALE_TRIGGER"}


def _waits(decision: Json, document: Mapping[str, Any]) -> bool:
    variant = (document.get("variants") or {}).get(decision.get("variant")) or {}
    return "wait" in variant and not document.get("steps")


def _line(what: str, passed: Sequence[str], closed: str | None) -> str:
    told = [f"✓ {word}" for word in passed] + ([f"✗ {closed}"] if closed else [])
    return f"{what}: {', '.join(told)}"


def _decision(last: Json) -> list[str]:
    detail = f": {spelled(last['detail'])}" if last.get("detail") else ""
    until = f", until {when(last['deferred_until'])}" if last.get("deferred_until") else ""
    return [f"{last['decision_id']} about {last['user_id']} at {when(last['at'])}", f"{last['outcome']}, {last['reason']}{detail}{until}"]


def _trigger(first: Json, context: Context) -> list[str]:
    document = context.campaign(first)
    came = f"event {first['trigger_event_id']}" if first.get("trigger_event_id") else "time, not an event"
    words, at = f" ({trigger_in_words(document['trigger'])})" if document.get("trigger") else "", when(first["at"])
    if _outside(first, document):
        lines = [f"{came}{words}; the journey was not entered; decided at {at}"]
    else:
        began = "a step of the journey that began with " if document.get("steps") and first.get("variant") else ""
        lines = [f"{began}{came}{words}; first decided at {at}"]
    if document.get("when"):
        lines.append(
            f"its condition held: {document['when']}{', when the journey was entered' if document.get('steps') and first.get('variant') else ''}"
        )
    return lines


def _variant(last: Json, document: Mapping[str, Any]) -> list[str]:
    name, campaign = last.get("variant"), str(last["campaign"])
    known, probability = document.get("variants") or {}, last.get("probability")
    lines = []
    if name and document.get("steps") and not last.get("choice"):
        lines.append(f"{name}, which this step of the journey sends")
    elif not (last.get("choice") or {}).get("way") and "nothing" in (last.get("choice") or {}).get("probabilities", {}):
        lines.append(_by_uplift(str(name or "nothing"), last))
    elif name and last.get("choice"):
        lines += _by_bandit(str(name), last, document)
    elif name and len(known) == 1:
        lines.append(f"{name}, the only one")
    elif name and not known and probability in {None, 1}:  # for a journey's send nothing was drawn
        lines.append(str(name))
    elif name:
        share = f", drawn with a chance of {probability:.2%}" if probability is not None else ""
        lot, place = chance.lot(campaign, str(last["user_id"])), _range(document, str(name))
        lines.append(f"{name}{share}: the hash of campaign and customer is {lot:.4f}{f', and {name} has {place}' if place else ''}")
    if last["outcome"] in {"control", "held_out"}:
        group = "the campaign's control group" if last["outcome"] == "control" else "the global holdout"
        lines.append(f"in {group}: every step was done except the send")
    return lines


def _by_bandit(name: str, last: Json, document: Mapping[str, Any]) -> list[str]:
    """What the bandit could choose from, and what it had learned until then."""
    choice = last["choice"]
    if choice.get("way"):
        return [f"{name}, which this step of the journey sends", *_by_way(choice, document)]
    if not choice["probabilities"]:
        return [f"none could be sent; {name} would be the first that can"]
    among = ", ".join(f"{each} {share:.2%}" for each, share in choice["probabilities"].items())
    of = f" about customers of {choice['context']}" if choice.get("context") and not choice.get("vector") else ""
    learned = f"what it had learned{of} until {when(choice['epoch'])}" if choice["epoch"] else "nothing that it had learned yet"
    lot = chance.fraction(f"bandit:{last['campaign']}", str(last["decision_id"]))
    drawn = f"{name}, drawn by a bandit among those that could be sent ({among}), by {learned}: the hash of the decision is {lot:.4f}"
    return [drawn, *_seen(choice, document)]


def _by_way(choice: Json, document: Mapping[str, Any]) -> list[str]:
    """The way of the journey that the bandit had drawn for this run."""
    among = ", ".join(f"{each} {share:.2%}" for each, share in choice["probabilities"].items())
    learned = f"what it had learned until {when(choice['epoch'])}" if choice["epoch"] else "nothing that it had learned yet"
    told = f"the run goes the way {choice['way']} of {choice['split']}, drawn by a bandit ({among}), by {learned}"
    return [f"{told}; this is its first message there, by which the way is counted", *_seen(choice, document)]


def _seen(choice: Json, document: Mapping[str, Any]) -> list[str]:
    """The features by which a linear bandit drew, as it saw them."""
    vector, told = choice.get("vector"), document.get("choose")
    if not vector:
        return []
    by = told.get("by") if isinstance(told, Mapping) else None
    known = isinstance(by, list) and features_named(map(str, by)) == choice["context"]
    names = map(str, by) if known and by else (f"feature {number}" for number in range(1, len(vector)))
    return ["what it saw, on its own scale: " + ", ".join(f"{name} {value:g}" for name, value in zip(names, vector[1:], strict=True))]


def _by_uplift(name: str, last: Json) -> str:
    """What uplift could choose from, nothing among it."""
    among = ", ".join(f"{each} {share:.2%}" for each, share in last["choice"]["probabilities"].items())
    lot = chance.fraction(f"uplift:{last['campaign']}", str(last["decision_id"]))
    return f"{name}, drawn by uplift among what could be sent and nothing ({among}): the hash of the decision is {lot:.4f}"


def _range(document: Mapping[str, Any], name: str) -> str:
    """The part of [0, 1) that belongs to a variant. Three or more variants of unequal weights have none: see `chance.choose`."""
    variants = document.get("variants") or {}
    weights = [float(variant.get("weight", 1)) for variant in variants.values()] or [1.0]
    if len(weights) > 2 and len(set(weights)) > 1:
        return ""
    lower = 0.0
    for each, share in zip(variants, chance.split(weights), strict=False):
        if each == name:
            return f"{lower:.4f} to {lower + share:.4f}"
        lower += share
    return ""


def _attempt(each: Json) -> str:
    until = f" until {when(each['deferred_until'])}" if each.get("deferred_until") else ""
    detail = f" ({spelled(each['detail'])})" if each.get("detail") else ""
    return f"{each['attempt']}: {when(each['at'])} {each['outcome']}{until}, {each['reason']}{detail}"


def _message(action: Json | None) -> list[str]:
    if action is None:
        return []
    offer = f", offer {', '.join(f'{key} {value}' for key, value in action['offer'].items())}" if action.get("offer") else ""
    return [f"by {action['channel']}, not to be delivered after {when(action['expires_at'])}{offer}"]


def _recall(recall: Json | None) -> list[str]:
    if recall is None:
        return []
    why = " ".join(filter(None, (str(recall["reason"]), spelled(recall.get("detail")))))
    return [f"recalled at {when(recall['at'])}: {why}; whoever delivers sends nothing, unless it was sent before"]


def _score(last: Json) -> list[str]:
    scores: Mapping[str, Json] = last.get("scores") or {}
    lines = [line for name, told in scores.items() for line in scores_in_words(name, told)]
    said = [because_in_words(last["because"])] if last.get("because") else []
    return [*lines, *map(intent_in_words, last.get("intents") or []), *said] or ["the campaign uses no model"]


def _features(last: Json, document: Mapping[str, Any]) -> list[str]:
    features = last.get("features") or {}
    read = set(re.findall(r"[a-z_][a-z0-9_]*", str(document.get("when", ""))))
    known = {name: value for name, value in features.items() if value is not None}
    asked = [f"{name} {_value(value)}" for name, value in known.items() if name in read]
    others = [f"{name} {_value(value)}" for name, value in known.items() if name not in read]
    unknown = [name for name, value in features.items() if value is None]
    reads = "of those that the condition read when the journey was entered, as they are now" if document.get("steps") else "read by the condition"
    lines = [f"{reads}: {', '.join(asked)}"] if asked else []
    lines += [", ".join(others)] if others else []
    return lines + ([f"unknown: {', '.join(unknown)}"] if unknown else [])


def _catalogue(last: Json) -> list[str]:
    """What was read of products, item by item."""
    used = last.get("catalogue")
    if not used:
        return []
    lines = [f"version {used['version']}" if used.get("version") else "there was none"]
    for item, fields in used["items"].items():
        lines.append(f"{item}: {', '.join(f'{name} {_value(value)}' for name, value in fields.items())}")
    return lines + [f"{item or 'without an id'}: unknown, {reason}" for item, reason in used["unknown"].items()]


def _recommended(last: Json) -> list[str]:
    """The lists of products, and what brought each item."""
    lines: list[str] = []
    for made in last.get("recommended") or ():
        version = f"version {made['recommender']}" if made.get("recommender") else "without a recommender"
        ranker = f", ordered by ranker {made['ranker']}" if made.get("ranker") else ""
        lines.append(f"{made['asked']} by strategy {made['strategy']}, {version}{ranker}{', ' + made['reason'] if made.get('reason') else ''}")
        for place in made["items"]:
            of = f" with {place['because_of']}" if place.get("because_of") else ""
            drawn = f", probability {place['probability']:g}" if place["probability"] < 1 else ""
            lines.append(f"  {place['item']}: {place['source']}{of}, score {place['score']:g}{drawn}")
    return lines


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _versions(last: Json, context: Context) -> list[str]:
    policy = last.get("policy_version")
    return [
        f"features {last['feature_version']}: {context.standing('features', last['feature_version'])}",
        f"policy {policy}: {context.standing('policy', policy)}" if policy else f"no policy: {context.standing('policy', None)}",
    ]
