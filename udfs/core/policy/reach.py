"""Whether anything arrives by a channel: a known address, what bounced there, and the customer's own flags (`email_reachable: false`)."""

from collections.abc import Mapping, Set
from typing import Any

from udfs.core.policy.case import Case, Closed
from udfs.core.policy.rules import Policy
from udfs.core.profile.state import Profile
from udfs.core.profile.stub import mark_of
from udfs.core.records import Reason
from udfs.core.values.bounded import MAX_TEXT
from udfs.core.values.instants import in_utc

ADDRESS = {"email": "email", "sms": "phone", "push": "push_token"}
"""Channel -> the trait that holds its address: a new address opens the channel again."""

_FLAG = "_reachable"
_NONE = frozenset({"", "null", "undefined", "none", "nil", "nan", "n/a", "(null)", "unknown", "false", "true", "0", "-1", "[object object]"})
_ADDRESSES = frozenset(ADDRESS.values())
_TRAITS = frozenset({"timezone", *_ADDRESSES})


def is_needed(trait: str, channels: Set[str]) -> bool:
    """Whether a trait must be known of everybody: it says whether, where or when somebody is reached by one of `channels`."""
    return trait in _TRAITS or (trait.endswith(_FLAG) and trait.removesuffix(_FLAG) in channels)


def is_address(trait: str) -> bool:
    """Whether a trait holds an address."""
    return trait in _ADDRESSES


def is_none(address: Any) -> bool:
    """Whether what stands for an address is none: nothing, or what programs write for nothing."""
    return not isinstance(address, (str, int)) or str(address).strip().lower() in _NONE


def is_no_address(trait: str, value: Any) -> bool:
    """Whether what was said for this address is none: by `foo` nobody is reached by e-mail."""
    return is_none(value) or (trait == "email" and "@" not in str(value))


def is_known(profile: Profile, trait: str) -> bool:
    """Whether anything was said of an address, also that there is none."""
    return trait in profile.traits or trait in profile.addressed


def is_outdated(profile: Profile, trait: str, at: int) -> bool:
    """Whether something newer than `at` was said of an address; if not, this is the latest word on it."""
    if at < profile.addressed.get(trait, 0):
        return True
    profile.addressed[trait] = at
    return False


def heard(profile: Profile, traits: Mapping[str, Any], at: int) -> None:
    """New traits, before they are remembered. What was said before something bounced does not open the channel."""
    for channel in [channel for channel, since in profile.unreachable.items() if at > since]:
        address = ADDRESS.get(channel, "")
        changed = traits.get(address) is not None and _plain(traits[address]) != _plain(profile.traits.get(address))
        if changed and channel in profile.bounced:
            changed = mark_of(traits[address]) != profile.bounced[channel]
        if changed or traits.get(f"{channel}_reachable") is True:
            del profile.unreachable[channel]
            profile.bounced.pop(channel, None)


def _plain(address: Any) -> Any:
    """An address as mailboxes are compared: without blanks around it and without case."""
    return address.strip().casefold() if isinstance(address, str) else address


def closes(profile: Profile, traits: Mapping[str, Any]) -> bool:
    """Whether traits say that nothing arrives by a channel of which nothing like it is known."""
    return any(value is False and name.endswith(_FLAG) and profile.traits.get(name) is not False for name, value in traits.items())


def closed_by(profile: Profile, traits: Mapping[str, Any]) -> Set[str]:
    """The channels of which these traits say that nothing arrives there, now that they are remembered."""
    said = [name for name, value in traits.items() if value is False and name.endswith(_FLAG)]
    return {name.removesuffix(_FLAG) for name in said if profile.traits.get(name) is False}


def device(context: Mapping[str, Any]) -> str | None:
    """The token by which an app is reached, as mobile trackers send it."""
    found = context.get("device")
    token = found.get("token") if isinstance(found, dict) else None
    return token if isinstance(token, str) and not is_none(token) else None


def address(profile: Profile, channel: str, policy: Policy) -> str | None:
    """Where a message goes: what is known, as it arrived. None where whoever delivers keeps the addresses, or actions are to carry none.

    None, too, for what may have been cut to the size of a trait, and for what no address holds: a line break would end a mail's header.
    """
    trait = ADDRESS.get(channel)
    if trait is None or not policy.addresses_in_actions or policy.addresses_of(channel) == "elsewhere":
        return None
    known = profile.traits.get(trait)
    if is_none(known) or isinstance(known, bool):
        return None
    text = str(known).strip()
    return text if len(text) < MAX_TEXT and text.isprintable() else None


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether nothing arrives by this channel."""
    profile = case.profile
    trait = ADDRESS.get(channel or "")
    if trait is not None and trait not in profile.traits and _closes(case, channel or ""):
        return Closed(Reason.UNREACHABLE, f"{channel}: no address is known ({trait})", ({"address": trait},))
    if channel in profile.unreachable:
        at = profile.unreachable[channel]
        return Closed(Reason.UNREACHABLE, f"{channel}: bounced or complained at {in_utc(at)}", ({"bounced_at": at},))
    if profile.traits and profile.traits.get(f"{channel}_reachable") is False:
        return flagged(channel or "")
    return None


def flagged(channel: str) -> Closed:
    """Why a channel is closed of which a trait says that nothing arrives there."""
    return Closed(Reason.UNREACHABLE, f"{channel}: {channel}_reachable is false", ({"trait": f"{channel}_reachable"},))


def _closes(case: Case, channel: str) -> bool:
    """Whether a missing address closes the channel: where the policy says so, or where another address shows that somebody sends them to us."""
    where = case.policy.addresses_of(channel)
    if where is not None:
        return where == "required"
    return not _ADDRESSES.isdisjoint(case.profile.traits)
