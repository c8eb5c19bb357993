"""What a person allows, and by which channels she can be reached. What cannot be read denies more, and grants nothing."""

from dataclasses import dataclass, field
from typing import Final

from tests.world_oracle import amounts
from tests.world_oracle.amounts import Unreadable, is_absent
from tests.world_oracle.instants import duration, instant
from tests.world_oracle.told import TOLERANCE

CHANNELS: Final = frozenset({"email", "sms", "push", "webhook", "in_app", "onsite"})
ALWAYS: Final = frozenset({"transactional", "storage"})  # a withdrawal that names no purpose leaves these alone


@dataclass(frozen=True, kw_only=True)
class Word:
    """One thing that was said, about a purpose (None: every one but `ALWAYS`) and a channel (None: all)."""

    number: int
    time: int
    grants: bool
    purpose: str | None
    channel: str | None
    ends: int | None = None
    unsubscribed: bool = False  # said by `unsubscribed` or a complaint, not by a consent event
    subscribed: bool = False


def after(one: Word, other: Word) -> bool:
    """Whether the first word is the later one. A denial wins at one instant, and when it arrives later, less than five minutes before too."""
    if one.grants == other.grants:
        return (one.time, one.number) > (other.time, other.number)
    if one.grants:
        return not after(other, one)
    return one.time >= other.time or (one.number > other.number and other.time - one.time < TOLERANCE)


def latest(words: list[Word]) -> Word | None:
    """The word that counts: a denial that no grant came after, else the latest."""
    standing = [word for word in words if word.grants or not any(other.grants and after(other, word) for other in words)]
    denials = [word for word in standing if not word.grants]
    return max(denials or standing, key=lambda word: (word.time, word.number), default=None)


@dataclass
class Consents:
    """All words ever said, in order of arrival."""

    words: list[Word] = field(default_factory=list)

    def hear(self, name: str, properties: dict[str, object], set_aside: tuple[str, ...], message_channel: str | None, time: int, number: int) -> None:
        """A consent event, an unsubscription or a complaint. `message_channel`: by which the message went that it is about."""
        channels = words_of(properties, set_aside, "channel")
        purposes = words_of(properties, set_aside, "purpose")
        grants = name in {"consent_given", "subscribed"}
        ends = None
        if grants:
            try:
                ends = end_of(properties, time)
            except Unreadable:
                return
            if channels is Unreadable or purposes is Unreadable:
                return
        in_doubt = channels is Unreadable or (isinstance(channels, list) and not grants and not set(channels) <= CHANNELS)
        told_channels: list[str | None] = [None] if in_doubt or not isinstance(channels, list) else list(channels)
        if channels is None and name in {"unsubscribed", "message_complained"} and message_channel:
            told_channels = [message_channel]
        told_purposes: list[str | None] = list(purposes) if isinstance(purposes, list) else [None]
        if (name == "consent_given" and purposes is None) or name == "subscribed":
            told_purposes = ["marketing"]
        if name in {"unsubscribed", "message_complained"}:
            told_purposes = [None]
        for channel in told_channels:
            for purpose in told_purposes:
                self.words.append(
                    Word(
                        number=number,
                        time=time,
                        grants=grants,
                        purpose=purpose,
                        channel=channel,
                        ends=ends,
                        unsubscribed=name in {"unsubscribed", "message_complained"},
                        subscribed=name == "subscribed",
                    )
                )

    def is_denied_anew(self, name: str, time: int, *, bare: bool) -> bool:
        """What says stop always stops: a denial is heard under an id that came before, too, if it came after a grant, which is the latest word.

        It must say by a time of its own that it did; or (`bare`) it says neither which message it is nor when.
        """
        if name not in {"consent_withdrawn", "unsubscribed", "message_complained"} or not any(word.grants for word in self.words):
            return False
        granted = max(word.time for word in self.words if word.grants)
        return time > granted - bare and not any(not word.grants and word.time > granted for word in self.words)

    def denial(self, purpose: str, channel: str, now: int, *, default: bool) -> str | None:
        """Why not, or nothing. `default`: whether it is granted where nothing was said."""
        if purpose == "transactional":
            return None
        words = [word for word in self.words if word.purpose == purpose or (word.purpose is None and purpose not in ALWAYS)]
        words = [word for word in words if not (word.grants and word.ends is not None and word.ends <= now)]
        lifts = [word for word in self.words if word.subscribed and not (word.ends is not None and word.ends <= now)]
        words = [word for word in words if not (word.unsubscribed and any(lift.channel == word.channel and after(lift, word) for lift in lifts))]
        by_channel = latest([word for word in words if word.channel == channel])
        by_all = latest([word for word in words if word.channel is None])
        left = latest([word for word in words if word.unsubscribed and word.channel is None])
        if left is not None and (by_all is None or by_all.grants):
            by_all = left  # whoever has left returns by subscribing
        against = None
        if by_channel is not None:
            if not by_channel.grants:
                against = by_channel
            elif by_all is not None and not by_all.grants and after(by_all, by_channel):
                against = by_all
        elif by_all is not None and not by_all.grants:
            against = by_all
        elif by_all is None and not default:
            return "NO_CONSENT"
        if against is None:
            return None
        return "UNSUBSCRIBED" if against.unsubscribed or against.channel == channel else "NO_CONSENT"


def words_of(properties: dict[str, object], set_aside: tuple[str, ...], name: str) -> list[str] | type[Unreadable] | None:
    """Words in small letters: None if nothing is given, `Unreadable` if what is given is not a word."""
    value = properties.get(name)
    if value is None:
        return Unreadable if f"properties.{name}" in set_aside else None
    told = value if isinstance(value, list) else [value]
    if not told or not all(isinstance(word, str) and word.strip() for word in told):
        return Unreadable
    return [str(word).strip().casefold() for word in told]


def end_of(properties: dict[str, object], time: int) -> int | None:
    """When a consent ends. One whose end cannot be read is no consent."""
    if not is_absent(properties.get("expires_at")):
        return instant(properties["expires_at"])
    if not is_absent(properties.get("expires_in")):
        return time + duration(properties["expires_in"])
    return None


ADDRESS = {"email": ("email",), "sms": ("phone",), "push": ("push_token", "device_token")}  # other channels need none


def address(channel: str, traits: dict[str, object], device_token: object) -> str | None:
    """The address by a channel, where one is known."""
    told = [traits.get(name) for name in ADDRESS.get(channel, ())] + ([device_token] if channel == "push" else [])
    for value in told:
        try:
            return amounts.somebody(value)
        except Unreadable:
            continue
    return None
