"""Carts of two histories where ids meet by chance or on purpose, and where much has to be looked at."""

from typing import Any

import pytest

from tests.builders import MINUTE, MONDAY
from udfs.core.identity import carts
from udfs.core.profile import cart_removals
from udfs.core.profile.cart_bounds import MAX_CART_BYTES
from udfs.core.profile.cart_removals import MAX_REMOVED, MAX_WAITING
from udfs.core.profile.cart_state import Cart, Closing, Item, Removal
from udfs.core.profile.carts import MAX_CARTS
from udfs.core.profile.identity import Identity
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import encode


def cart(cart_id: str, *products: str, opened: int = MONDAY, last: int = 0, **fields: Any) -> Cart:
    items = [Item(product_id=each, price=40, quantity=1) for each in products]
    return Cart(id=cart_id, opened=opened, last=last or opened, currency=None, items=items, **fields)


def profile(*held: Cart, **fields: Any) -> Profile:
    return Profile(born=MONDAY, now=MONDAY, carts={each.id: each for each in held}, **fields)


def products(person: Profile) -> list[list[str]]:
    assert all(name == each.id for name, each in person.carts.items())
    return sorted(sorted(item.product_id for item in each.items) for each in person.carts.values())


@pytest.mark.parametrize("theirs_first", [False, True])
def test_a_cart_whose_id_another_cart_of_hers_has_takes_none_away(theirs_first: bool) -> None:  # noqa: FBT001
    """A shop calls its carts again as it did before: two histories know the same id by two names."""
    person = profile(cart("summer", "kettle"), cart("winter", "peg", opened=MONDAY + MINUTE))
    other = profile(cart("summer", "tent", opened=MONDAY + (0 if theirs_first else 2 * MINUTE), name="winter"))
    renamed = carts.join(person, other, user_id="kim", other_id="web", retold={})
    assert products(person) == [["kettle"], ["peg", "tent"]]
    assert set(renamed.values()) <= set(person.carts)


def test_what_is_looked_for_in_all_carts_is_bounded_however_many_carts_had_removals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger may name carts as they are named here, and end all of them by one order."""
    looked = [0]

    def count(*arguments: Any) -> Any:
        looked[0] += len(arguments[0].removals) if len(arguments) > 3 else 0  # with the name of a cart, those that wait take part
        return taken(*arguments)

    taken = cart_removals.take_again
    monkeypatch.setattr(cart_removals, "take_again", count)

    def removed() -> list[Removal]:
        return [Removal(10 * MINUTE + place, [f"p-{place}", "", "", ""], 1.0) for place in range(MAX_REMOVED)]

    other = profile(*(cart(f"web-{number}", "tent", removed=removed()) for number in range(MAX_CARTS)), carts_born=MAX_CARTS)
    person = profile(*(cart(f"own-{number}", "peg") for number in range(MAX_CARTS)), closings=[Closing(MONDAY + 1, b"", is_about_all=True)])
    carts.join(person, other, user_id="kim", other_id="web", retold={})
    assert 0 < looked[0] <= MAX_CARTS * carts.MAX_AT_ONCE
    assert len(person.removals) == MAX_WAITING


def test_carts_without_a_name_that_are_one_keep_to_the_bounds_of_one() -> None:
    def wide(cart_id: str, opened: int) -> Cart:
        items = [Item(product_id=f"{cart_id}-{number}", price=40, quantity=1, name="x" * 1_500) for number in range(60)]
        return Cart(id=cart_id, opened=opened, last=opened, currency=None, items=items)

    person = profile(wide("web-1", MONDAY), wide("kim-2", MONDAY + MINUTE), carts_born=2)
    person.identity = Identity(linked={"web": MONDAY})
    carts.join(person, profile(), user_id="kim", other_id="web", retold={})
    assert len(person.carts) == 1
    assert len(encode(person)) < MAX_CART_BYTES + 1_000


def test_carts_without_a_name_that_are_one_and_empty_are_put_by() -> None:
    gone = Removal(2 * MINUTE, ["tent", "", "", ""], float("inf"))
    unsure = Removal(MINUTE, [], 1.0, unsure=True)
    person = profile(cart("web-1", "tent", removed=[gone]), cart("kim-2", "tent", opened=MONDAY + 1, removed=[unsure], doubtful=True), carts_born=2)
    person.identity = Identity(linked={"web": MONDAY})
    carts.join(person, profile(), user_id="kim", other_id="web", retold={})
    assert all(each.items or each.doubtful for each in person.carts.values())
