"""Who comes to the shop. A customer is a function of the shop's seed and a number: the same person, with the same tastes, in every run.

What drives a person (tastes, purse, appetite, resolve) never leaves the shop: it is the truth that a model trained on the events can be held to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

# fmt: off
_NAMES = (
    "Ada", "Ben", "Carla", "Dario", "Emma", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Karim", "Lena", "Mateo", "Nora",
    "Oskar", "Priya", "Quentin", "Rosa", "Sami", "Thea", "Umar", "Vera", "Wanda", "Xenia", "Yuki", "Zoe", "Amina", "Bruno",
    "Chloe", "Diego", "Elif", "Finn", "Gita", "Hana", "Ivan", "Jade", "Kofi", "Lucia", "Milan", "Nadia",
)
# fmt: on
_HOMES = (  # (zone, locale, country, how many of a hundred)
    ("America/New_York", "en-US", "US", 30),
    ("America/Los_Angeles", "en-US", "US", 15),
    ("Europe/London", "en-GB", "GB", 20),
    ("Europe/Berlin", "de-DE", "DE", 15),
    ("Europe/Paris", "fr-FR", "FR", 10),
    ("Asia/Tokyo", "ja-JP", "JP", 5),
    ("Australia/Sydney", "en-AU", "AU", 5),
)
_DEVICES = (("mobile", 55), ("desktop", 38), ("tablet", 7))


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who visits. Known people have a user id and traits; a stranger is only the id in her browser."""

    anonymous_id: str
    user_id: str | None
    first_name: str | None
    zone: str
    locale: str
    country: str
    device: str
    tastes: Mapping[str, float]
    """Category -> weight, not normalised: which shelf she walks to."""
    purse: float
    """What she likes to spend on one thing, in the shop's currency."""
    appetite: float
    """Chance that a product which fits her goes into the cart."""
    resolve: float
    """Chance that a cart she looks at is taken to the checkout."""
    patience: float
    """Mean number of products she looks at in a visit."""

    @property
    def key(self) -> str:
        """What her events are keyed by."""
        return self.user_id or self.anonymous_id

    def traits(self) -> dict[str, Any]:
        """What she told the shop about herself; nothing of a stranger."""
        if self.user_id is None:
            return {}
        return {"first_name": self.first_name, "email": f"{self.user_id}@shop.example", "country": self.country, "timezone": self.zone}


def customer(number: int, *, seed: int, categories: Sequence[str]) -> Person:
    """The customer of this number, from 0."""
    chance = Random(f"{seed}/customer/{number}")
    name = chance.choice(_NAMES)
    return _person(chance, categories, anonymous_id=f"web-{seed}-{number}", user_id=f"{name.lower()}-{number}", first_name=name)


def stranger(number: int, *, seed: int, categories: Sequence[str]) -> Person:
    """An anonymous visitor: the same kinds of people, less inclined to buy since the shop does not know them yet."""
    chance = Random(f"{seed}/stranger/{number}")
    return _person(chance, categories, anonymous_id=f"anon-{seed}-{number}", user_id=None, first_name=None, eagerness=0.6)


def _person(
    chance: Random, categories: Sequence[str], *, anonymous_id: str, user_id: str | None, first_name: str | None, eagerness: float = 1.0
) -> Person:
    zone, locale, country, _ = chance.choices(_HOMES, weights=[home[3] for home in _HOMES])[0]
    return Person(
        anonymous_id=anonymous_id,
        user_id=user_id,
        first_name=first_name,
        zone=zone,
        locale=locale,
        country=country,
        device=chance.choices(_DEVICES, weights=[device[1] for device in _DEVICES])[0][0],
        tastes={category: chance.paretovariate(1.2) for category in categories},  # a few strong likings, many faint ones
        purse=chance.lognormvariate(4.4, 0.6),  # half of all people below 81
        appetite=eagerness * chance.betavariate(3, 7),
        resolve=eagerness * chance.betavariate(3, 5),
        patience=2.0 + chance.expovariate(1 / 3.0),
    )
