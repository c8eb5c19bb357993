"""Whether news are still true when their turn comes: the newest of what is known of each product."""

from collections import OrderedDict

import msgspec

from services.interest.news import News
from services.items.changes import Change

MAX_PRODUCTS = 200_000
_decode = msgspec.json.Decoder(Change).decode


class Newest:
    """The newest change of each product that changed of late."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Change] = OrderedDict()

    def take(self, value: bytes | None) -> bool:
        """One record of `catalogue-changes`. Returns whether it could be read."""
        try:
            found = _decode(value or b"")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return False
        held = self._known.get(found.product_id)
        if held is None or held.at <= found.at:
            self._known[found.product_id] = found
            self._known.move_to_end(found.product_id)
            if len(self._known) > MAX_PRODUCTS:
                self._known.popitem(last=False)
        return True

    def is_true(self, news: News) -> bool:
        """Whether it still holds: the price is no higher and the stock no larger than told, and there is something left to buy. What is not known
        counts as so. Changes of one instant are compared, too: a price may fall and rise within a millisecond."""
        found = self._known.get(news.product_id)
        if found is None or found.at < news.at:
            return True
        if found.in_stock is False:
            return False
        if news.event == "low_stock" and None not in (found.stock, news.stock):
            return bool(found.stock <= news.stock)  # type: ignore[operator]
        if news.event == "price_dropped" and None not in (found.price, news.price) and found.currency == news.currency:
            return bool(found.price <= news.price)  # type: ignore[operator]
        return True
