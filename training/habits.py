"""What customers usually do with messages, from receipts in a history: at which hours they read, and how many messages they answer by each channel.

These are the lines `send_time` and `answered` of a policy: `send: {at: best}`, `channel: best` and learned caps blend a customer's own history with
them. Who and where somebody is, the engine says: the history is replayed through it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.local.job import LocalJob
from services.replay.records import History
from training.errors import HistoryError, nothing_readable
from udfs.codecs.decode import decode_all
from udfs.core.campaigns.book import Book
from udfs.core.policy.answers import TIME
from udfs.core.policy.residence import zone_of
from udfs.core.policy.timing import HOURS
from udfs.core.profile.receipts import OUTCOMES, is_by_machine
from udfs.core.profile.stored import decode
from udfs.core.profile.stub import is_stub
from udfs.core.profile.tombstone import is_tombstone
from udfs.core.records import Event
from udfs.core.values.zones import wall

READ = frozenset({"opened", "clicked"})
WENT_OUT = frozenset({"sent", "delivered"})
LEAST = 100
"""Customers, and messages of a channel, that a figure needs. With fewer there is none."""


@dataclass(kw_only=True)
class _Message:
    """What receipts say of one message."""

    user_id: str
    channel: str = ""
    went_out: int | None = None
    read: list[int] = field(default_factory=list)
    bounced: bool = False


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What customers usually do."""

    hours: Sequence[float]
    """The share of what is read in each hour of the day where customers are, each customer counting once; empty: too few customers read anything."""
    readers: int
    """Customers whose hours these are."""
    without_zone: int
    """Customers who read messages and of whom nobody knows where they are."""
    answered: dict[str, float]
    """Channel -> the share of messages that were opened or clicked."""
    messages: dict[str, int]
    """Channel -> messages that went out, and had a day to be answered."""
    unread: list[str]
    """Channels without a single open or click: nobody reports any, or nobody can."""
    receipts: int
    by_machine: int
    """Opens and clicks that no person made."""
    without_id: int
    """Receipts that name no message."""
    unreadable: int
    """Records of the history that are no events, or none that the job would take."""


def habits(history: History, book: Book, *, links_ids: bool, timezone: str | None = None) -> Habits:
    """Read a history to its end. `timezone` is that of customers whose own is not known. Raises HistoryError if there are no receipts."""
    job, counted, messages, last = LocalJob(book, links_ids=links_ids), Counter[str](), dict[str, _Message](), 0
    records = 0
    for record in history.records:
        records += 1
        before, last = job.receipts, max(last, record.at)
        for _ in job.until(record.at - 1):
            pass
        job.take(record)
        if job.receipts != before:
            for event in decode_all(record.key, record.value, record.at):
                if isinstance(event, Event) and event.name in OUTCOMES:
                    _note(messages, event, counted)
    unreadable = job.engine.counts["records_rejected"]
    if records <= unreadable:
        raise nothing_readable(unreadable)
    if not counted["receipts"]:
        problem = (
            "the history has no receipts of messages, such as message_opened, so it says nothing of what customers do with them: "
            "report them back, as docs/consuming.md says"
        )
        raise HistoryError(problem)
    answered, of, unread = _answered(messages.values(), before=last - TIME)
    hours, readers, without_zone = _hours(messages.values(), job, timezone)
    return Habits(
        hours=hours,
        readers=readers,
        without_zone=without_zone,
        answered=answered,
        messages=of,
        unread=unread,
        receipts=counted["receipts"],
        by_machine=counted["by_machine"],
        without_id=counted["without_id"],
        unreadable=unreadable,
    )


def _note(messages: dict[str, _Message], event: Event, counted: Counter[str]) -> None:
    word = OUTCOMES[event.name]
    counted["receipts"] += 1
    decision_id, channel = event.properties.get("decision_id"), event.properties.get("channel")
    if not isinstance(decision_id, str) or not decision_id:
        counted["without_id"] += 1
        return
    if is_by_machine(word, event):
        counted["by_machine"] += 1
        return
    message = messages.setdefault(decision_id, _Message(user_id=event.user_id))
    message.channel = message.channel or (channel.strip().lower() if isinstance(channel, str) else "")
    if word in WENT_OUT:
        message.went_out = event.at if message.went_out is None else min(event.at, message.went_out)
    elif word in READ:
        message.read.append(event.at)
    message.bounced |= word == "bounced"


def _answered(messages: Iterable[_Message], *, before: int) -> tuple[dict[str, float], dict[str, int], list[str]]:
    """Of each channel the share that was answered, of how many, and the channels by which nothing ever was."""
    read, of = Counter[str](), Counter[str]()
    for each in messages:
        if each.channel and each.went_out is not None and not each.bounced and (each.read or each.went_out <= before):
            of[each.channel] += 1
            read[each.channel] += bool(each.read)
    told = {channel: count for channel, count in sorted(of.items()) if count >= LEAST}
    return {channel: read[channel] / count for channel, count in told.items() if read[channel]}, told, [each for each in told if not read[each]]


def _hours(messages: Iterable[_Message], job: LocalJob, timezone: str | None) -> tuple[list[float], int, int]:
    """The mean over customers of the hours at which each reads, how many they are, and how many have no zone."""
    times: dict[str, list[int]] = {}
    for each in messages:
        if each.read:
            times.setdefault(job.links.person(each.user_id), []).extend(_once(each.read))
    together, readers, without_zone = [0.0] * HOURS, 0, 0
    for person, read in times.items():
        blob = job.profiles.get(person)
        if not blob or is_stub(blob) or is_tombstone(blob):
            continue  # forgotten, or erased
        place = zone_of(decode(blob), timezone)
        if place is None:
            without_zone += 1
            continue
        readers += 1
        for at in read:
            together[wall(at, place).hour] += 1 / len(read)
    return ([each / readers for each in together] if readers >= LEAST else []), readers, without_zone


def _once(read: Sequence[int]) -> Iterator[int]:
    """An open and the clicks on the same message within the hour are one, as in `udfs.core.policy.timing`."""
    known = set()
    for at in sorted(read):
        if (hour := at // 3_600_000) not in known:
            known.add(hour)
            yield at
