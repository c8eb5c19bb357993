"""Campaigns on their way to all customers, and topics that say what happened: fakes for the tests of the monitor."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from services.control.campaign_rollouts import stands, version_of
from services.control.listing import Published
from services.rollout.campaign_watch import CampaignWatch
from tests.builders import DAY, MONDAY, mail, words
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book

GOAL = {"event": "order_completed", "within": "3d", "value": "revenue", "guard": "unsubscribe_rate"}
PLAN = {"steps": ["5%", "25%", "100%"], "hold": "1d", "sample": 200}
OLD = mail(goal=GOAL)
NEW = mail(goal=GOAL, rollout=PLAN, variants={"louder": words()})
T = MONDAY


def record(document: dict[str, Any], held: Mapping[str, Any] | None = None, *, at: int = T) -> dict[str, Any]:
    """What is on control after a document is published over another record."""
    told = stands(document, held, at=at)
    head = {"kind": "campaign", "name": document["campaign"], "status": "live", "published_at": at, "published_by": "cli"}
    return {**head, "version": version_of(document, told), "document": document, **told}


class FakeControl:
    """Control: what it holds, and what was written to it."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.said: list[tuple[str, str]] = []

    def read(self) -> tuple[Book, list[Published]]:
        book = compile_book([Entry(f"campaign/{self.value['name']}", 0, msgspec.json.encode(self.value))])
        assert not book.refused, book.refused
        names = ("kind", "name", "version", "status", "published_at", "published_by")
        told = Published(key=f"campaign/{self.value['name']}", value=self.value, **{name: self.value[name] for name in names})
        return book, [told]

    def write(self, value: Mapping[str, Any], *, act: Any, why: str) -> None:
        self.value = msgspec.json.decode(msgspec.json.encode(value))
        self.read()  # the job takes it
        self.said.append((act, why))


class FakeTopic:
    """A topic: `all` is what is on it, `place` where the reader stands."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []
        self.place = 0

    def since(self, at: int) -> None:
        self.place = 0

    def read(self) -> Iterable[Mapping[str, Any]]:
        found, self.place = self.all[self.place :], len(self.all)
        return found


class Shop:
    """A campaign under way, and the shop that says what happens."""

    def __init__(self, value: dict[str, Any]) -> None:
        self.control, self.decisions, self.outcomes = FakeControl(value), FakeTopic(), FakeTopic()
        self.watch = CampaignWatch(self.control, self.decisions, self.outcomes)
        self._met = 0

    def meet(self, count: int, *, version: str | None = None, at: int = T + 1, **told: Any) -> None:
        """So many customers who have not been met before are decided about, and their time is over."""
        for _ in range(count):
            self._met += 1
            self.decide(f"u{self._met}", version=version, at=at, **told)

    def decide(
        self,
        user: str,
        *,
        version: str | None = None,
        at: int = T + 1,
        outcome: str = "acted",
        reason: str = "ELIGIBLE",
        converts: bool = False,
        value: float = 0.0,
        happened: Iterable[str] = (),
        variant: str = "mail",
        status: str = "final",
    ) -> None:
        """One decision and what followed. `status` empty: its time is not over."""
        name, told = f"{user}-{len(self.decisions.all)}", {"user_id": user, "campaign": "news", "outcome": outcome, "variant": variant, "at": at}
        told |= {"decision_id": name, "campaign_version": version or self.control.value["version"], "channel": "email"}
        self.decisions.all.append({**told, "reason": reason, "decided_at": at, "features": {}})
        if status and outcome in ("acted", "control"):
            followed = {"conversions": int(converts), "value": value if converts else 0.0, "engagement": dict.fromkeys(happened, at + 1)}
            times = {"starts": at, "ends": at + 3 * DAY, "at": at + 3 * DAY}
            self.outcomes.all.append({**told, **times, **followed, "revision": 0, "status": status})

    def look(self, at: int) -> list[tuple[str, str]]:
        """One round. Returns everything that was ever written."""
        self.watch.round(now=at)
        return self.control.said

    @property
    def waits(self) -> str:
        """What it waits for."""
        verdict = self.watch.running["news"].verdict
        assert verdict is not None
        assert verdict.act == "wait", verdict
        return verdict.why
