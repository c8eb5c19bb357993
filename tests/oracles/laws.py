"""Laws that every history must keep, whatever an oracle says: what may never happen, read off what the engine decided.

Each law is a function of a lived world that yields a sentence for every breach. It leans on nothing but the documents and the events.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.oracles.memory import RECEIPTS
from tests.oracles.play import Change, Happening, World, played
from tests.oracles.times import is_quiet, period, span
from tests.oracles.told import article, grants, home, is_forbidden, is_hard_bounce, is_lost
from udfs.core.records import Decision, Event
from udfs.core.values import chance

Told = list[tuple[Happening | None, list[Decision]]]
"""What happened, each with what was decided at it; None: at the end time went on until nothing was pending."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One decision, with what was in force and what had arrived before it."""

    decision: Decision
    campaign: Mapping[str, Any]
    before: tuple[Event, ...]
    """Every event that had been taken in, in the order of arrival."""

    @property
    def went_out(self) -> bool:
        """Whether it really acted."""
        return self.decision.outcome == "acted"

    @property
    def transactional(self) -> bool:
        """Whether caps and consent do not bind it."""
        return bool(self.campaign.get("purpose") == "transactional")

    def has(self, listed: list[str]) -> bool:
        """Whether its purpose or one of its tags is listed."""
        return bool({self.campaign.get("purpose", "marketing"), *self.campaign.get("tags", ())} & set(listed))


@dataclass
class Lived:
    """A world with its decisions, in order."""

    world: World
    told: Told
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        documents = {document["campaign"]: document for document in self.world.campaigns}
        events: list[Event] = []
        clock = 0
        for happening, decisions in self.told:
            if isinstance(happening, Event):
                clock = max(clock, happening.received or happening.at)
            early = [each for each in decisions if not isinstance(happening, Event) or each.at < clock]
            self._see(early, documents, events)
            if isinstance(happening, Event) and happening.message_id not in {event.message_id for event in events}:
                events.append(happening)
            if isinstance(happening, Change) and happening.document and happening.key.startswith("campaign/"):
                documents = {**documents, happening.document["campaign"]: happening.document}
            self._see([each for each in decisions if each not in early], documents, events)

    def _see(self, decisions: list[Decision], documents: Mapping[str, Any], events: list[Event]) -> None:
        self.seen += [Seen(decision=each, campaign=documents[each.campaign], before=tuple(events)) for each in decisions]

    @property
    def policy(self) -> Mapping[str, Any]:
        """The policy, empty if there is none."""
        return self.world.policy or {}

    @property
    def sent(self) -> list[Seen]:
        """What really went out."""
        return [each for each in self.seen if each.went_out]


def one_final_outcome(lived: Lived) -> Iterator[str]:
    """Attempts count up from 0, each but the last deferred, the last not; so a candidate ends once, and acts once at most."""
    ways: dict[str, list[Decision]] = {}
    for seen in lived.seen:
        ways.setdefault(seen.decision.decision_id, []).append(seen.decision)
    for decision_id, way in ways.items():
        if [each.attempt for each in way] != list(range(len(way))):
            yield f"{decision_id}: attempts {[each.attempt for each in way]}"
        if [str(each.outcome) == "deferred" for each in way] != [True] * (len(way) - 1) + [False]:
            yield f"{decision_id}: {[str(each.outcome) for each in way]}"
        for each, following in pairwise(way):
            if (
                each.deferred_until is None
                or (following.at > each.deferred_until and each.reason != "ANOMALY_HELD")  # a person decides when it comes back
                or (following.at < each.deferred_until and following.reason not in EARLY)
            ):
                yield f"{decision_id}: deferred until {each.deferred_until}, decided at {following.at}"


EARLY = {"EXITED", "NO_CONSENT"}
"""What ends a deferral before its time."""


def caps_hold(lived: Lived) -> Iterator[str]:
    """No cap is exceeded by what went out: at each message the others in its window are fewer than the cap allows."""
    for cap in lived.policy.get("caps", ()):
        concerned = [each for each in _remembered(lived) if _concerns(cap, each)]
        most = cap["between"][1] if cap["max"] == "learned" else cap["max"]
        for each in concerned:
            if each.transactional:
                continue
            at = each.decision.at
            bounced = {event.properties.get("decision_id") for event in each.before if is_hard_bounce(event)}
            counted = []
            for other in concerned[: concerned.index(each)]:
                counts = (cap.get("count_transactional") or not other.transactional) and other.decision.decision_id not in bounced
                if counts and _within(lived, cap, other.decision.at, each):
                    counted.append(other.decision.decision_id)
            others = len(counted)
            if others >= most:
                others = len(set(counted) - _called_back(lived, each))
            if others >= most:
                yield f"{cap['id']} at {at}: {others} before it"


def _called_back(lived: Lived, each: Seen) -> set[str]:
    """The decisions whose messages were recalled before this one, and of which no receipt came all the same."""
    recalls = played(lived.world).recalls
    back = {decision for event in each.before for decision in recalls.get(event.message_id, ())}
    told = {event.properties.get("decision_id") for event in each.before if event.name in RECEIPTS}
    return back - told


def no_send_after_opting_out(lived: Lived) -> Iterator[str]:
    """From an unsubscription on, and until somebody grants something again, nothing goes out that it forbids."""
    for each in lived.sent:
        if each.transactional:
            continue
        for place, event in enumerate(each.before):
            if event.name == "unsubscribed" and not any(
                grants(later) for later in each.before if later.at >= event.at or later in each.before[place:]
            ):
                by = event.properties.get("channel")
                if by is None and "decision_id" not in event.properties:
                    by = each.decision.channel
                if by == each.decision.channel:
                    yield f"{each.decision.campaign} by {by} at {each.decision.at}, unsubscribed at {event.at}"


def no_send_without_consent(lived: Lived) -> Iterator[str]:
    """Where marketing is denied by default, nothing of it goes out before somebody has granted something."""
    consent = lived.policy.get("consent", {}).get("default", {})
    for each in lived.sent:
        purpose = each.campaign.get("purpose", "marketing")
        denied = consent.get(purpose, "deny" if purpose == "marketing" and lived.world.policy is not None else "grant") == "deny"
        if denied and not any(grants(event) for event in each.before):
            yield f"{each.decision.campaign} at {each.decision.at} without any consent"


def nothing_without_storage(lived: Lived) -> Iterator[str]:
    """From a withdrawal of storage until its consent nothing is decided but what had been deferred."""
    for each in lived.seen:
        if is_forbidden(each.before, lived.policy) and not (each.decision.attempt and each.decision.reason == "NO_CONSENT"):
            yield f"{each.decision.campaign} at {each.decision.at} is decided without storage"


def nobody_is_woken(lived: Lived) -> Iterator[str]:
    """Nothing goes out in quiet hours, by the customer's clock."""
    hours = lived.policy.get("quiet_hours")
    if hours is None:
        return
    for each in lived.sent:
        if each.has(["transactional", *hours.get("exempt", [])]) or each.decision.channel not in hours.get("channels", [each.decision.channel]):
            continue
        zone = (
            hours["zone"]
            if hours.get("zone", "user") != "user"
            else home(each, lived.policy) or ("strictest" if is_lost(each) else hours.get("fallback", "UTC"))
        )
        if zone == "strictest" or is_quiet(each.decision.at, zone, hours["from"], hours["to"]):
            yield f"{each.decision.campaign} by {each.decision.channel} at {each.decision.at} in {zone}"


def exits_are_final(lived: Lived) -> Iterator[str]:
    """What waited or was deferred does not act once an exit has come since its trigger."""
    for each in lived.sent:
        trigger = next((event for event in each.before if event.message_id == each.decision.trigger_event_id), None)
        unless = each.campaign["trigger"].get("unless", ())
        if trigger is None:
            continue
        for event in each.before[each.before.index(trigger) + 1 :]:
            if event.name in unless and event.at >= trigger.at:
                yield f"{each.decision.campaign} at {each.decision.at}, {event.name} at {event.at}"


def entries_are_respected(lived: Lived) -> Iterator[str]:
    """Not again before its time, and once for each key."""
    sent = _remembered(lived)
    for place, each in enumerate(sent):
        entry = each.campaign.get("entry", {})
        for other in sent[:place]:
            if other.decision.campaign != each.decision.campaign:
                continue
            if "again" in entry and each.decision.at < other.decision.at + span(entry["again"]):
                yield f"{each.decision.campaign} at {other.decision.at} and again at {each.decision.at}"
            if entry.get("once_per") == "event.article" and article(each) == article(other):
                yield f"{each.decision.campaign} twice about {article(each)}"


def the_held_out_are_left_alone(lived: Lived) -> Iterator[str]:
    """Nothing goes out to the holdout or to a campaign's control group."""
    holdout = lived.policy.get("holdout")
    for each in lived.sent:
        name, user = each.decision.campaign, lived.world.user
        if (
            holdout is not None
            and not each.has(holdout.get("exempt", ["transactional"]))
            and chance.lot(f"holdout:{holdout['epoch']}", user) < float(holdout["share"].rstrip("%")) / 100
        ):
            yield f"{name} at {each.decision.at} to one of the holdout"
        if chance.lot(f"control:{name}", user) < float(each.campaign.get("control_group", "0%").rstrip("%")) / 100:
            yield f"{name} at {each.decision.at} to one of its control group"


LAWS: tuple[Callable[[Lived], Iterator[str]], ...] = (
    one_final_outcome,
    caps_hold,
    no_send_after_opting_out,
    no_send_without_consent,
    nothing_without_storage,
    nobody_is_woken,
    exits_are_final,
    entries_are_respected,
    the_held_out_are_left_alone,
)


WHATEVER_THE_POLICY = (one_final_outcome, no_send_after_opting_out, exits_are_final)


def breaches(world: World, told: Told) -> list[str]:
    """Every breach of every law; if the policy changes on the way, only laws that do not depend on it."""
    lived = Lived(world, told)
    changes = any(isinstance(happening, Change) and happening.key == "policy" for happening, _ in told)
    return [f"{law.__name__}: {breach}" for law in (WHATEVER_THE_POLICY if changes else LAWS) for breach in law(lived)]


def _remembered(lived: Lived) -> list[Seen]:
    """What went out since the latest time at which everything was forgotten."""
    forgotten = [
        event.message_id
        for each in lived.seen
        for event in each.before
        if event.name == "consent_withdrawn" and event.properties.get("purpose") == "storage"
    ]
    return lived.sent if not forgotten and not is_forbidden((), lived.policy) else []


def _concerns(cap: Mapping[str, Any], each: Seen) -> bool:
    channel, tag, campaign = (([found] if isinstance(found := cap.get(key), str) else found) for key in ("channel", "tag", "campaign"))
    return (
        (channel in (None, ["any"]) or each.decision.channel in channel)
        and (tag is None or bool(set(tag) & set(each.campaign.get("tags", ()))))
        and (campaign is None or each.decision.campaign in campaign)
    )


def _within(lived: Lived, cap: Mapping[str, Any], at: int, each: Seen) -> bool:
    if "within" in cap:
        return at > each.decision.at - span(cap["within"])
    fallback = lived.policy.get("quiet_hours", {}).get("fallback", "UTC")
    zone = home(each, lived.policy) or ("UTC" if fallback == "strictest" else fallback)
    return at >= period(each.decision.at, zone, cap["per"], lived.policy.get("week_starts", "monday"))[0]
