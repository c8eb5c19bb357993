"""The monitor of anomalies: reads decisions, actions and control, and holds campaigns that are out of line.

What it has learned is its own (`memory.py`); what is held is on `control`. So a second monitor, or one that was restarted, holds nothing twice: a
campaign that is held is not looked at until a person has released or dropped it.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from services.control.holds import Found, holds
from services.control.listing import Published
from services.held.counts import Counts
from services.held.judge import Allowed, out_of_line
from services.held.tally import HeldOffers, Tally
from services.rollout.watch import take_each
from udfs.core.campaigns.book import Book
from udfs.core.policy.anomaly import OFFER, SCORES, VOLUME
from udfs.core.policy.rules import TRANSACTIONAL, Rate
from udfs.core.values.durations import DAY, HOUR, MINUTE

log = logging.getLogger("held")


class Control(Protocol):
    """What is published, and where holds are written."""

    def read(self) -> tuple[Book, list[Published]]:
        """What is in force, compiled and as it was published."""
        ...

    def hold(self, campaign: Published, found: Found, *, at: int) -> None:
        """Hold a campaign from now on; recorded on the audit."""
        ...

    def tell_usual(self, offers: Mapping[str, Mapping[str, float]], *, at: int) -> None:
        """Say how large offers usually are."""
        ...


class Reader(Protocol):
    """Records as they are committed."""

    def read(self) -> Iterable[Mapping[str, Any]]:
        """What has come since the last call."""
        ...


class HeldWatch:
    """Follows every campaign of one control topic."""

    def __init__(self, control: Control, decisions: Reader, actions: Reader, tally: Tally) -> None:
        self._control, self._decisions, self._actions, self.tally = control, decisions, actions, tally
        self.held: dict[str, str] = {}
        """Campaign -> why it is held."""
        self.newly: list[tuple[str, str]] = []
        """What this round has held, and why."""
        self._said: dict[str, Published] = {}
        """Campaign -> its hold."""

    def round(self, *, now: int) -> None:
        """Look once, at `now` (epoch milliseconds). Raises KairosError or an error of Kafka; the next round then looks again."""
        book, published = self._control.read()
        self._follow(published)
        take_each(self._decisions.read(), lambda decision: self.tally.take_decision(decision, now=now, released=self._was_released))
        take_each(self._actions.read(), lambda action: self.tally.take_action(action, now=now))
        campaigns = {each.name: each for each in published if each.kind == "campaign"}
        self.newly = []
        for name, found in self._found(book, now).items():
            if name in campaigns:
                self._control.hold(campaigns[name], found, at=now)
                self.held[name] = found.why
                self.newly.append((name, found.why))
                log.warning("%s is held: %s", name, found.why)
                if found.about == VOLUME:
                    self.tally.campaigns[name].unlike = self.tally.shop.unlike = found.since // MINUTE
        self.tally.touched.clear()
        self.tally.asked.clear()
        self.tally.forget()
        usual = self.tally.offers.most()
        if usual and usual != book.usual.offers:
            self._control.tell_usual(usual, at=now)

    def _follow(self, published: Sequence[Published]) -> None:
        """Take over what people have said to holds since the last round."""
        said = {each.name: each for each in holds(published)}
        for name, hold in said.items():
            before = self._said.get(name)
            if hold.status != "held" and (before is None or before.version != hold.version):
                self._settled(name, hold)
            if hold.status == "held" and hold.document.get("about") == VOLUME:
                counts = self.tally.campaigns.setdefault(name, Counts())
                counts.unlike = int(hold.document["since"]) // MINUTE if counts.unlike is None else counts.unlike
        self._said = said
        self.held = {name: str(hold.document.get("why", "")) for name, hold in said.items() if hold.status == "held"}

    def _settled(self, name: str, hold: Published) -> None:
        """A person has released or dropped it. What was dropped teaches nothing."""
        self.tally.held_offers.pop(name, None)
        counts = self.tally.campaigns.get(name)
        if counts is None or counts.unlike is None:
            return
        begins, counts.unlike = counts.unlike, None
        if hold.status == "dropped":
            ends = int(hold.document["at"]) // MINUTE
            wrong = {minute: count for minute, count in counts.minutes.items() if begins <= minute <= ends}
            counts.forget(begins, ends)
            _less(self.tally.shop, wrong)
        self.tally.shop.unlike = min((each.unlike for each in self.tally.campaigns.values() if each.unlike is not None), default=None)

    def _found(self, book: Book, now: int) -> dict[str, Found]:
        """What is out of line, by campaign. A campaign is held for one thing at a time, and a transactional one for none."""
        found: dict[str, Found] = {}
        may = {name for name, campaign in book.campaigns.items() if campaign.purpose != TRANSACTIONAL and not campaign.paused}
        for name, minutes in self.tally.touched.items():
            if name in may and not self._is_held(name, VOLUME):
                allowed = self._allowed(book, name, now)
                if (volume := out_of_line(self.tally.campaigns[name], self.tally.shop, minutes, allowed)) is not None:
                    found[name] = volume
        for label in self.tally.asked:
            for name, shifted in self.tally.shifted(label).items():
                at = self.tally.asks[label][name]
                if name in may and at >= shifted.since - HOUR and not self._is_held(name, SCORES) and not self._is_released(name, SCORES, now):
                    found.setdefault(name, shifted)
        for name, offers in self.tally.held_offers.items():
            if name in may and (why := self._of_offers(name, offers)) is not None:
                found.setdefault(name, why)
        return found

    def _of_offers(self, name: str, offers: HeldOffers) -> Found | None:
        """The engine holds these messages already; the record is for whoever lists, releases or drops them. Told again if a larger one comes."""
        hold = self._said.get(name)
        known: Mapping[str, Any] = {}
        if hold is not None and hold.status == "held":
            if hold.document.get("about") != OFFER:
                return None
            known = hold.document.get("offer") or {}
        if all(field in known and value <= known[field] for field, value in offers.largest.items()):
            return None
        return Found(about="offer", why=offers.why, since=offers.since, offer=offers.largest)

    def _is_held(self, name: str, about: str) -> bool:
        """Whether the whole campaign is held already, for whatever reason. Messages held for their offers leave it to be evaluated."""
        hold = self._said.get(name)
        return hold is not None and hold.status == "held" and (hold.document.get("about") != OFFER or about == OFFER)

    def _is_released(self, name: str, about: str, now: int) -> bool:
        hold = self._said.get(name)
        return hold is not None and hold.status == "released" and hold.document.get("about") == about and now < int(hold.document.get("until", 0))

    def _was_released(self, name: str, at: int) -> bool:
        """Whether what comes back at this instant may be what was released: it was counted when it was held."""
        hold = self._said.get(name)
        return hold is not None and hold.status == "released" and int(hold.document["at"]) <= at < int(hold.document["at"]) + DAY

    def _allowed(self, book: Book, name: str, now: int) -> Allowed:
        hold = self._said.get(name)
        released, after = None, None
        if hold is not None and hold.status != "held" and hold.document.get("about") == VOLUME:
            after = int(hold.document["at"]) // MINUTE
            if self._is_released(name, VOLUME, now) and (found := hold.document.get("found")) and (within := hold.document.get("within")):
                released = Rate(most=int(found), period=int(within))
        return Allowed(declared=book.campaigns[name].expect.messages, released=released, after=after)


def _less(counts: Counts, wrong: Mapping[int, int]) -> None:
    for minute, count in wrong.items():
        if minute in counts.minutes:
            counts.minutes[minute] = max(0, counts.minutes[minute] - count)
