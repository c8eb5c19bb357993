"""From somebody whom a campaign may speak to, to the answer with its reason."""

import datetime as dt

from tests.world_oracle import campaigns, conditions
from tests.world_oracle.campaigns import Document
from tests.world_oracle.conditions import NotJudged
from tests.world_oracle.consents import address
from tests.world_oracle.dates import until
from tests.world_oracle.instants import duration
from tests.world_oracle.people import Acted, Candidate, Pending, Person, Run, Scope, entry_key
from tests.world_oracle.player import Decision, Recall
from tests.world_oracle.policy import Policy


def own_id(decision: Decision) -> str:
    """The oracle's own name of a decision, by which receipts in hand-written cases name it."""
    return f"{decision.person}|{decision.campaign}|{decision.about}|{decision.at}"


class Deciding:
    """Conditions, entries, channels; what went out and what is recalled."""

    def __init__(self, policy: Policy, features: dict[str, Document], grace: int) -> None:
        self.policy, self.features, self.grace = policy, features, grace
        self.decisions: list[Decision] = []
        self.recalls: list[Recall] = []

    def fall_due(self, person: Person, pending: Pending) -> None:
        if pending.kind in {"wait", "wait_for"} and pending.run:
            pending.run.rest = [*pending.otherwise, *pending.run.rest]
            pending.run.began_at = pending.run.base = pending.due
            self.walk(person, pending.run, pending.due)
        elif pending.kind == "deferred":
            self.decide_again(person, pending.candidate, pending.due)
        elif pending.candidate.cart is None or not pending.candidate.cart.empty:
            self.come_true(person, pending.candidate, pending.due)

    # Whoever may be spoken to

    def come_true(self, person: Person, candidate: Candidate, now: int) -> None:
        """What is not met, and whose entry is used up, is only counted."""
        if not self.holds(person, candidate, now) or self.is_blocked(person, candidate, now):
            return
        if candidate.over:
            self.answer(person, candidate, now, "withheld", "EXITED")
        elif candidate.campaign.steps:
            self.enter(person, candidate, now)
        else:
            self.decide(person, candidate, now)

    def holds(self, person: Person, candidate: Candidate, now: int) -> bool:
        scope = Scope(person, self.policy, self.features, now, candidate)
        return conditions.truth(conditions.evaluate(candidate.campaign.when, scope)) is True

    def key(self, person: Person, candidate: Candidate, now: int) -> object:
        """What `once_per` is about; a cart is one cart, whatever it is called."""
        text = candidate.campaign.once_per
        if text is None:
            return None
        scope = Scope(person, self.policy, self.features, now, candidate)
        return entry_key(text, conditions.evaluate(text, scope))

    def is_blocked(self, person: Person, candidate: Candidate, now: int) -> bool:
        campaign = candidate.campaign
        used = person.entries.get(campaign.name, [])
        key = self.key(person, candidate, now)
        if campaign.once_per is not None and key in [one for one, _ in used]:
            return True
        if campaign.again is not None and any(now - at < campaign.again for _, at in used):
            return True
        runs = [one.run for one in person.pending if one.run and one.candidate.campaign is campaign]
        if campaign.once_per is not None:
            return key in [run.key for run in runs] or (campaign.concurrent is not None and len(runs) >= campaign.concurrent)
        return any(run.candidate.cart is candidate.cart for run in runs)

    def decide(self, person: Person, candidate: Candidate, now: int) -> None:
        campaign = candidate.campaign
        if self.is_stale(candidate):
            self.answer(person, candidate, now, "withheld", "STALE_TRIGGER")
        elif now - candidate.began_at >= campaign.expires:
            self.answer(person, candidate, now, "withheld", "EXPIRED")
        else:
            variant = next(iter(campaign.channels)) if len(campaign.channels) == 1 else None
            if self.send(person, candidate, now, variant, next(iter(campaign.channels.values()))):
                person.entries.setdefault(campaign.name, []).append((self.key(person, candidate, now), now))

    def decide_again(self, person: Person, candidate: Candidate, now: int) -> None:
        """What was deferred is decided again; what stands against it now is the reason."""
        candidate.attempt += 1
        if (candidate.cart is not None and candidate.cart.empty) or not self.holds(person, candidate, now):
            self.answer(person, candidate, now, "withheld", "ELIGIBILITY")
        elif self.is_blocked(person, candidate, now):
            self.answer(person, candidate, now, "withheld", "ENTRY_BLOCKED")
        else:
            self.decide(person, candidate, now)

    def is_stale(self, candidate: Candidate) -> bool:
        return self.policy.max_age is not None and candidate.lag > self.policy.max_age

    # By which channel

    def send(self, person: Person, candidate: Candidate, now: int, variant: str | None, channels: tuple[str, ...]) -> bool:
        """The first channel that is open; if none is, the reason of the first. Returns whether it acted."""
        first: tuple[str, str] | None = None
        for channel in channels:
            reason = self.closed(person, candidate, channel, now)
            if reason is None and self.is_quiet(person, candidate, now):
                self.wait_for_the_morning(person, candidate, now, variant, channel)
                return False
            if reason is None:
                decision = self.answer(person, candidate, now, "acted", "ELIGIBLE", variant, channel)
                person.acted.append(Acted(decision=decision, candidate=candidate, expires=now + candidate.campaign.expires))
                return True
            first = first or (reason, channel)
        if first:
            self.answer(person, candidate, now, "withheld", first[0], variant, first[1])
        return False

    def closed(self, person: Person, candidate: Candidate, channel: str, now: int) -> str | None:
        purpose = candidate.campaign.purpose
        denied = person.consents.denial(purpose, channel, now, default=self.policy.grants(purpose))
        if denied:
            return denied
        reached = {"email", "sms", "push"}
        known: object = self.policy.is_elsewhere(channel) or channel not in reached or address(channel, person.values(), person.token())
        if not known and not self.policy.is_required(channel):  # then nothing shows that anybody sends us addresses at all
            known = all(address(other, person.values(), person.token()) is None for other in reached)
        return "UNREACHABLE" if not known or person.is_unreachable(channel) else None

    def is_quiet(self, person: Person, candidate: Candidate, now: int) -> bool:
        quiet = self.policy.quiet
        if quiet is None or candidate.campaign.purpose == "transactional" or candidate.campaign.purpose in quiet.exempt:
            return False
        where = self.where(person)
        return where is None or quiet.holds(now, where)

    def where(self, person: Person) -> dt.tzinfo | None:
        """Whose clock quiet hours go by. None: a zone is stated that nobody understands, so it is always quiet."""
        quiet = self.policy.quiet
        if quiet is None:
            return dt.UTC
        return person.zone(quiet.fallback) if quiet.zone == "user" else Person("").zone(quiet.zone)

    def wait_for_the_morning(self, person: Person, candidate: Candidate, now: int, variant: str | None, channel: str) -> None:
        quiet, where = self.policy.quiet, self.where(person)
        if candidate.campaign.steps:
            msg = "a journey in quiet hours"
            raise NotJudged(msg)
        if quiet is None or where is None or quiet.then == "drop" or candidate.attempt:
            self.answer(person, candidate, now, "withheld", "QUIET_HOURS", variant, channel)
            return
        until = quiet.over(now, where, person.id)
        self.answer(person, candidate, now, "deferred", "QUIET_HOURS", variant, channel, until)
        person.pending.append(Pending(kind="deferred", due=until, number=person.number, candidate=candidate))

    # What follows from it

    def answer(
        self,
        person: Person,
        candidate: Candidate,
        now: int,
        outcome: str,
        reason: str,
        variant: str | None = None,
        channel: str | None = None,
        until: int | None = None,
    ) -> Decision:
        decision = Decision(
            at=now,
            person=person.id,
            campaign=candidate.campaign.name,
            about=candidate.about,
            outcome=outcome,
            reason=reason,
            variant=variant,
            channel=channel,
            attempt=candidate.attempt,
            deferred_until=until,
        )
        self.decisions.append(decision)
        return decision

    def recall(self, person: Person, acted: Acted, reason: str) -> None:
        acted.over = True
        done = acted.decision
        self.recalls.append(Recall(at=person.clock, person=person.id, campaign=done.campaign, about=done.about, reason=reason, acted_at=done.at))

    def recall_denied(self, person: Person) -> None:
        """An opt-out recalls what it would have forbidden."""
        for acted in person.acted:
            purpose, channel = acted.candidate.campaign.purpose, acted.decision.channel or ""
            denied = person.consents.denial(purpose, channel, person.clock, default=self.policy.grants(purpose))
            if denied and not acted.over and person.clock < acted.expires:
                self.recall(person, acted, denied)

    # Journeys

    def enter(self, person: Person, candidate: Candidate, now: int) -> None:
        """The entry is used up when it is entered. Without consent by any channel of the first messages there is none."""
        campaign = candidate.campaign
        if self.is_stale(candidate):
            self.answer(person, candidate, now, "withheld", "STALE_TRIGGER")
            return
        channels = [channel for variant in first_messages(list(campaign.steps)) for channel in campaign.channels[variant]]
        denials = [person.consents.denial(campaign.purpose, channel, now, default=self.policy.grants(campaign.purpose)) for channel in channels]
        if denials and all(denials):
            self.answer(person, candidate, now, "withheld", str(denials[0]))
            return
        key = self.key(person, candidate, now)
        person.entries.setdefault(campaign.name, []).append((key, now))
        base = candidate.start if campaign.kind == "event" else now
        self.walk(person, Run(candidate=candidate, key=key, rest=list(campaign.steps), base=base, began_at=now), now)

    def walk(self, person: Person, run: Run, now: int) -> None:
        """Steps follow each other at one instant until one waits."""
        while run.rest:
            step = run.rest.pop(0)
            fresh, run.fresh = run.fresh, run.fresh and "branch" in step
            if fresh and person.has_followed(campaigns.texts(step.get("leave_on")), run.candidate):
                return
            if fresh and person.has_followed(campaigns.texts(step.get("wait_for")), run.candidate):
                run.rest, run.base = [*steps_of(step, "then"), *run.rest], now
            elif "send" in step:
                self.send(person, run.candidate, now, str(step["send"]), run.candidate.campaign.channels[str(step["send"])])
                run.base = now  # what follows a message waits from then on
            elif "branch" in step:
                branch = campaigns.part(step, "branch")
                scope = Scope(person, self.policy, self.features, now, run.candidate)
                met = conditions.truth(conditions.evaluate(branch["when"], scope)) is True
                run.rest = [*steps_of(branch, "then" if met else "else"), *run.rest]
            elif "wait_until" in step:
                at = until(step, Scope(person, self.policy, self.features, now, run.candidate))
                if at is None:
                    return  # nobody knows until when: the story ends here
                if at > now:
                    leave_on = campaigns.texts(step.get("leave_on"))
                    pending = Pending(kind="wait", due=at, number=person.number, candidate=run.candidate, run=run, leave_on=leave_on)
                    person.pending.append(pending)
                    return
            elif "wait" in step or "wait_for" in step:
                wait = duration(step["wait"] if "wait" in step else step["at_most"])
                person.pending.append(
                    Pending(
                        kind="wait" if "wait" in step else "wait_for",
                        due=max(run.base + wait, now + min(self.grace, wait)),
                        number=person.number,
                        candidate=run.candidate,
                        run=run,
                        leave_on=campaigns.texts(step.get("leave_on")),
                        wait_for=campaigns.texts(step.get("wait_for")),
                        then=steps_of(step, "then"),
                        otherwise=steps_of(step, "else"),
                    )
                )
                return
            else:
                raise NotJudged(str(step))


def steps_of(document: Document, name: str) -> list[Document]:
    """The steps of a branch."""
    return [step for step in campaigns.listed(document.get(name)) if isinstance(step, dict)]


def first_messages(steps: list[Document]) -> list[str]:
    """The messages that may come first."""
    for place, step in enumerate(steps):
        if "send" in step:
            return [str(step["send"])]
        if "branch" in step or "wait_for" in step:
            inner = campaigns.part(step, "branch") if "branch" in step else step
            return [message for name in ("then", "else") for message in first_messages([*steps_of(inner, name), *steps[place + 1 :]])]
    return []
