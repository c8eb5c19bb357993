"""A message that somebody would like to send, and whether a rule of the policy is about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.oracles.memory import Place, Sent


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A message that somebody would like to send now."""

    campaign: Mapping[str, Any]
    held_out: bool
    now: int
    lives_until: int = 0
    kept: Place | None = None
    """The place in the throughput for which it has waited, and which it has given back."""
    held_since: int | None = None
    """When it was held as out of line; None: it was not, or it has been decided since."""

    @property
    def name(self) -> str:
        """The campaign's name."""
        return str(self.campaign["campaign"])

    @property
    def purpose(self) -> str:
        """Marketing, if it says nothing else."""
        return str(self.campaign.get("purpose", "marketing"))

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return tuple(self.campaign.get("tags", ()))

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """What somebody may have lost interest in: the campaign itself, and its topics, which are its tags."""
        return [("campaign", self.name), *(("topic", tag) for tag in self.tags)]

    @property
    def transactional(self) -> bool:
        """Whether caps, quiet hours, suppression and consent let it pass."""
        return self.purpose == "transactional"

    def exempt(self, listed: Iterable[str]) -> bool:
        """Whether its purpose or one of its tags is in the list."""
        return self.purpose in listed or bool(set(self.tags) & set(listed))


def percent(text: str) -> float:
    """`5%` as a share."""
    return float(text.rstrip("%")) / 100


def covers(cap: Mapping[str, Any], *, channel: str, tags: tuple[str, ...], campaign: str) -> bool:
    """Whether a cap applies to such a message: everything that it names must match."""
    return (
        (cap.get("channel", "any") == "any" or channel in several(cap["channel"]))
        and ("tag" not in cap or bool(set(tags) & set(several(cap["tag"]))))
        and ("campaign" not in cap or campaign in several(cap["campaign"]))
    )


def in_scope(scope: str, sent: Sent, asked: Asked, channel: str | None) -> bool:
    match scope:
        case "campaign":
            return sent.campaign == asked.name
        case "tag":
            return bool(set(sent.tags) & set(asked.tags))
        case "channel":
            return sent.channel == channel
    return True


def several(found: Any) -> list[str]:
    return found if isinstance(found, list) else [found]
