"""Random worlds: goals of every kind, and customers who buy, send back, read, unsubscribe, and whose events arrive late."""

from collections.abc import Callable
from random import Random
from typing import Any

from tests.builders import event
from tests.outcome_oracle.play import Player, note
from tests.outcome_oracle.world import DAY, HOUR, MINUTE, World
from udfs.core.records import Decision, Event

MONDAY = 1_767_571_200_000
STEPS = (
    0,
    1,
    1000,
    MINUTE,
    MINUTE,
    10 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    HOUR,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    DAY - 1,
    DAY,
    2 * DAY,
    3 * DAY,
    8 * DAY,
    31 * DAY,
)
LATE = (0, 0, 0, 0, 0, 1, MINUTE, HOUR, 6 * HOUR, 2 * DAY, 4 * DAY, -MINUTE)
RECEIPTS = ("sent", *["delivered"] * 4, *["opened"] * 4, *["clicked"] * 4, "dismissed", "bounced", "complained")
ORDERS = ("o1", "o2", "o3", "o4", "o5", "o6", None)


def world(seed: int) -> World:
    """The world of a number, as the engine plays it."""
    return Making(Random(seed)).world


class Making:
    """Makes one world, happening by happening."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.world = World([self._campaign(number) for number in range(chance.randint(1, 4))], self._policy())
        fires = Random(chance.random())
        self.player = self._player(lambda _: fires.random() < 0.5)
        self.now, self.ids, self.currencies = MONDAY, 0, dict[str | None, str | None]()
        self._live()
        self.world.horizon = self.now + 200 * DAY
        self.player.wait(self.world.horizon)
        note(self.world, self.player.records, self.player.places)

    def _player(self, fires: Callable[[int], bool]) -> Player:
        return Player(self.world, fires=fires)

    def _live(self) -> None:
        self._arrive()
        for _ in range(self.chance.randint(3, 26)):
            self.now += self.chance.choice(STEPS)
            self._happen()

    def _arrive(self) -> None:
        self.player.take(self.now, self._event("identify", late=False, traits={"email": "ada@example.com", "push_token": "t"}))

    def _user(self) -> str:
        """Whose the next event is."""
        return "ada"

    def _campaign(self, number: int) -> dict[str, Any]:
        chance = self.chance
        trigger: dict[str, Any] = chance.choice(
            ({"event": "go"}, {"event": "go", "unless": "order_completed"}, {"event": "order_completed"}, {"idle": "30m", "of": "cart"})
        )
        if "idle" in trigger and chance.random() < 0.6:
            trigger["unless"] = "order_completed"
        channel = chance.choice(("email", "push"))
        return {
            "campaign": f"c{number}",
            "trigger": trigger,
            "send": {"expires": "6h"},
            "variants": {"mail": {"channel": channel, "content": {"body": "x"}, **({"wait": "10m"} if chance.random() < 0.1 else {})}},
            **({"control_group": "50%"} if chance.random() < 0.3 else {}),
            **({"goal": self._goal()} if chance.random() < 0.9 else {}),
        }

    def _goal(self) -> dict[str, Any]:
        chance = self.chance
        value = chance.choice(("revenue", "revenue", "event.total * 0.1", 5, None))
        return {
            "event": chance.choice((["order_completed"], ["order_completed"], ["signed_up"], ["order_completed", "signed_up"])),
            "within": chance.choice(("30m", "6h", "1d", "3d", "3d", "40d")),
            **({} if value is None else {"value": value}),
            **({"when": "event.total > 50"} if chance.random() < 0.2 else {}),
            **({"basis": chance.choice(("delivered", "opened", "clicked"))} if chance.random() < 0.5 else {}),
            **({"half_life": chance.choice(("10m", "6h", "7d"))} if chance.random() < 0.5 else {}),
        }

    def _policy(self) -> dict[str, Any]:
        chance = self.chance
        return {
            "currency": {"base": "USD", "rates": {"EUR": 1.5}},
            "consent": {"default": {"marketing": "grant"}},
            **({"holdout": {"share": "50%", "epoch": chance.choice(("e1", "e2", "e3"))}} if chance.random() < 0.2 else {}),
            **({"retention": {"anonymous": "7d", "known": chance.choice(("7d", "10d", "35d"))}} if chance.random() < 0.25 else {}),
        }

    def _happen(self) -> None:
        chance = self.chance
        make = chance.choices(
            (self._go, self._cart, self._order, self._undo, self._receipt, self._sign_up, self._speak, self._again, self._page),
            (22, 6, 24, 12, 30, 8, 3, 4, 3),
        )[0]
        if (made := make()) is not None:
            self.player.take(self.now, made)

    def _event(self, name: str, *, late: bool = True, **fields: Any) -> Event:
        self.ids += 1
        at = self.now - self.chance.choice(LATE) if late else self.now
        told = {key: value for key, value in fields.items() if value is not None}
        return event(name, at, user=self._user(), message_id=f"m{self.ids}", received=self.now, **told)

    def _go(self) -> Event:
        return self._event("go", late=False)

    def _page(self) -> Event:
        return self._event("page")

    def _cart(self) -> Event:
        return self._event("product_added", late=False, product_id="tent", price=120, quantity=1, cart_id=self.chance.choice(("a", "b")))

    def _sign_up(self) -> Event:
        return self._event("signed_up", value=self.chance.choice((None, 3, 7.5)), total=self.chance.choice((None, 30, 80)))

    def _order(self) -> Event:
        chance = self.chance
        order_id = chance.choice(ORDERS)
        currency = self._currency(order_id)
        amount = chance.choice(({"total": 60}, {"total": 99.5}, {"revenue": 40}, {"value": 12.25}, {"products": [{"price": 30, "quantity": 2}]}, {}))
        return self._event("order_completed", order_id=order_id, currency=currency, **amount)

    def _currency(self, order_id: str | None) -> str | None:
        """An order has one currency, and its refunds are in it."""
        return self.currencies.setdefault(order_id, self.chance.choice((None, None, "USD", "EUR", "GBP")) if order_id else None)

    def _undo(self) -> Event:
        chance = self.chance
        order_id = chance.choice(ORDERS)
        if chance.random() < 0.2:
            return self._event("order_cancelled", order_id=order_id)
        amount = chance.choice((10, 25.5, 60, None)) if order_id else None
        return self._event(
            "order_refunded", order_id=order_id, total=amount, currency=self._currency(order_id), refund_id=chance.choice((None, "r1", "r2"))
        )

    def _receipt(self) -> Event | None:
        chance = self.chance
        acted = [each for each in self.player.records if isinstance(each, Decision) and (each.outcome == "acted" or chance.random() < 0.1)]
        if not acted:
            return None
        word, about = chance.choice(RECEIPTS), chance.choice(acted[-chance.choice((1, 3, 9)) :])
        return self._event(
            f"message_{word}",
            late=word != "complained",
            decision_id=about.decision_id,
            channel=about.channel,
            machine=True if chance.random() < 0.2 else None,
            bounce_type="soft" if word == "bounced" and chance.random() < 0.5 else None,
        )

    def _speak(self) -> Event:
        chance = self.chance
        if chance.random() < 0.3:
            return self._event(chance.choice(("consent_withdrawn", "consent_given", "consent_given")), late=False, purpose="storage")
        return self._event(chance.choice(("unsubscribed", "unsubscribed", "subscribed")), late=False, channel=chance.choice(("email", "push")))

    def _again(self) -> Event | None:
        """The same message once more, moments later. (After a customer was forgotten it would be a new one, with a decision of the same id.)"""
        latest = [made for at, made in self.world.happenings[-2:] if self.now - at <= HOUR]
        again = [made for made in latest if made.name in ("order_completed", "signed_up", "message_opened")]
        return again[-1] if again else None
