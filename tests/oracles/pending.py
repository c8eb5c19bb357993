"""What is pending of one customer: silences that run, what was deferred, what cancels them, and what was said of each in the end."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from tests.oracles.candidate import Candidate, Verdict, decision_id, variant_name
from tests.oracles.carts import CLOSING
from tests.oracles.consent import Word
from tests.oracles.memory import Memory, Place
from tests.oracles.rules import Hold, Rules
from tests.oracles.silences import GRACE, breaks, falls_due
from tests.oracles.times import CLOCKS_DIFFER, span
from udfs.core.records import Event


class Pending:
    """One customer under one policy: what is remembered, and what is still to be decided."""

    def __init__(
        self,
        *,
        user: str,
        policy: Mapping[str, Any] | None,
        campaigns: list[Mapping[str, Any]],
        recalls: Mapping[str, set[str]] = MappingProxyType({}),
    ) -> None:
        self.policy = policy
        self.recalls = recalls
        """Event -> the decisions whose messages it recalled."""
        self.campaigns = {campaign["campaign"]: campaign for campaign in sorted(campaigns, key=lambda campaign: campaign["campaign"])}
        self.memory = Memory(user)
        self.said: list[Word] = []
        self.known: dict[str, int] = {}
        """Id of an event -> when it first came, where that matters."""
        self.latest = 0
        """The latest time of an event whose id is forgotten in time."""
        """Ids of events, by which repeats are known; with what was said, all that outlives a withdrawal of storage."""
        self.off: set[str] = set()
        """What is switched off: `all`, `campaign/NAME`, `channel/NAME`."""
        self.holds: dict[str, Hold] = {}
        """Campaign -> whether it is out of line."""
        self.versions = {campaign["campaign"]: f"v{number}" for number, campaign in enumerate(campaigns)}
        self.paused: set[str] = set()
        self.places: list[Place] = []
        """Taken of the throughput; not hers, so nothing that she says makes it forgotten."""
        self.pending: list[Candidate] = []
        self.now: int | None = None
        """The largest event time."""
        self.clock = 0
        """The largest record time."""
        self.judged: dict[str, int] = {}
        """Campaign -> when the silence began that was decided about last."""
        self.verdicts: list[Verdict] = []
        self.changes = 1000
        """Of control, by which versions of campaigns are numbered."""

    @property
    def rules(self) -> Rules:
        """The policy over what is remembered now."""
        return Rules(self.policy, self.memory, self.said, self.off, self.places, self.holds, self.versions)

    def leave(self, event: Event) -> None:
        """What this event cancels, it cancels at once: an order or a cleared cart for those that it is about, other exits for all."""
        carts = {cart.key for cart in self.memory.carts().open}
        _, about = self.memory.heard()
        kept = []
        for candidate in self.pending:
            trigger = self.campaigns[candidate.campaign]["trigger"]
            of_cart = trigger.get("of") == "cart"
            another_cart = of_cart and event.name in CLOSING and candidate.cart not in about
            stated = event.name.startswith("order_") or event.name in ("cart_cleared", "unsubscribed", "consent_withdrawn")
            closing = of_cart and event.name in CLOSING
            since = candidate.start - (CLOCKS_DIFFER - 1 if stated and not closing else 0)
            exits = event.name in trigger.get("unless", ()) and not another_cart and event.at >= since
            if not exits and not (of_cart and candidate.cart not in carts):
                kept.append(candidate)
            elif candidate.attempt:
                self.end(candidate, "withheld", "EXITED", at=max(self.clock, candidate.since))
        self.pending = kept

    def arm(self, event: Event) -> None:
        """Restart the wait for the silences that this event broke."""
        for name, campaign in self.campaigns.items():
            trigger = campaign["trigger"]
            if (
                "idle" not in trigger
                or name in self.paused
                or event.name in trigger.get("unless", ())
                or not breaks(self.memory, event, trigger["of"])
            ):
                continue
            ends = [exit_ for exit_ in trigger.get("unless", ()) if not (trigger["of"] == "cart" and exit_ in CLOSING)]
            if any(other.at >= event.at for other in self.memory.events(*ends)):
                continue
            cart = self.memory.heard()[0] or "" if trigger["of"] == "cart" else ""
            self.pending = [held for held in self.pending if held.campaign != name or held.cart != cart or held.attempt]
            touched = self.memory.cart(cart) if cart else None
            start = touched.last if touched else event.at
            if self.judged.get(name) == start:
                continue  # the silence that began at that very millisecond has been decided about
            at = falls_due(start, span(trigger["idle"]), self.clock)
            armed = Candidate(campaign=name, at=at, origin=at, start=start, cart=cart, silence=True, stale=self.is_stale(event))
            self.pending.append(armed)

    def extend(self, event: Event) -> None:
        """What arrives late does not arrive alone: silences wait a little for the rest."""
        for place, held in enumerate(self.pending):
            if held.silence and self.clock - event.at > GRACE:
                at = max(held.at, self.clock + min(GRACE, span(self.campaigns[held.campaign]["trigger"]["idle"])))
                self.pending[place] = replace(held, at=at, origin=at)

    def is_stale(self, event: Event) -> bool:
        """Whether it was too old when it came, by the policy."""
        return self.policy is not None and event.received - event.at > span(self.policy.get("trigger_max_age", "72h"))

    def without_place(self, candidate: Candidate) -> Candidate:
        """What was kept for it of the throughput is free again."""
        if candidate.place is not None:
            self.places.remove(candidate.place)
        return replace(candidate, place=None)

    def variant(self, candidate: Candidate) -> Mapping[str, Any]:
        """The variant that this customer always gets."""
        return self.campaigns[candidate.campaign]["variants"][self.variant_name(candidate)]  # type: ignore[no-any-return]

    def variant_name(self, candidate: Candidate) -> str:
        """Its name."""
        return variant_name(self.memory.user, self.campaigns[candidate.campaign])

    def end(
        self,
        candidate: Candidate,
        outcome: str,
        reason: str,
        *,
        at: int | None = None,
        channel: str | None = None,
        until: int | None = None,
        against: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """A decision; what was kept for it is kept no longer."""
        self.without_place(candidate)
        verdict = Verdict(
            at=candidate.at if at is None else at,
            campaign=candidate.campaign,
            decision_id=decision_id(self.memory.user, candidate),
            attempt=candidate.attempt,
            outcome=outcome,
            reason=reason,
            variant=self.variant_name(candidate),
            channel=channel,
            deferred_until=until,
            against=against,
        )
        self.verdicts.append(verdict)
