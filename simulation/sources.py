"""Where a visit comes from: the device, the referrer, and the advertisement."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

_WAYS: tuple[tuple[str | None, Mapping[str, str] | None, int], ...] = (  # (referrer, utm, how many of a hundred)
    (None, None, 42),
    ("https://search.example/", None, 24),
    ("https://search.example/", {"name": "outdoor-brand", "source": "search", "medium": "cpc"}, 12),
    ("https://friends.example/", {"name": "summit-season", "source": "friends", "medium": "paid-social"}, 10),
    ("https://mountains.example/reviews", None, 6),
    (None, {"name": "weekly-letter", "source": "newsletter", "medium": "email"}, 6),
)
_OTHER = {"mobile": "desktop", "desktop": "mobile", "tablet": "mobile"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The circumstances of a visit; `campaign` is the advertisement, as Segment's context.campaign."""

    device: str
    referrer: str | None = None
    campaign: Mapping[str, str] | None = None


def arrival(device: str, chance: Random) -> Origin:
    """An arrival on her usual device or, sometimes, on another."""
    held = device if chance.random() < 0.85 else _OTHER[device]
    referrer, campaign, _ = chance.choices(_WAYS, weights=[way[2] for way in _WAYS])[0]
    return Origin(device=held, referrer=referrer, campaign=campaign)


def from_message(device: str, *, campaign: str, channel: str) -> Origin:
    """An arrival by the link in a message."""
    return Origin(device=device, campaign={"name": campaign, "source": "kairos", "medium": channel})
