"""The shop's customers. A customer is a function of the seed and a number: the same person, with the same tastes, in every run.

Her character, which determines what she does, is never part of an event: it is the truth that a trained model can be compared with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from simulation.resolve import Character
from simulation.rhythm import RHYTHMS, Rhythm

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
_RHYTHMS = dict(zip(RHYTHMS, (10, 25, 35, 12, 18), strict=True))
_OPENS = {"email": (3, 5), "push": (3, 6), "sms": (8, 2), "onsite": (6, 3)}
"""Channel -> parameters of the beta distribution of the chance that somebody sees a message there. Other channels count as email."""
_CLICKS = {"email": (2, 6), "push": (2, 5), "sms": (2, 8), "onsite": (3, 5)}
_BOTS = 0.02
"""The share of strangers that are bots. Only their behaviour shows it, not their ids or context."""


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
    """The one she mostly uses."""
    character: Character

    @property
    def key(self) -> str:
        """The key of her events after login."""
        return self.user_id or self.anonymous_id

    def traits(self) -> dict[str, Any]:
        """Her traits; a stranger has none."""
        if self.user_id is None:
            return {}
        return {"first_name": self.first_name, "email": f"{self.user_id}@shop.example", "country": self.country, "timezone": self.zone}

    def rhythm(self, *, even: bool) -> Rhythm:
        """When she comes."""
        return Rhythm(self.character.rhythm, self.zone, even)


def customer(number: int, *, seed: int, categories: Sequence[str]) -> Person:
    """The customer of this number, from 0."""
    chance = Random(f"{seed}/customer/{number}")
    name = chance.choice(_NAMES)
    character = _character(chance, categories)
    return _person(chance, character, anonymous_id=f"web-{seed}-{number}", user_id=f"{name.lower()}-{number}", first_name=name)


def stranger(number: int, *, seed: int, categories: Sequence[str]) -> Person:
    """An anonymous visitor: the same kind of person, but less inclined to buy. Some are bots."""
    chance = Random(f"{seed}/stranger/{number}")
    character = _character(chance, categories, leaning=-0.7, bot=chance.random() < _BOTS)
    return _person(chance, character, anonymous_id=f"anon-{seed}-{number}", user_id=None, first_name=None)


def _person(chance: Random, character: Character, *, anonymous_id: str, user_id: str | None, first_name: str | None) -> Person:
    zone, locale, country, _ = chance.choices(_HOMES, weights=[home[3] for home in _HOMES])[0]
    return Person(
        anonymous_id=anonymous_id,
        user_id=user_id,
        first_name=first_name,
        zone=zone,
        locale=locale,
        country=country,
        device=chance.choices(_DEVICES, weights=[device[1] for device in _DEVICES])[0][0],
        character=character,
    )


def _character(chance: Random, categories: Sequence[str], *, leaning: float = 0.0, bot: bool = False) -> Character:
    return Character(
        tastes={category: chance.paretovariate(1.2) for category in categories},  # a few strong likings, many faint ones
        purse=chance.lognormvariate(4.4, 0.6),  # half of all people below 81
        rhythm=chance.choices(list(_RHYTHMS), weights=list(_RHYTHMS.values()))[0],
        frequency=chance.lognormvariate(-0.245, 0.7),  # 1 on average
        patience=2.0 + chance.expovariate(1 / 2.0),
        appetite=chance.betavariate(3, 6),
        leaning=leaning + chance.gauss(-1.9, 1.4),
        impulse=chance.betavariate(6, 3),
        hesitation=chance.uniform(0.2, 0.8),
        nudge=_nudge(chance),
        sensitivity=chance.betavariate(1.2, 1.8),
        opens={channel: chance.betavariate(*shape) for channel, shape in _OPENS.items()},
        clicks={channel: chance.betavariate(*shape) for channel, shape in _CLICKS.items()},
        tolerance=chance.choices((1, 2, 3, 5, 8), weights=(10, 20, 30, 25, 15))[0],
        bot=bot,
    )


def _nudge(chance: Random) -> float:
    """The effect of a message: nearly half can be persuaded, many do not care, and some are put off."""
    kind = chance.random()
    if kind < 0.45:
        return chance.uniform(0.3, 1.2)
    return 0.0 if kind < 0.82 else -chance.uniform(0.8, 2.0)
