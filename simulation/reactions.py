"""Reactions to a message: it arrives or bounces, and later people open, click, dismiss, unsubscribe, or never look.

All dice of a message belong to its decision id. Nothing happens on a channel after she unsubscribed from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

from simulation.dice import dice
from simulation.lives import DELIVERED, Life, Message
from simulation.resolve import shift
from simulation.sources import Origin
from simulation.timeline import Posted, Timeline
from simulation.visits import Click, Coupon
from simulation.walks import expect, follow

SILENT = ("sms",)
"""Channels without a receipt for an opened message."""
WAVES_AWAY = {"push": 0.25, "onsite": 0.3}
"""The chance to dismiss a message that was seen and not clicked; close to zero on other channels."""
ENOUGH = 0.1
"""Chance to unsubscribe, for each message beyond what she tolerates in a week."""


@dataclass(slots=True)
class _Feelings:
    """The random numbers of one message, drawn together so that nothing else affects them."""

    clicks: bool
    waves_away: bool
    unsubscribes: bool
    chance: Random


def message(life: Life, *, channel: str, percent: float, code: str, at: int, decision_id: str = "", campaign: str = "", variant: str = "") -> Message:
    """A message that would reach her at `at`, with its possible effects, before any dice are thrown."""
    clicks = life.person.character.clicks
    return Message(
        decision_id=decision_id,
        channel=channel,
        campaign=campaign,
        variant=variant,
        moved=shift(life.person.character, percent=percent, recent=life.recent(at)),
        intent=life.in_mind(at),
        sees=life.reached_by(channel),
        clicks=clicks.get(channel, clicks["email"]),
        wait=life.seen_after(channel),
        at=at,
        coupon=Coupon(percent=percent, code=code, until=at + life.tempo.week_ms) if percent else None,
    )


def percent_of(action: Mapping[str, Any]) -> float:
    """The discount of an action in percent, 0 for none."""
    percent = (action.get("offer") or {}).get("percent")
    return float(percent) if isinstance(percent, int | float) else 0.0


def receive(world: Timeline, life: Life, action: Mapping[str, Any]) -> None:
    """Deliver a message to her, or let it bounce. A recall stops what has not been delivered yet."""
    if action.get("kind") == "recall":
        life.recalled.add(action["decision_id"])
        return
    channel, at = str(action["channel"]), max(world.now, int(action["at"]))
    expired = at >= int(action.get("expires_at") or at + 1)
    if expired or action["decision_id"] in life.decisions or action["decision_id"] in life.recalled or life.reached_by(channel) == 0.0:
        return
    life.decisions.add(action["decision_id"])
    offer = action.get("offer") or {}
    sent = message(
        life,
        channel=channel,
        percent=percent_of(action),
        code=str(offer.get("code") or offer.get("pool") or "OFFER"),
        at=at,
        decision_id=str(action["decision_id"]),
        campaign=str(action.get("campaign", "")),
        variant=str(action.get("variant", "")),
    )
    if sent.intent not in life.intents:
        life.intents.append(sent.intent)
    chance = dice(world.seed, "message", sent.decision_id)
    arrives, sees, wait = chance.random() < DELIVERED, chance.random() < sent.sees / DELIVERED, chance.expovariate(1.0)
    delivered_at = at + 1 + int(chance.random() * world.tempo.pause_ms / 10)
    if not arrives:
        world.later(delivered_at, partial(_post, world, life, sent, "Message Bounced"))
        return
    too_many = max(0, life.recent(at) + 1 - life.person.character.tolerance)
    life.received.append(at)
    life.unseen.append(sent)
    feelings = _Feelings(
        clicks=chance.random() < sent.clicks,
        waves_away=chance.random() < WAVES_AWAY.get(channel, 0.03) * (1 + too_many),
        unsubscribes=chance.random() < (0.003 + ENOUGH * too_many) * (3 if sent.moved < 0 else 1),
        chance=chance,
    )
    seen_at = delivered_at + 1 + int(wait * sent.wait) if sees else None
    world.later(delivered_at, partial(_deliver, world, life, sent, feelings, seen_at))


def _deliver(world: Timeline, life: Life, sent: Message, feelings: _Feelings, seen_at: int | None, at: int) -> Posted | None:
    """It arrives, unless it was recalled meanwhile."""
    if sent.decision_id in life.recalled:
        life.unseen = [each for each in life.unseen if each is not sent]
        return None
    if seen_at is not None:
        world.later(seen_at, partial(_see, world, life, sent, feelings))
    return _post(world, life, sent, "Message Delivered", at)


def _see(world: Timeline, life: Life, seen: Message, feelings: _Feelings, at: int) -> Posted | None:
    if seen in life.unseen:
        life.unseen.remove(seen)
    if seen.channel in life.unsubscribed:
        return None
    if seen.coupon is not None:
        life.coupon = seen.coupon
    during = not seen.intent.decided and not seen.intent.closed
    seen.intent.see(seen.moved, clicks=feelings.clicks, now=at, chance=feelings.chance)
    expect(world, life, seen.intent)
    instant = at + 1 + int(feelings.chance.uniform(0.2, 0.6) * world.tempo.pause_ms)
    if feelings.clicks:
        world.later(instant, partial(_follow, world, life, seen, during))
    elif feelings.unsubscribes:
        world.later(instant, partial(_unsubscribe, world, life, seen))
    elif feelings.waves_away:
        world.later(instant, partial(_post, world, life, seen, "Message Dismissed"))
    return None if seen.channel in SILENT else _post(world, life, seen, "Message Opened", at)


def _follow(world: Timeline, life: Life, seen: Message, during: bool, at: int) -> Posted | None:  # noqa: FBT001
    """`during`: the message is on the page that she is looking at, so she stays there."""
    posted = _post(world, life, seen, "Message Clicked", at)
    if not during:
        _go(world, life, seen, at)
    return posted


def _go(world: Timeline, life: Life, seen: Message, at: int) -> None:
    if life.inside:
        life.waiting.append(partial(_go, world, life, seen))
    else:
        follow(world, life, seen.intent, campaign=seen.campaign, channel=seen.channel, decision_id=seen.decision_id, at=at)


def _unsubscribe(world: Timeline, life: Life, seen: Message, at: int) -> Posted | None:
    posted = _post(world, life, seen, "Unsubscribed", at)
    life.unsubscribed.add(seen.channel)
    return posted


def _post(world: Timeline, life: Life, about: Message, name: str, at: int) -> Posted | None:
    if about.channel in life.unsubscribed:
        return None
    properties = {"decision_id": about.decision_id, "channel": about.channel, "campaign": about.campaign, "variant": about.variant}
    known = life.person.user_id is not None
    return world.post(life, Click(kind="track", name=name, properties=properties, known=known), Origin(device=life.person.device), at)
