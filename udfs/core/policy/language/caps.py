"""Reads the caps of a policy."""

from typing import Any, cast

from udfs.core.policy.language.shape import CAP, MAX_CAP, THENS
from udfs.core.policy.rules import REMEMBERED, Cap, Then
from udfs.core.values.channels import CHANNELS, is_channel, why_not
from udfs.core.values.document_reader import DocumentReader, KeyPath
from udfs.core.values.durations import in_words
from udfs.core.values.problems import did_you_mean, short, shown
from udfs.core.values.shapes import keys, words

_PER = words(CAP, "per")
_ANY = {"channel": "channel: any", "channels": "leave channels out: then it is for all"}
"""What to write for every channel."""
MAX_WINDOW = 30 * 86_400_000
"""Milliseconds of the longest rolling window: 30 days, for which every message is remembered."""
assert MAX_WINDOW < REMEMBERED
LEARNED = "learned"
"""In place of a max: it follows from what the customer does with messages."""


def read_caps(reader: DocumentReader, found: Any) -> tuple[Cap, ...]:
    """The caps in their order."""
    if not isinstance(found, list):
        reader.refuse(("caps",), "is a list of rules, such as - {id: one-mail-a-day, channel: email, max: 1, within: 24h}")
        return ()
    caps = tuple(_cap(reader, ("caps", at), rule) for at, rule in enumerate(found))
    for at, cap in enumerate(caps):
        if cap.id and cap.id in {earlier.id for earlier in caps[:at]}:
            reader.refuse(("caps", at, "id"), f"there are two caps {shown(cap.id)}: decisions name a cap by its id")
    return caps


def read_channels(reader: DocumentReader, path: KeyPath, found: Any, *, at_key: bool = False) -> frozenset[str]:
    """One or several channels."""
    channels = reader.words(path, found, "a channel, such as email")
    for channel in channels:
        if channel == "any" and not at_key:
            reader.refuse(path, "any cannot be combined: it means every channel, and in a list it is none", _ANY.get(str(path[-1])))
        elif not is_channel(channel):
            hint = did_you_mean(channel.lower(), CHANNELS) or why_not(short(channel))
            reader.refuse(path, f"{shown(channel)} is no name of a channel", hint, at_key=at_key)
    return frozenset(channels)


def _cap(reader: DocumentReader, path: KeyPath, found: Any) -> Cap:
    found = reader.mapping(path, found, "{id: one-mail-a-day, channel: email, max: 1, within: 24h}")
    reader.keys(path, found, keys(CAP))
    name = found.get("id")
    if not isinstance(name, str) or not name.strip():
        reader.refuse((*path, "id"), "a cap has an id, by which decisions name it, such as one-mail-a-day")
    if not {"channel", "tag", "campaign"} & found.keys():
        reader.refuse(path, "what does it count? name a channel (or any), a tag or a campaign", "channel: any")
    channel = found.get("channel", "any")
    least, most = _limits(reader, path, found)
    within, per = _window(reader, path, found)
    if not isinstance(found.get("count_transactional", False), bool):
        reader.refuse((*path, "count_transactional"), "is true or false")
    return Cap(
        id=name if isinstance(name, str) else "",
        channels=None if channel == "any" else read_channels(reader, (*path, "channel"), channel),
        tags=frozenset(reader.words((*path, "tag"), found["tag"], "a tag")) if "tag" in found else None,
        campaigns=frozenset(reader.words((*path, "campaign"), found["campaign"], "a campaign")) if "campaign" in found else None,
        most=most,
        within=within,
        per=per,
        then=cast(Then, reader.choice((*path, "then"), found.get("then", "drop"), THENS, "then")),
        count_transactional=bool(found.get("count_transactional", False)),
        window=f"within {in_words(within)}" if within else f"per {per}",
        least=least,
    )


def _limits(reader: DocumentReader, path: KeyPath, found: Any) -> tuple[int | None, int]:
    """The bounds of a limit that is learned; of a fixed one, None and itself."""
    if found.get("max") != LEARNED:
        if "between" in found:
            reader.refuse((*path, "between"), "between is for a limit that is learned", "write max: learned, or leave between out")
        return None, reader.whole((*path, "max"), found.get("max"), least=0, most=MAX_CAP, what="max")
    between = found.get("between")
    if not isinstance(between, list) or len(between) != 2:
        reader.refuse((*path, "between"), "a limit that is learned has two bounds", "such as between: [1, 5]")
        return 1, 1
    least, most = (reader.whole((*path, "between", at), bound, least=1, most=MAX_CAP, what="a bound") for at, bound in enumerate(between))
    if least >= most:
        reader.refuse((*path, "between"), f"the first bound is below the second, not {least} and {most}", "such as between: [1, 5]")
    return least, most


def _window(reader: DocumentReader, path: KeyPath, found: Any) -> tuple[int | None, Any]:
    if ("within" in found) == ("per" in found):
        reader.refuse(path, "a cap has a window: within (rolling, such as 24h) or per (day, week or month of the customer's calendar)")
        return 1, None
    if "per" in found:
        return None, reader.choice((*path, "per"), found["per"], _PER, "per")
    within = reader.duration((*path, "within"), found["within"])
    if within is not None and within > MAX_WINDOW:
        reader.refuse((*path, "within"), "a rolling window is at most 30d: so long messages are remembered")
    return within or 1, None
