"""A naive oracle of the whole policy: it reads the documents as docs/policy.md explains them, remembers everything, and says what must be decided.

It shares nothing with the product but the record of an event, and the pinned hash that draws lots and makes ids.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.oracles.asked import Asked, several
from tests.oracles.candidate import Candidate, condition_holds, decision_id, entry_key, is_triggered
from tests.oracles.consent import words
from tests.oracles.memory import Memory, Sent
from tests.oracles.pending import Pending
from tests.oracles.rules import Hold, looks_again
from tests.oracles.silences import falls_due
from tests.oracles.times import CLOCKS_DIFFER, span
from udfs.core.profile.dedup import KEPT_FOR, is_kept
from udfs.core.records import Event
from udfs.core.values import chance


class Oracle(Pending):
    """One customer under one policy."""

    def take(self, event: Event) -> None:
        """One event: first what was due before it; then remember, leave, enter."""
        if self.is_repeated(event):
            return
        self.clock = max(self.clock, event.received or event.at)
        self.settle(self.clock)
        late = self.now is not None and event.at < self.now
        too_late = self.now is not None and event.at < self.now - CLOCKS_DIFFER
        self.now = max(event.at, self.now or event.at)
        self.said += words(event, policy=self.policy, message=self.memory.message, said=self.said, used=self.used_purposes())
        if self.rules.consent("storage", None, self.clock):
            self.forget(self.clock)
            return
        self.memory.happened.append((event, late))
        self.memory.recalled |= self.recalls.get(event.message_id, set())
        self.leave(event)
        self.extend(event)
        self.arm(event)
        if not too_late or event.passive or event.name.startswith("order_"):
            self.decide(
                [self.triggered(name, event) for name in self.campaigns if name not in self.paused and is_triggered(self.campaigns[name], event)]
            )

    def is_repeated(self, event: Event) -> bool:
        """Whether it has been taken already. What adds or stops something is remembered for 72 hours, by the times of such events alone;
        orders are known for longer, since they are in the ledger."""
        first = self.known.get(event.message_id)
        if not is_kept(event.name) or event.name.startswith("order_"):
            self.known.setdefault(event.message_id, 0)
            return first is not None
        self.latest = max(self.latest, event.received or event.at)
        if first is not None and first >= self.latest - KEPT_FOR:
            return True
        self.known[event.message_id] = self.latest
        return False

    def used_purposes(self) -> set[str]:
        """The purposes that the policy or a campaign names."""
        rules = (self.policy or {}).get("consent", {})
        named = {campaign.get("purpose", "marketing") for campaign in self.campaigns.values()}
        return {*rules.get("default", {}), *rules.get("categories", {}).values(), *named}

    def change(self, key: str, status: str, document: Mapping[str, Any]) -> None:
        """Control changes: the policy, a switch, or a campaign's status and words."""
        self.changes += 1
        kind, _, name = key.partition("/")
        if kind == "hold":
            self.holds[name] = Hold(status, document["version"], document["at"])
        elif kind == "policy":
            self.policy = document
        elif kind == "switch":
            self.off = self.off | {name} if status == "off" else self.off - {name}
        else:
            self.campaigns[name] = document or self.campaigns[name]
            self.versions[name] = f"v{self.changes}"
            self.paused = self.paused - {name} if status == "live" else self.paused | {name}

    def settle(self, before: int) -> None:
        """Everything that falls due before an instant, instant by instant."""
        while early := [candidate.at for candidate in self.pending if candidate.at < before]:
            batch = [candidate for candidate in self.pending if candidate.at == min(early)]
            if self.rules.consent("storage", None, min(early)):
                self.forget(min(early))
                continue
            self.pending = [candidate for candidate in self.pending if candidate.at != min(early)]
            self.pending += [self.waiting_on(candidate) for candidate in batch if self.stays_held(candidate)]
            batch = [candidate for candidate in batch if not self.stays_held(candidate)]
            self.judged |= {candidate.campaign: candidate.start for candidate in batch if candidate.silence and candidate.campaign not in self.paused}
            self.decide([replace(candidate, silence=False) for candidate in batch])

    def stays_held(self, candidate: Candidate) -> bool:
        """Whether nobody has said anything to what is held: then it waits on, and nothing is decided."""
        hold, campaign = self.holds.get(candidate.campaign), self.campaigns[candidate.campaign]
        if "ANOMALY_HELD" not in candidate.deferred_by or candidate.campaign in self.paused or campaign.get("purpose") == "transactional":
            return False
        is_settled = hold is not None and hold.status != "held" and hold.at >= candidate.since
        return not is_settled and candidate.at < self.ends(candidate)

    def waiting_on(self, candidate: Candidate) -> Candidate:
        """The same, at its next look."""
        return replace(candidate, at=looks_again(candidate.at, since=candidate.since, ends=self.ends(candidate)))

    def ends(self, candidate: Candidate) -> int:
        """When its message is of no use any more."""
        return candidate.origin + span(self.campaigns[candidate.campaign].get("send", {}).get("expires", "24h"))

    def forget(self, at: int) -> None:
        """No consent to storage: only consent is remembered; what was deferred ends."""
        for candidate in self.pending:
            if candidate.attempt:
                self.end(candidate, "withheld", "NO_CONSENT", at=max(at, candidate.since))
        self.pending, self.judged = [], {}
        self.memory = Memory(self.memory.user)

    def triggered(self, name: str, event: Event) -> Candidate:
        """The candidate that the event makes."""
        current = self.memory.carts().current
        cart = self.memory.heard()[0] or (current.key if current else "")
        return Candidate(campaign=name, at=self.clock, origin=self.clock, start=event.at, event=event, cart=cart, stale=self.is_stale(event))

    def decide(self, candidates: list[Candidate]) -> None:
        """All candidates of one instant: first assessed with the same state, then decided one after the other by priority."""
        eligible = []
        for candidate in candidates:
            if candidate.campaign in self.paused:
                if candidate.attempt:
                    self.end(candidate, "withheld", "SWITCHED_OFF")
            elif condition_holds(self.campaigns[candidate.campaign], candidate, self.memory):
                eligible.append(candidate)
            elif candidate.attempt:
                self.end(candidate, "withheld", "ELIGIBILITY")
        for candidate in sorted(eligible, key=self.rank):
            self.decide_one(candidate)

    def rank(self, candidate: Candidate) -> tuple[int, float, str]:
        """The higher priority first; ties by hash."""
        name = candidate.campaign
        return -self.campaigns[name].get("priority", 0), chance.lot(name, self.memory.user), name

    def is_blocked(self, candidate: Candidate, key: str, *, held_out: bool) -> bool:
        """Whether an earlier entry forbids this one."""
        entry = self.campaigns[candidate.campaign].get("entry", {})
        mine = [(used, at) for name, used, at, unreal in self.memory.entered if name == candidate.campaign and (held_out or not unreal)]
        too_soon = "again" in entry and any(candidate.at < at + span(entry["again"]) for _, at in mine)
        return too_soon or ("once_per" in entry and any(used == key for used, _ in mine))

    def decide_one(self, candidate: Candidate) -> None:
        """The way of one candidate."""
        kept, candidate = candidate.place, self.without_place(candidate)
        campaign = self.campaigns[candidate.campaign]
        held_out = self.rules.holdout_of(campaign)
        key = candidate.key if candidate.key is not None else entry_key(self.campaigns[candidate.campaign], candidate)
        if key is None or self.is_blocked(candidate, key, held_out=held_out is not None):
            if candidate.attempt:
                self.end(candidate, "withheld", "ENTRY_BLOCKED")
            return
        candidate = replace(candidate, key=key)
        variant = self.variant(candidate)
        found = variant["channel"]
        channels = self.rules.by_likelihood(found["best"], candidate.at) if isinstance(found, dict) else several(found)
        asked = Asked(
            campaign=campaign,
            held_out=held_out is not None,
            now=candidate.at,
            lives_until=self.ends(candidate),
            kept=kept,
            held_since=candidate.since if "ANOMALY_HELD" in candidate.deferred_by else None,
        )
        if self.is_over(candidate):
            self.end(candidate, "withheld", "EXITED")
            return
        if "wait" in variant and not candidate.waited and not candidate.attempt:
            denied = [(channel, self.rules.consent(asked.purpose, channel, candidate.at)) for channel in channels]
            if all(reason for _, reason in denied):
                self.end(candidate, "withheld", str(denied[0][1]), against=tuple((channel, str(reason)) for channel, reason in denied))
                return
            until = falls_due(candidate.start if candidate.event else candidate.at, span(variant["wait"]), candidate.at)
            self.pending.append(replace(candidate, at=until, waited=True))
            return
        if no := self.rules.against_candidate(asked, origin=candidate.origin, stale=candidate.stale):
            self.end(candidate, "withheld", no.reason)
            return
        self.by_channel(candidate, asked, channels, held_out)

    def is_over(self, candidate: Candidate) -> bool:
        """Whether one of its exits was read before the event that triggers it, and happened after it. At one instant nobody knows, so it did."""
        trigger = self.campaigns[candidate.campaign]["trigger"]
        if candidate.event is None or candidate.waited or candidate.attempt:
            return False
        own = [trigger["event"]] if isinstance(trigger["event"], str) else trigger["event"]
        return any(exit_.at >= candidate.start + (exit_.name in own) for exit_ in self.memory.events(*trigger.get("unless", ())))

    def by_channel(self, candidate: Candidate, asked: Asked, channels: list[str], held_out: tuple[str, str] | None) -> None:
        """Each channel in its order, until one is open or something stops the search."""
        against: list[tuple[str, str]] = []
        for channel in channels:
            no = self.rules.against_channel(asked, channel)
            if no is None:
                outcome, reason = held_out or ("acted", "ELIGIBLE")
                self.commit(candidate, asked, channel)
                self.end(candidate, outcome, reason, channel=channel, against=tuple(against))
                return
            against.append((channel, no.reason))
            if no.then == "drop" or (no.then == "defer" and no.reason in candidate.deferred_by - {"THROTTLED", "ANOMALY_HELD"}):
                self.end(candidate, "withheld", no.reason, against=tuple(against))
                return
            if no.then == "defer":
                assert no.until is not None
                self.end(candidate, "deferred", no.reason, against=tuple(against), until=no.until)
                by = (candidate.deferred_by - {"ANOMALY_HELD"}) | {no.used or no.reason}
                self.places += [no.place] if no.place else []
                later = replace(candidate, at=no.until, attempt=candidate.attempt + 1, deferred_by=by, since=candidate.at, place=no.place)
                self.pending.append(later)
                return
        self.end(candidate, "withheld", against[0][1], against=tuple(against))

    def commit(self, candidate: Candidate, asked: Asked, channel: str) -> None:
        """Entry and place under the caps and in the throughput are used up."""
        assert candidate.key is not None
        self.places += [place] if (place := self.rules.place(asked, channel)) else []
        self.memory.entered.append((asked.name, candidate.key, asked.now, asked.held_out))
        sent = Sent(
            at=asked.now,
            campaign=asked.name,
            channel=channel,
            tags=asked.tags,
            transactional=asked.transactional,
            decision_id=decision_id(self.memory.user, candidate),
            held_out=asked.held_out,
            after=len(self.memory.happened),
        )
        self.memory.sent.append(sent)
