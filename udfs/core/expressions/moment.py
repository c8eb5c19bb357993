"""What an expression sees: one user at one instant, with the cart and the event that the question is about."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from udfs.core.items.lookups import Lookups
from udfs.core.policy.rules import NO_POLICY, Policy
from udfs.core.profile.cart_items import UNKNOWN
from udfs.core.profile.cart_state import Cart
from udfs.core.profile.identity import drawn_by
from udfs.core.profile.state import Profile, Session
from udfs.core.recommend.call import Asked as AskedList
from udfs.core.recommend.lists import Recommends
from udfs.core.values.chance import fraction
from udfs.core.values.zones import zone

NOTHING: Mapping[str, Any] = {}
PERIODS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "year": "%Y"}
"""How often a lot may be drawn again -> what the days of one such period have in common."""


class Asked(Protocol):
    """Whoever knows the scores of a moment."""

    def answer(self, moment: "Moment", name: str) -> float | None:
        """The score of that name, computed when it is first asked for."""
        ...


class AskedIntents(Protocol):
    """Whoever knows what texts mean."""

    def of(self, text: object, name: str) -> str | None:
        """What a text means to the model of that name; None where that is unknown."""
        ...


class Moment:
    """The subject of conditions and values. It is read-only; `now` is the instant of the question in epoch milliseconds."""

    __slots__ = (
        "cart",
        "in_holdout",
        "intents",
        "items",
        "now",
        "policy",
        "profile",
        "properties",
        "question",
        "recommends",
        "run",
        "told",
        "user_id",
        "warming",
    )

    def __init__(
        self,
        *,
        user_id: str,
        profile: Profile,
        now: int,
        cart: Cart | None,
        properties: Mapping[str, Any] = NOTHING,
        question: Asked | None = None,
        policy: Policy = NO_POLICY,
        run: bytes = b"",
        in_holdout: bool = False,
        items: Lookups | None = None,
        recommends: Recommends | None = None,
        intents: AskedIntents | None = None,
    ) -> None:
        self.user_id = user_id
        self.profile = profile
        self.now = now
        self.cart = cart
        self.told = properties
        """The properties of the event as they came: what customers read."""
        self.properties = properties if policy.currency.base is None else policy.currency.in_base(properties)
        """The same with amounts in the shop's currency: what conditions and values compare."""
        self.question = question
        self.policy = policy
        self.in_holdout = in_holdout
        """Whether the campaign that asks holds this customer out: then messages that were held out count, too."""
        self.items = items
        """What is read from the catalogue; None where whoever asks reads nothing of it."""
        self.recommends = recommends
        """What makes lists of products; None where whoever asks wants none."""
        self.intents = intents
        """What customers mean by what they write; None where whoever asks asks nothing of it."""
        self.run = run
        """The run of a journey that asks, if one does."""
        self.warming = False
        """Set when a feature was read whose window the data do not reach back over yet."""

    def scored(self, name: str) -> float | None:
        """The score of that name, None where no model is asked."""
        return None if self.question is None else self.question.answer(self, name)


_EMPTY = Session()


COMPLETED = {"name": "name", "price": "price", "image_url": "image", "url": "url"}
"""Field of a line of a cart -> field of its item in the catalogue, which is read where nobody has sent the former."""
Read = Callable[[str, str], Any]
"""Reads a field of an item of the catalogue, by id; None where it is unknown."""


class Line(dict[str, Any]):
    """A line of a cart. What nobody has sent of it is read from the catalogue, once somebody asks for it."""

    __slots__ = ("_absent", "_read")

    def __init__(self, told: Mapping[str, Any], read: Read, *, is_named: bool) -> None:
        """`is_named`: whether its name is one, and not its id in place of one."""
        super().__init__(told)
        self._read = read
        self._absent = {name for name in COMPLETED if told[name] is None} | (set() if is_named else {"name"})

    def get(self, name: str, default: Any = None) -> Any:
        """A field: expressions and templates read them so."""
        if name in self._absent and (found := self._read(self["product_id"], COMPLETED[name])) is not None:
            return found
        return super().get(name, default)


def products_of(cart: Cart, prices: Sequence[float | None], read: Read | None) -> list[dict[str, Any]]:
    """What is in the cart, line by line, with these prices: those that conditions compare, or those that the customer sees. `read`: completes it."""
    found = [
        {
            "product_id": item.product_id,
            "name": item.name or item.product_id,
            "price": _plain(price),
            "quantity": _plain(None if item.quantity == UNKNOWN else item.quantity),
            "image_url": item.image,
            "url": item.url,
        }
        for item, price in zip(cart.items, prices, strict=True)
    ]
    if read is None:
        return found
    return [Line(told, read, is_named=bool(item.name)) for told, item in zip(found, cart.items, strict=True)]


def _plain(number: float | None) -> float | None:
    """2.0 as 2, the way a person writes it."""
    return int(number) if number is not None and float(number).is_integer() else number


def session_of(moment: Moment) -> Session:
    """The latest session; all zero before the first."""
    return moment.profile.session or _EMPTY


def local_time(profile: Profile, at: int) -> datetime:
    """The wall clock where the user lives: by the trait `timezone`, else by the zone last seen; UTC when neither is known."""
    return _wall_clock(_zone_name(profile), at)


def zone_of(profile: Profile) -> ZoneInfo | None:
    """The zone of that clock, None when it is not known."""
    name = _zone_name(profile)
    return zone(name) if name else None


def _zone_name(profile: Profile) -> str | None:
    told = profile.traits.get("timezone")
    return told if isinstance(told, str) and zone(told) else profile.zone


@lru_cache(maxsize=16)  # hour and weekday of one instant, in conditions and in the vector, are asked for one after the other
def _wall_clock(name: str | None, at: int) -> datetime:
    place = zone(name) if name else None
    return datetime.fromtimestamp(at / 1000, place or UTC)


def item_field(moment: Moment, key: Any, field: str) -> Any:
    """A field of an item of the catalogue, None where it is unknown."""
    return None if moment.items is None else moment.items.in_base(key, field)


def recommended(moment: Moment, asked: AskedList) -> list[dict[str, Any]]:
    """A list of products, as plain values."""
    return [] if moment.recommends is None else moment.recommends.values(asked)


def intent_of(moment: Moment, text: Any, model: str) -> str | None:
    """What a text means, None where that is unknown."""
    return None if moment.intents is None else moment.intents.of(text, model)


def last_seen_within(moment: Moment, event: str, window: int | None) -> bool:
    """Whether `event` happened in the last `window` milliseconds (None: ever)."""
    last = moment.profile.seen.get(event)
    return last is not None and (window is None or last >= moment.now - window)


def drawn(moment: Moment, name: str, period: str | None) -> float:
    """The customer's lot: above 0 and below 1, the same at each look, and under whatever id, as for variants; another in each calendar period where
    they live, if one is given."""
    when = local_time(moment.profile, moment.now).strftime(PERIODS[period]) if period else ""
    return fraction(f"draw:{name}:{when}", drawn_by(moment.profile.identity, moment.user_id))


def path_of(moment: Moment, events: tuple[str, ...]) -> list[str]:
    """Those of the events that happened, by when each happened last, the latest first."""
    seen = moment.profile.seen
    return sorted((event for event in events if event in seen), key=seen.__getitem__, reverse=True)
