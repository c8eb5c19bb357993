"""What stands of each customer's orders, by the job's own ledger: cancelled and refunded ones are gone, and each counts once."""

from services.lift.records import Order
from udfs.core.campaigns.book import Book
from udfs.core.decision import ordered
from udfs.core.policy.rules import Policy
from udfs.core.profile import orders
from udfs.core.profile.state import Profile
from udfs.core.records import Event


class Ledgers:
    """Takes the events of orders, in the order of their records."""

    def __init__(self, policy: Policy) -> None:
        """`policy`: in whose currency amounts are read."""
        self._currency, self._book = policy.currency, Book(policy=policy)
        self._profiles: dict[str, Profile] = {}
        self._taken: set[tuple[str, str]] = set()

    def take(self, event: Event) -> None:
        """An order, a cancellation or a refund; every other event is passed over."""
        message = (event.user_id, event.message_id)
        if event.name in orders.EVENTS and message not in self._taken:  # trackers send again what they are not sure of
            self._taken.add(message)
            profile = self._profiles.setdefault(event.user_id, Profile(born=event.at, now=event.at))
            ordered.take(profile, event, self._currency.in_base(event.properties), self._book, event.at)

    def orders(self) -> dict[str, list[Order]]:
        """By customer, what stands now. An order whose amount nobody knows is worth nothing here."""
        return {
            user: [Order(at=each.at, value=each.left(_place(each))) for each in orders.ledger(profile) if each.told and not each.gone]
            for user, profile in self._profiles.items()
        }


def _place(order: orders.Order) -> int:
    return next((place for place, amount in enumerate(order.amounts) if amount is not None), 0)
