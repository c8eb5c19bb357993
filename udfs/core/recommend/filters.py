"""What may stand in a list: what a strategy leaves out, and what a call asks for."""

from collections.abc import Iterable, Set
from typing import Any

from udfs.core.items.categories import MAX_PATH, names_of
from udfs.core.items.item import Catalogue, Item
from udfs.core.profile import interests
from udfs.core.profile.cart_products import product_called
from udfs.core.profile.state import Profile
from udfs.core.recommend.call import Asked
from udfs.core.recommend.candidates import Candidate
from udfs.core.recommend.categories import is_within
from udfs.core.recommend.strategy import Left, Strategy
from udfs.core.values.money import Currency


class Filters:
    """The filters of one list. Each candidate is asked once; where the catalogue knows no item of its id, it is no longer sold."""

    def __init__(
        self, *, profile: Profile, catalogue: Catalogue, currency: Currency, strategy: Strategy, asked: Asked, like: Set[str], seen: Iterable[str]
    ) -> None:
        """`asked`: with plain options (options.py); `like`: the items that the call names; `seen`: those that the customer viewed."""
        self._profile, self._catalogue, self._currency = profile, catalogue, currency
        self._sold = catalogue.version is not None
        left = strategy.exclude
        self._out = set(like)
        if Left.BOUGHT in left:
            self._out.update(item for item, _ in profile.bought)
        if Left.SEEN in left:
            self._out.update(seen)
        if Left.IN_CART in left:
            self._out.update(product_called(item.product_id) for cart in profile.carts.values() for item in cart.items)
        self._category = None if asked.category is None else asked.category[:MAX_PATH]
        self._brand = None if asked.brand is None else _plain(asked.brand)
        self._minds = Left.NOT_INTERESTED in left and bool(profile.declined)
        self._in_stock: bool | None = asked.in_stock
        self._stocked = Left.OUT_OF_STOCK in left and self._in_stock is not False
        self._low: float | None = asked.min_price
        self._high: float | None = asked.max_price
        self._priced = self._low is not None or self._high is not None
        self.needs_catalogue = any(each is not None for each in (asked.category, asked.brand, asked.min_price, asked.max_price)) or (
            self._in_stock is True
        )

    def allowed(self, candidate: Candidate) -> Item | bool:
        """The item of a candidate that may be shown; True: it may, and there is no catalogue; False: it may not."""
        if candidate.item in self._out or (self._minds and interests.is_declined(self._profile, "product", candidate.item) is not None):
            return False
        if not self._sold:
            return not self.needs_catalogue
        item = self._catalogue.find(candidate.item)
        return item if isinstance(item, Item) and self._suits(item) else False

    def _suits(self, item: Item) -> bool:
        if self._stocked and (item.in_stock is False or (item.stock is not None and item.stock <= 0)):
            return False
        if self._in_stock is True and item.in_stock is not True and not (item.stock is not None and item.stock > 0):
            return False
        if (
            self._minds
            and item.category is not None
            and any(interests.is_declined(self._profile, "category", name) for name in names_of(item.category))
        ):
            return False
        if self._category is not None and not is_within(item.category, self._category):
            return False
        if self._brand is not None and (item.brand is None or _plain(item.brand) != self._brand):
            return False
        return not self._priced or self._is_priced(item)

    def _is_priced(self, item: Item) -> bool:
        low, high, price = self._low, self._high, item.price
        if price is not None and self._currency.base is not None and item.currency not in {None, self._currency.base}:
            price = self._currency.convert(price, item.currency)
        return price is not None and (low is None or price >= low) and (high is None or price <= high)


def _plain(name: Any) -> str:
    return str(name).strip().casefold()
