"""Decide again about one customer, and keep what decisions do not say: which trigger fired when, and what every condition found.

The book gets conditions that note what they are asked. So the job itself carries no tracing: this is the same engine with another book.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from services.local.job import LocalJob, Output
from services.local.parts import parts_of
from services.replay.records import Record
from services.replay.segment import names_nobody
from udfs.codecs.decode import decode_all
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.counts import Count
from udfs.core.decision import exits
from udfs.core.decision.scores import Scorer
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.identity.links import Links, told_by
from udfs.core.items.item import NO_SHELF, Shelf
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode
from udfs.core.recommend.recommender import NO_STAND, Stand
from udfs.core.records import Decision, Event, Recall, Rejection
from udfs.core.values.problems import did_you_mean

MAX_NAMES = 5_000
"""How many other customers are remembered, to suggest the nearest id where nothing came of the one that was asked about."""


class Asked(NamedTuple):
    """What a condition was asked, and said."""

    kind: str
    """when, becomes or once_per."""
    value: Any
    unmet: list[str]


class Note(NamedTuple):
    """One count of a campaign, with what was found then. `before` is the customer as the record or the timer found them."""

    at: int
    what: Count
    campaign: str
    event: Event | None
    asked: Asked | None
    before: Profile | None


class Arrived(NamedTuple):
    """One event of the customer's, as the job took it."""

    event: Event
    newest: int
    """The newest event before it; 0: none."""
    duplicate: bool
    not_stored: bool
    owner: str
    """The id under whose profile it was decided."""
    record: int
    """Which of the records it came with, counted from 0."""


@dataclass
class Trace:
    """Everything that happened to one customer."""

    book: Book
    user: str
    notes: list[Note] = field(default_factory=list)
    arrived: list[Arrived] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    recalls: list[Recall] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    held_before: list[tuple[Event, str]] = field(default_factory=list)
    """Events at which `becomes` of a campaign held already."""
    profile: Profile | None = None
    """What is known at the end."""
    end: int = 0
    """How far time moved on, epoch milliseconds."""
    ids: Collection[str] = ()
    """The ids under which records were kept for this customer, the customer's own among them."""
    goes_on: bool = False
    """Whether `end` is now, in a system that runs on: what is pending then falls due later."""
    joined: dict[str, str] = field(default_factory=dict)
    """Id -> the one that its history became a part of."""
    near: str | None = None
    """Of somebody of whom nothing came: a similar id of which something did, as a hint."""

    @property
    def is_nobody(self) -> bool:
        """Whether nothing came of this customer: not even what could not be read."""
        return not (self.arrived or self.rejections or self.decisions)

    def is_hers(self, owner: str) -> bool:
        """Whether what was decided under an id is a part of this customer's history. What a device did for somebody else is not."""
        while owner != self.user and (joined := self.joined.get(owner)) is not None:
            owner = joined
        return owner == self.user

    @property
    def hers(self) -> list[Arrived]:
        """The events that are this customer's."""
        return [each for each in self.arrived if self.is_hers(each.owner)]


class _Tracer:
    """Notes what the conditions of a book are asked."""

    def __init__(self, book: Book, user: str, ids: Collection[str], *, links_ids: bool, shelf: Shelf, stand: Stand, scorer: Scorer | None) -> None:
        self._ids = ids
        book = replace(book.of(None, user), versions={})  # what is not met is asked of the versions that this customer has
        self.trace = Trace(book=book, user=user, ids=sorted(ids))
        self.event: Event | None = None
        self._asked: dict[str, list[Asked]] = {}
        self._records = 0
        campaigns = {name: self._traced(campaign) for name, campaign in book.campaigns.items()}
        here = replace(book, campaigns=campaigns)
        self.job = LocalJob(here, watchers=[self._watch], links_ids=links_ids, shelf=shelf, stand=stand, scorer=scorer)

    def _traced(self, campaign: Campaign) -> Campaign:
        trigger, entry, vocabulary = campaign.trigger, campaign.entry, vocabulary_of(self.trace.book, campaign)
        return replace(
            campaign,
            when=self._asking(campaign.name, "when", campaign.when, vocabulary),
            trigger=replace(trigger, becomes=self._asking(campaign.name, "becomes", trigger.becomes, vocabulary)),
            entry=replace(entry, once_per=self._asking(campaign.name, "once_per", entry.once_per, vocabulary)),
        )

    def _asking(self, name: str, kind: str, expression: Expression | None, vocabulary: Vocabulary) -> Expression | None:
        if expression is None:
            return None
        evaluate: Callable[[Any], Any] = expression.evaluate
        if kind == "once_per" and expression.source.strip() == "cart.id":  # entries read the cart itself and ask nothing; under this name they ask
            expression, evaluate = replace(expression, source=f"({expression.source})"), _cart
        whole = parts_of(expression.source, vocabulary)

        def asked(moment: Moment) -> Any:
            value = evaluate(moment)
            if kind == "once_per" or value is True:
                unmet = []
            else:
                warming, unmet = moment.warming, whole.unmet(moment)
                moment.warming = warming
            self._asked.setdefault(name, []).append(Asked(kind, value, unmet))
            return value

        return replace(expression, evaluate=asked)

    def _watch(self, user: str, at: int, count: Count, campaign: str) -> None:
        if user not in self._ids:
            return
        blob = self.job.profiles.get(user)
        before = decode(blob) if blob and count in {"entries_blocked", "pending_cancelled"} else None
        self.trace.notes.append(Note(at, count, campaign, self.event, self._found(count, campaign), before))

    def _found(self, count: Count, campaign: str) -> Asked | None:
        """What was asked just before this count."""
        asked = self._asked.get(campaign, [])
        if count == "entries_blocked":
            return next((each for each in reversed(asked) if each.kind == "once_per"), None)
        if count not in {"triggers_unmet", "triggers_warming"}:
            return None
        while asked:
            first = asked.pop(0)
            judged_again = first.kind == "becomes" and any(each.kind == "becomes" for each in asked)
            if first.kind != "once_per" and first.value is not True and not judged_again:
                return first
        return None

    def take(self, record: Record) -> None:
        """One record of this customer."""
        for outputs in self.job.until(record.at - 1):
            self._keep(outputs)
        self._asked.clear()
        trace, job = self.trace, self.job
        newest = decode(blob).now if (blob := job.profiles.get(trace.user)) else 0
        events = [each for each in decode_all(record.key, record.value, record.at) if isinstance(each, Event)]
        self.event = events[0] if events else None
        counts, noted = dict(job.engine.counts), len(trace.notes)
        told = {link.old for each in events for link in told_by(each) if job.links.person(link.old) == link.old}
        self._keep(job.take(record))
        trace.joined |= {old: person for old in told if (person := job.links.person(old)) != old}
        repeated = job.engine.counts["duplicates"] - counts["duplicates"]
        lost = job.engine.counts["events_not_stored"] - counts["events_not_stored"]
        for number, each in enumerate(events):
            owner = job.links.person(each.user_id)
            trace.arrived.append(Arrived(each, newest, number < repeated, number < lost, owner, self._records))
        self._records += 1
        fired = {note.campaign for note in trace.notes[noted:]}
        for name, asked in self._asked.items():
            if self.event is not None and name not in fired and asked[0].kind == "becomes" and asked[0].value is True:
                trace.held_before.append((self.event, name))
        self.event = None

    def wait(self, until: int) -> None:
        """Time moves on."""
        for outputs in self.job.drain(until):
            self._keep(outputs)
        blob = self.job.profiles.get(self.trace.user)
        self.trace.profile, self.trace.end = decode(blob) if blob else None, until

    def _keep(self, outputs: Iterable[Output]) -> None:
        for each in outputs:
            if isinstance(each, Decision | Recall) and each.user_id not in self._ids:
                continue
            if isinstance(each, Decision):
                self.trace.decisions.append(each)
            elif isinstance(each, Recall):
                self.trace.recalls.append(each)
            elif isinstance(each, Rejection):
                self.trace.rejections.append(each)


def decide_again(
    book: Book,
    records: Iterable[Record],
    *,
    user: str,
    until: int | None = None,
    drain: int = 0,
    links: Links | None = None,
    links_ids: bool = True,
    goes_on: bool = False,
    shelf: Shelf = NO_SHELF,
    stand: Stand = NO_STAND,
    scorer: Scorer | None = None,
) -> Trace:
    """The whole story of `user`, by the records of that key and of those that `links` says it was ever linked with. Time moves on to `until`, else
    `drain` milliseconds past the last record. `links_ids`: as of `LocalJob`. `goes_on`: `until` is now, and not the end of a story."""
    links = Links() if links is None else links  # one that knows of nobody any more still knows who was erased together
    tracer = _Tracer(book, links.person(user), links.all_of(user), links_ids=links_ids, shelf=shelf, stand=stand, scorer=scorer)
    last = 0
    keys, others = {each.encode() for each in links.around(user)}, set[bytes]()
    for record in records:
        if record.key in keys and not names_nobody(record.key, record.value):
            tracer.take(record)
            last = record.at
            continue
        if len(others) < MAX_NAMES:
            others.add(record.key)
        if until is None:
            last = max(last, record.at)  # other customers' events move time on as well
    tracer.wait(max(last + drain, until or 0))
    trace = tracer.trace
    trace.goes_on = goes_on
    if trace.is_nobody:
        trace.near = did_you_mean(user, sorted(each.decode("utf-8", "replace") for each in others))
    return trace


def _cart(moment: Moment) -> str | None:
    """The cart that a campaign enters once for, as `entries.key_of` finds it."""
    return moment.cart.id if moment.cart is not None else None


def vocabulary_of(book: Book, campaign: Campaign) -> Vocabulary:
    """What the conditions of a campaign may read, as they were compiled."""
    messages = tuple(variant.name for variant in campaign.variants) if campaign.steps else ()
    segments, scores = book.segments.names, tuple(campaign.scores)
    features = book.features.computes
    return Vocabulary(features=features, segments=segments, messages=messages, scores=scores, items=True, recommends=True, intents=True)


def came_late(arrived: Arrived) -> int:
    """By how many milliseconds an event was too late to trigger anything; 0: it was not."""
    behind = arrived.newest - arrived.event.at
    return behind if arrived.newest and behind > exits.TOLERANCE else 0
