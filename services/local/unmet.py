"""Why somebody got nothing, in words: for each campaign which trigger fired when, and what was not met, with the values that were found.

Times are those of the customer's own clock.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from services.documents.event_names import meant_by
from services.local.again import Asked, Note, Trace, came_late, vocabulary_of
from services.local.parts import clock_of, parts_of, place_of, shown
from services.replay.times import span, with_times
from udfs.codecs.reasons import word_for
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.roles import BROWSING
from udfs.core.campaigns.steps import Until, Wait
from udfs.core.expressions.moment import Moment
from udfs.core.profile import carts, dedup
from udfs.core.profile.bounds import MAX_KEYS
from udfs.core.profile.due import Armed, Deferred, Due, Step, Waiting
from udfs.core.profile.state import Profile
from udfs.core.records import Decision, Outcome
from udfs.core.values import chance
from udfs.core.values.durations import in_words
from udfs.core.values.ids import folded
from udfs.core.values.problems import did_you_mean

MAX_LINES = 12
"""Of one campaign, or of what could not be read: the first and the last are listed."""
MAX_IDS = 6
"""Other ids of the customer's that are named."""
_SILENCES = {"cart": "the cart", "browsing": "browsing", "any": "the customer"}
_STEPS = {"acted": "acted", "withheld": "withheld", "held_out": "held out", "control": "in the control group", "deferred": "deferred"}

Sections = dict[str, list[str]]


def unmet(trace: Trace) -> Sections:
    """A section about the customer's events, and one for each campaign. Of somebody of whom nothing came, the first says so, and nothing else is
    said."""
    if trace.is_nobody:
        hint = f" ({trace.near})" if trace.near else ""
        return {trace.user: [f"no event of this key came: a customer's key is the user id, else the anonymous id{hint}"]}
    profile = trace.profile or Profile(born=0, now=0)
    teller = _Teller(trace, profile)
    return {trace.user: list(teller.events()), **{name: teller.campaign(campaign) for name, campaign in trace.book.campaigns.items()}}


def of_campaign(trace: Trace, name: str) -> list[str]:
    """What was not met of one campaign."""
    teller = _Teller(trace, trace.profile or Profile(born=0, now=0))
    return teller.campaign(trace.book.campaigns[name])


class _Teller:
    def __init__(self, trace: Trace, profile: Profile) -> None:
        self.trace, self.profile = trace, profile
        self.clock: Callable[[int], str] = clock_of(profile)
        self.came = Counter(each.event.name for each in trace.hers if not each.duplicate)

    def events(self) -> Iterator[str]:
        """The events of the customer, and what could not be read of them."""
        trace, arrived = self.trace, self.trace.hers
        if arrived:
            times = [each.event.at for each in arrived]
            first, last = min(times), max(times)  # what comes late is not the last to happen
            span = f"at {self.clock(first)}" if first == last else f"from {self.clock(first)} to {self.clock(last)}"
            order = ", not in order of time" if times != sorted(times) else ""
            yield (f"{_many(len(arrived), 'event')} {span}{order}, by the customer's clock ({place_of(self.profile)}): {_counted(self.came)}")
        if others := [each for each in trace.ids if each != trace.user]:
            more = f" and {_many(len(others) - MAX_IDS, 'more id')}" if len(others) > MAX_IDS else ""
            yield f"with what came under {', '.join(others[:MAX_IDS])}{more}, before it was known to be this customer"
        if repeated := sum(each.duplicate for each in arrived):
            yield f"{repeated:,} came again, with an id that was known: nothing else happened"
        yield from self._misspelt()
        if lost := [each.event for each in arrived if each.not_stored]:
            yield f"{len(lost):,} from {self.clock(lost[0].at)} on without consent to storage: nothing of them is remembered"
        told = [f"{self.clock(each.at)}  {word_for(each.reason, accepted=each.accepted)}: {each.reason} {each.message}" for each in trace.rejections]
        yield from _few(told)

    def _misspelt(self) -> Iterator[str]:
        """Events under names that nobody knows and that look like one that is known."""
        known = {name for each in self.trace.book.campaigns.values() for name in (*each.trigger.events, *each.trigger.since, *each.trigger.unless)}
        for name, count in self.came.items():
            if name not in known and (hint := meant_by(name)):
                yield f"{name}, which came {_many(count, 'time')}, is not in the catalogue: {hint}"

    def campaign(self, campaign: Campaign) -> list[str]:
        """What happened to its trigger, in order of time; at the end what is still waited for."""
        if campaign.paused:
            return ["is paused or a draft: nothing triggers it"]
        told: list[tuple[int, str]] = []
        fired = ""
        for note in self.trace.notes:
            if note.campaign != campaign.name:
                continue
            if note.what == "triggers":
                fired = f"{note.event.name} triggered it" if note.event and campaign.trigger.events else self._fell_due(campaign)
            elif words := self._noted(note, campaign, fired):
                told.append((note.at, words))
        told += [(each.at, self._decided(each)) for each in self.trace.decisions if each.campaign == campaign.name]
        told += [
            (
                each.at,
                f"recalled: {each.reason.value} {with_times(each.detail, self.clock)}; whoever delivers sends nothing, unless it was sent before",
            )
            for each in self.trace.recalls
            if each.campaign == campaign.name
        ]
        told += [
            (each.event.received, f"{each.event.name} came {span(behind)} later than a newer event: too late to trigger anything")
            for each in self.trace.hers
            if each.event.name in campaign.trigger.events and not each.duplicate and (behind := came_late(each))
        ]
        told += [
            (event.at, f"{event.name} came, but `{campaign.trigger.becomes.source if campaign.trigger.becomes else ''}` held already before it")
            for event, name in self.trace.held_before
            if name == campaign.name
        ]
        lines = _few([f"{self.clock(at)}  {words}" for at, words in sorted(told, key=lambda each: each[0])])
        waiting = [self._waiting(due, campaign) for due in self.profile.due if due.campaign == campaign.name]
        return [*lines, *waiting] or [self._nothing(campaign)]

    def _noted(self, note: Note, campaign: Campaign, fired: str) -> str:
        match note.what:
            case "triggers_unmet" | "triggers_warming":
                asked = note.asked or Asked("when", None, [])
                kind = "its condition does not hold" if asked.kind == "when" else f"{asked.kind} does not hold"
                warming = ", because a feature is too new to know" if note.what == "triggers_warming" else ""
                return f"{fired or 'it was decided again'}, but {kind}{warming}: {'; '.join(asked.unmet) or 'it is not known'}"
            case "entries_blocked":
                return f"{fired}, but the customer may not enter: {self._blocked(note, campaign)}"
            case "pending_cancelled":
                return self._cancelled(note, campaign)
            case "journeys_entered":
                return f"{fired}: the journey was entered"
            case "journeys_lost":
                return f"the run was lost at a wait: {self._endless(campaign)}"
            case "waits_cut":
                return "the run waits for 400d, the longest there is: what it computes is more"
        return ""

    def _blocked(self, note: Note, campaign: Campaign) -> str:
        entry = campaign.entry
        key = _key(note.asked)
        if note.asked is not None and note.asked.value is None:
            return f"once_per ({entry.once_per.source if entry.once_per else ''}) is not known, and then nobody enters"
        before = note.before or Profile(born=0, now=0)
        for name in (campaign.name, f"~{campaign.name}"):
            held = before.entered.get(name)
            if held is None:
                continue
            done = "acted" if not campaign.steps else "been entered"
            done = done if name == campaign.name else f"{done} in a holdout"
            if entry.again is not None and note.at < held.last + entry.again:
                until = self.clock(held.last + entry.again)
                return f"it has {done} at {self.clock(held.last)}, and may be entered again {in_words(entry.again)} later, from {until} on"
            if entry.once_per is not None and any(dedup.holds(held.keys, chance.fingerprint(each)) for each in (folded(key), key)):
                once = f"it has {done} for {shown(key)} (once_per: {entry.once_per.source})"
                last = f", last at {self.clock(held.last)}" if len(held.keys) // 8 < MAX_KEYS else ""
                return f"{once}{last}; for the same {entry.once_per.source} it never does so again"
        if campaign.steps:
            return "a run of this journey goes on, or as many as may go on side by side"
        return "it acted on something else at this moment, or too much is pending"

    def _endless(self, campaign: Campaign) -> str:
        """Until when the waits of a journey last that depend on a value: one of them was not known."""
        lasts = [each.lasts for each in campaign.steps.steps.values() if isinstance(each, Wait)] if campaign.steps else []
        asked = [each.instant if isinstance(each, Until) else each for each in lasts if not isinstance(each, int)]
        names = list(dict.fromkeys(each.source for each in asked if each is not None))
        what = f"{' or '.join(names)} is missing or cannot be read" if names else "its step could not be run"
        return f"{what}, so nobody knows until when to wait, and nothing more is sent" if names else what

    def _cancelled(self, note: Note, campaign: Campaign) -> str:
        name = note.event.name if note.event else "an event"
        before = note.before or Profile(born=0, now=0)
        stood = [due for due in before.due if due.campaign == campaign.name and due.at >= note.at]
        what = self._what(stood[0], campaign) if stood else "what was pending"
        when = f", which was due at {self.clock(stood[0].at)}" if stood else ""
        if name in campaign.trigger.unless:
            return f"{name} ended {what}{when}"
        return f"{name} ended {what}{when}: {'its cart is empty' if campaign.trigger.of == 'cart' else 'it is an exit (leave_on)'}"

    def _decided(self, decision: Decision) -> str:
        how = f"{decision.variant} by {decision.channel}" if decision.channel else decision.variant or ""
        reason = "" if decision.outcome is Outcome.ACTED else decision.reason.value
        why = f"{reason} {with_times(decision.detail, self.clock)}".strip()
        until = f", until {self.clock(decision.deferred_until)}" if decision.deferred_until is not None else ""
        return f"decided: {_STEPS.get(decision.outcome.value, decision.outcome.value)} {', '.join(filter(None, (why, how)))}{until}"

    def _fell_due(self, campaign: Campaign) -> str:
        trigger = campaign.trigger
        if trigger.idle is not None:
            return f"{self._silence(campaign)} was over"
        if trigger.since:
            return f"{in_words(trigger.wait)} since {' or '.join(trigger.since)} were over"
        if trigger.date is not None:
            return f"the date of user.{'.'.join(trigger.date.trait)} came"
        return f"the customer came into the segment {trigger.enters}" if trigger.enters else "its trigger came true"

    def _silence(self, campaign: Campaign) -> str:
        trigger = campaign.trigger
        return f"the silence of {_SILENCES.get(trigger.of, trigger.of)} for {in_words(trigger.idle or 0)}"

    def _what(self, due: Due, campaign: Campaign) -> str:
        match due:
            case Armed():
                return self._fell_due(campaign).removesuffix(" was over").removesuffix(" were over").removesuffix(" came")
            case Waiting():
                return f"the wait of variant {due.variant}"
            case Deferred():
                return f"the deferred message ({', '.join(due.deferred_by)})"
            case Step():
                return f"the journey's wait, step {_step(due.step)}"
        return "what was pending"

    def _waiting(self, due: Due, campaign: Campaign) -> str:
        what = f"{self.clock(due.at)}  {self._what(due, campaign)}"
        if self.trace.goes_on:
            return f"{what}: pending, due in {span(due.at - self.trace.end)}"
        return f"{what}: still waited for at the end of this story"

    def _nothing(self, campaign: Campaign) -> str:
        """Why the trigger did not even fire."""
        trigger = campaign.trigger
        if trigger.idle is not None:
            broke = {"cart": carts.ACTIVITY, "browsing": BROWSING}.get(trigger.of)
            if broke is not None and not broke & self.came.keys():
                return f"{self._silence(campaign)} never began: none of {', '.join(sorted(broke))} came"
            if trigger.of == "cart" and not self.profile.carts:
                return f"{self._silence(campaign)} never began: nothing was in a cart"
            return f"{self._silence(campaign)} never began: what ends it ({' or '.join(trigger.unless) or 'nothing'}) came first"
        if trigger.since:
            return self._never_came(trigger.since) or f"what ends it ({' or '.join(trigger.unless)}) came first"
        if trigger.date is not None:
            name, value = f"user.{'.'.join(trigger.date.trait)}", trigger.date.value(self.profile.traits)
            return f"{name} is not known" if value is None else f"{name} is {shown(value)}: no date that can be read, or it has passed"
        if trigger.enters:
            return f"the customer never came into the segment {trigger.enters}: {self._segment(trigger.enters)}"
        return self._never_came(trigger.events) or "its trigger never fired"

    def _never_came(self, names: tuple[str, ...]) -> str:
        if any(name in self.came for name in names):
            return ""
        never = f"{' or '.join(names)} never came"
        near = next((hint for name in names if (hint := did_you_mean(name, self.came, cutoff=0.8))), None)
        return f"{never} ({near})" if near else never

    def _segment(self, name: str) -> str:
        rule = self.trace.book.segments.rules.get(name)
        if rule is None:
            return "there is none of that name"
        profile, book = self.profile, self.trace.book
        if name in profile.segments:
            return f"a member since {self.clock(profile.segments[name])}, before the trigger was published"
        moment = Moment(
            user_id=self.trace.user,
            profile=profile,
            now=max(profile.now, self.trace.end),
            cart=profile.carts.get(profile.current or ""),
            policy=book.policy,
        )
        vocabulary = vocabulary_of(book, Campaign.gone(name))
        return "; ".join(parts_of(rule.source, vocabulary).unmet(moment)) or "its condition holds only at the end"


def _key(asked: Asked | None) -> str:
    value: Any = asked.value if asked else ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def _many(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _counted(names: Counter[str]) -> str:
    most = ", ".join(f"{name} {count:,}" for name, count in names.most_common(8))
    return f"{most} and {len(names) - 8} other names" if len(names) > 8 else most


def _few(lines: list[str]) -> list[str]:
    """The first and the last of many lines."""
    if len(lines) <= MAX_LINES:
        return lines
    half = MAX_LINES // 2
    return [*lines[:half], f"… {len(lines) - 2 * half:,} more …", *lines[-half:]]


def _step(place: str) -> str:
    """The place of a step as people count: `0` is the first, 1; `2.then.0` is 3, then 1. One that has a name is called by it."""
    first, *others = (str(int(part) + 1) if part.isdigit() else part for part in place.split("."))
    return first + "".join(f" {part}" if part.isdigit() else f", {part}" for part in others)
