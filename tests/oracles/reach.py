"""Whether a channel reaches a customer, in the oracle: what bounced and was complained of, and what opens it again."""

from typing import Any

from tests.oracles.memory import Memory, hard_bounce
from udfs.core.records import Event

ADDRESSES = {"email": "email", "sms": "phone", "push": "push_token"}


class Reach:
    """By the memory alone."""

    memory: Memory

    def unreachable(self, channel: str) -> bool:
        """Whether her flag says so, or it was closed and nothing heard since has opened it."""
        closed: int | None = None
        held: dict[str, Any] = {}
        address = ADDRESSES.get(channel, "")
        for place, (event, late) in enumerate(self.memory.happened):
            closes = hard_bounce(event) or event.name == "message_complained"
            if self._is_about(event, channel, closes=closes, place=place):
                if closes:
                    closed = max(event.at, closed or event.at)
                elif event.name == "message_delivered" and closed is not None and event.at > closed:
                    closed = None
            fresh = {name: value for name, value in event.traits.items() if not (late and name in held)}
            opens = fresh.get(f"{channel}_reachable") is True or fresh.get(address, held.get(address)) != held.get(address)
            if opens and closed is not None and event.at > closed:
                closed = None
            held.update(fresh)
        return closed is not None or self.memory.traits().get(f"{channel}_reachable") is False

    def _is_about(self, event: Event, channel: str, *, closes: bool, place: int) -> bool:
        """Whether a receipt is about a channel: that of its message, else the one that it names. One that closes and says neither is about e-mail
        where it tells an e-mail address, else about all by which anything had gone out, else about all. `place`: of the event among all."""
        sent = self.memory.message(event.properties.get("decision_id"))
        named = sent.channel if sent is not None else event.properties.get("channel")
        if named is not None or not closes:
            return bool(named == channel)
        if any(isinstance(place.get("email"), str) for place in (event.properties, event.traits)):
            return channel == "email"
        gone = {each.channel for each in self.memory.sent if not each.held_out and each.after <= place}
        return channel in gone or not gone

    def lacks_address(self, channel: str) -> bool:
        """Whether only other addresses of hers are known."""
        traits = self.memory.traits()
        return channel in ADDRESSES and not traits.get(ADDRESSES[channel]) and any(traits.get(trait) for trait in ADDRESSES.values())
