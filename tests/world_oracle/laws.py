"""What must hold of any player, in any world. Each law returns what breaks it, as sentences; an empty list is a pass."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from tests.world_oracle.instants import HOUR
from tests.world_oracle.player import Decision, Player, Recall
from tests.world_oracle.telling import clock
from tests.world_oracle.worlds import World

LIFE: Final = 6 * HOUR  # of a message of left-cart
NewPlayer = Callable[[World], Player]


@dataclass
class Played:
    """A world, what was decided, and how many decisions there were before each record and after it."""

    world: World
    decisions: list[Decision]
    recalls: list[Recall]
    before: list[int] = field(default_factory=list)

    def after(self, place: int) -> list[Decision]:
        """What was decided at or after the time of that record, when it had been read."""
        return [one for one in self.decisions[self.before[place] :] if one.at >= self.world.told[place].record.at]


def play(world: World, new_player: NewPlayer) -> Played:
    """The whole story, record by record."""
    player = new_player(world)
    before: list[int] = []
    for told in world.told:
        before.append(len(player.decisions()))
        player.record(told.record.key, told.record.value, told.record.at)
    player.finish()
    return Played(world, list(player.decisions()), list(player.recalls()), before)


def marketing(decisions: Iterable[Decision]) -> list[Decision]:
    """What really goes out and needs consent."""
    return [one for one in decisions if one.outcome == "acted" and not one.campaign.startswith("service-")]


def nothing_is_sent_after_a_stop_was_read(played: Played) -> list[str]:
    """Until the customer allows something again, by any event, nothing goes out by what she stopped."""
    broken = []
    for place, stop in enumerate(played.world.told):
        if stop.stops is None or any(one.fact in {"subscribed", "consent_given"} for one in played.world.told):
            continue
        for one in marketing(played.after(place)):
            if stop.stops in {"all", one.channel}:
                broken.append(f"{one.campaign} acted by {one.channel} at {clock(one.at)}, after the stop ({stop.stops}) of {clock(stop.record.at)}")
    return broken


def no_cart_is_spoken_of_after_its_purchase_was_read(played: Played) -> list[str]:
    """After an order has arrived, a cart mail needs a cart event that truly happened after that order and has arrived too.

    Not where a clock is wrong and an earlier cart event comes after the order: it cannot be told from a new cart. Nor before the end of an
    earlier cart has arrived, if that comes after the order: until then that cart was left, for all that anybody knows.
    """
    if not (played.world.sure and played.world.one_at_a_time):
        return []
    broken = []
    told = played.world.told
    for place, order in enumerate(told):
        if order.fact != "order_completed" or order.again:
            continue
        overtaken = any(one.cart is not None and one.cart == order.cart and one.fact != "order_completed" for one in told[place:])
        if overtaken and not played.world.exact:
            continue
        later = [one for one in told if one.cart is not None and order.cart is not None and one.cart > order.cart and one.fact != "order_completed"]
        first = min((one.record.at for one in later), default=None)
        ends = [one for one in told[place:] if one.fact in {"order_completed", "cart_cleared"} and not one.again]
        ended = max((one.record.at for one in ends if one.cart is not None and order.cart is not None and one.cart < order.cart), default=0)
        for one in marketing(played.after(place)):
            if one.campaign == "left-cart" and (first is None or one.at < first) and one.at >= ended:
                broken.append(f"left-cart acted at {clock(one.at)}, after order {order.order} had arrived at {clock(order.record.at)}")
    return broken


def a_cart_is_spoken_of_once(played: Played) -> list[str]:
    """One cart, one message, whatever the cart is called on the way."""
    acted = [one for one in played.decisions if one.campaign == "left-cart" and one.outcome == "acted"]
    twice = []
    for place, one in enumerate(acted):
        if one.about in [before.about for before in acted[:place]]:
            twice.append(f"{one.about} twice, again at {clock(one.at)}")
    emptied = any(one.fact in {"product_removed", "cart_cleared"} or b"products" in one.record.value for one in played.world.told)
    if played.world.sure and played.world.one_at_a_time and not emptied and len(acted) > played.world.carts:
        twice.append(f"{len(acted)} messages about {played.world.carts} carts")
    return twice


def each_order_is_counted_once(played: Played) -> list[str]:
    """The campaign `third-order` acts only when three different orders have been told."""
    broken = []
    for one in played.decisions:
        if one.campaign == "third-order" and one.outcome == "acted":
            orders = {told.order for told in played.world.told if told.order and told.record.at <= one.at}
            if len(orders) < 3:
                broken.append(f"third-order acted at {clock(one.at)} on {sorted(str(order) for order in orders)}")
    return broken


def a_cart_mail_is_recalled_when_the_purchase_arrives_in_time(played: Played) -> list[str]:
    """Of a message that is neither delivered nor too old: at the order of its cart at the latest. Where there was only ever one cart."""
    told = played.world.told
    broken = []
    for number, sent in enumerate(played.decisions):
        if sent.campaign != "left-cart" or sent.outcome != "acted" or not (played.world.sure and played.world.one_at_a_time):
            continue
        heard = [place for place, _ in enumerate(told) if played.before[place] <= number and told[place].record.at <= sent.at]
        carts = {told[place].cart for place in heard if told[place].cart is not None}
        for place in range(len(heard), len(told)):
            order = told[place]
            in_time = played.before[place] > number and order.record.at < sent.at + LIFE
            recalled = any(one.acted_at == sent.at and one.campaign == "left-cart" and one.at <= order.record.at for one in played.recalls)
            if order.fact == "order_completed" and in_time and carts == {order.cart} and not recalled:
                broken.append(f"not recalled at {clock(order.record.at)}: left-cart of {clock(sent.at)}")
    return broken


def a_recall_speaks_of_a_message_that_went_out(played: Played) -> list[str]:
    """And of each one only once."""
    keys = [(one.person, one.campaign, one.about, one.acted_at) for one in played.recalls]
    acted = [(one.person, one.campaign, one.about, one.at) for one in played.decisions if one.outcome == "acted"]
    twice = [f"recalled twice: {key}" for key in keys if keys.count(key) > 1]
    return twice + [f"recalled, and never sent: {key}" for key in keys if key not in acted]


def timers_change_nothing(world: World, new_player: NewPlayer) -> list[str]:
    """Calls of time between any two records, or none: the same decisions and recalls."""
    plain = play(world, new_player)
    chance = random.Random(world.seed)
    player = new_player(world)
    last = world.told[0].record.at if world.told else 0
    for told in world.told:
        for at in sorted(chance.choice([last, told.record.at, chance.randint(last, told.record.at)]) for _ in range(chance.randrange(4))):
            player.time(at)
        player.record(told.record.key, told.record.value, told.record.at)
        last = told.record.at
    player.finish()
    return different(plain, list(player.decisions()), list(player.recalls()), "with timers")


def redelivery_changes_nothing(world: World, new_player: NewPlayer) -> list[str]:
    """The same bytes once more, within 72 hours: the same decisions and recalls.

    But for a stop that says neither which message it is nor when it happened: nobody can tell whether it is said again, and what says stop stops.
    """
    values = [told.record.value for told in world.told]
    sent_again = [told.again and told.record.value in values[:place] and not (told.stops and told.bare) for place, told in enumerate(world.told)]
    once = replace(world, told=tuple(told for told, again in zip(world.told, sent_again, strict=True) if not again))
    played = play(world, new_player)
    return different(play(once, new_player), played.decisions, played.recalls, "with redelivery")


def different(played: Played, decisions: list[Decision], recalls: list[Recall], what: str) -> list[str]:
    """In what two plays differ."""
    ours: list[Decision | Recall] = [*played.decisions, *played.recalls]
    theirs: list[Decision | Recall] = [*decisions, *recalls]
    found = [f"{what}: {one}" for one in theirs if one not in ours] + [f"not {what}: {one}" for one in ours if one not in theirs]
    return found or ([f"another order {what}"] if ours != theirs else [])


OF_ONE_PLAY: tuple[Callable[[Played], list[str]], ...] = (
    nothing_is_sent_after_a_stop_was_read,
    no_cart_is_spoken_of_after_its_purchase_was_read,
    a_cart_is_spoken_of_once,
    each_order_is_counted_once,
    a_cart_mail_is_recalled_when_the_purchase_arrives_in_time,
    a_recall_speaks_of_a_message_that_went_out,
)
OF_TWO_PLAYS: tuple[Callable[[World, NewPlayer], list[str]], ...] = (timers_change_nothing, redelivery_changes_nothing)


def broken_by(world: World, new_player: NewPlayer) -> dict[str, list[str]]:
    """Every law that the player breaks in this world, and how."""
    played = play(world, new_player)
    found = {law.__name__: law(played) for law in OF_ONE_PLAY} | {pair.__name__: pair(world, new_player) for pair in OF_TWO_PLAYS}
    return {name: sentences for name, sentences in found.items() if sentences}
