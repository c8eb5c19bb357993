"""The monitor of rollouts: reads control, decisions and outcomes, and moves versions on, or takes them back, as their plans say.

Its state is on `control`: the steps and when they began. After a restart it reads what was decided since then again, and stands where it stood.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from kafka import TopicPartition

from services.control.listing import Published, entries, standing
from services.control.models import change
from services.control.rollouts import Rollout, advanced, rollout_of, taken_back
from services.control.signature import Signature
from services.kafka.client import consumer, end_offsets
from services.kafka.objects import objects
from services.model_versions.versions import Versions
from services.rollout.judge import Verdict, judge
from services.rollout.reward import Reward, meets_by_score
from services.rollout.tally import Tally
from udfs.core.values.errors import InvalidInput, KairosError

PERIOD_S = 2.0
WHO = "rollout"
AGO_MS = 60_000
"""Decisions are read from so long before a step began: records have the time of their event, which the clock of the job may be behind."""

log = logging.getLogger("rollout")


class Looking(Protocol):
    """What looks again and again."""

    def round(self, *, now: int) -> None:
        """Look once."""
        ...


T = TypeVar("T", bound=Looking)


class Control(Protocol):
    """Where rollouts stand."""

    def models(self) -> list[Published]:
        """Every published model."""
        ...

    def campaigns(self) -> list[Published]:
        """Every published campaign, as of the last call of `models`."""
        ...

    def write(self, published: Published, document: Mapping[str, Any], *, act: Any, why: str) -> None:
        """Another document of a model, recorded on the audit."""
        ...


class Records(Protocol):
    """The decisions of the job, or its outcomes, as they are committed."""

    def since(self, at: int) -> None:
        """Go back to a time, epoch milliseconds: all that was written from then on is read again."""
        ...

    def read(self) -> Iterable[Mapping[str, Any]]:
        """What has come since the last call."""
        ...


@dataclass
class Running:
    """A rollout at one step, and what decisions say of it."""

    published: Published
    rollout: Rollout
    tally: Tally
    verdict: Verdict | None = None

    @staticmethod
    def afresh(published: Published, rollout: Rollout) -> "Running":
        """Nothing is known of it yet."""
        tally = Tally(f"{published.name}:{rollout.version}", rollout.plan.latency_ms, reward=Reward(rollout.shares, rollout.plan.reward))
        return Running(published, rollout, tally)

    @property
    def step(self) -> tuple[str, int, int]:
        """What tells this step from every other."""
        return self.rollout.version, self.rollout.step, self.rollout.since


class Watch:
    """Follows every rollout on one control topic."""

    def __init__(self, control: Control, decisions: Records, outcomes: Records, *, registry: Versions | None = None, act: bool = True) -> None:
        """`registry`: whose aliases follow. `act`: whether anything is changed, or only told."""
        self._control, self._decisions, self._outcomes, self._registry, self._act = control, decisions, outcomes, registry, act
        self.running: dict[str, Running] = {}
        self._campaigns: tuple[list[Published], dict[str, bool]] = ([], {})
        """Those that are published, and of each whether it asks a model whom to meet."""

    def round(self, *, now: int) -> None:
        """Look once. Raises KairosError or an error of Kafka; the next round then begins where this one did."""
        self._follow()
        take_each(self._decisions.read(), self._take)
        take_each(self._outcomes.read(), self._take_outcome)
        for name, running in list(self.running.items()):
            if running.published.status == "paused":
                running.verdict = Verdict("wait", "the model is paused")
                continue
            running.verdict = judge(running.rollout, running.tally, now=now)
            if running.verdict.act != "wait" and self._act:
                self._move(name, running, running.verdict, now)

    def _follow(self) -> None:
        """Take over what control says: rollouts that began, went on or ended."""
        found: dict[str, Running] = {}
        fresh = []
        for published in self._control.models():
            try:
                rollout = rollout_of(published.document)
            except InvalidInput as problem:
                log.warning("%s", problem)
                continue
            if rollout is None:
                continue
            held = self.running.get(published.name)
            made = Running.afresh(published, rollout)
            if held is not None and held.step == made.step:
                made.tally = held.tally
            else:
                fresh.append(made)
            found[published.name] = made
        self.running = found
        if found and (campaigns := self._control.campaigns()) is not self._campaigns[0]:
            self._campaigns = campaigns, {each.name: meets_by_score(each.document) for each in campaigns}
        if fresh:
            for running in found.values():  # they are read again as well
                running.tally = Running.afresh(running.published, running.rollout).tally
            since = min(running.rollout.shares[0][0] for running in found.values())
            self._decisions.since(since)
            self._outcomes.since(since)

    def _take(self, decision: Mapping[str, Any]) -> None:
        for score in (decision.get("scores") or {}).values():
            running = self.running.get(score["model"].partition(":")[0])
            if running is None:
                continue
            if decision["decided_at"] >= running.rollout.since:
                running.tally.take(decision["user_id"], score)
            self._followed(running.tally.reward, decision, score)

    def _followed(self, reward: Reward, decision: Mapping[str, Any], score: Mapping[str, Any]) -> None:
        """What follows this decision counts, unless the campaign asks a model whom to meet, or nobody knows whether it does."""
        campaign = decision["campaign"]
        chosen = self._campaigns[1].get(campaign)
        if chosen:
            reward.left_out.add(campaign)
        elif chosen is not None:
            reward.take_decision(decision, score)

    def _take_outcome(self, outcome: Mapping[str, Any]) -> None:
        for running in self.running.values():
            running.tally.reward.take_outcome(outcome)

    def _move(self, name: str, running: Running, verdict: Verdict, now: int) -> None:
        """Write the verdict, if control still says what it rests on."""
        held = next((each for each in self._control.models() if each.name == name), None)
        if held is None or held.status != running.published.status or rollout_of(held.document) != running.rollout:
            return
        version, back = running.rollout.version, verdict.act == "take back"
        document = taken_back(held.document, version) if back else advanced(held.document, running.rollout, at=now)
        champion = not back and document["current"] == version
        self._control.write(held, document, act="rolled_back" if back else "used" if champion else "rolled_out", why=verdict.why)
        log.warning("%s: %s: %s", running.tally.label, verdict.act, verdict.why)
        self._name(name, document, version, now)

    def _name(self, model: str, document: Mapping[str, Any], version: str, now: int) -> None:
        """Give the version the alias in the registry of what it has become. A version that is not registered has none."""
        registry = self._registry
        if registry is None or model not in registry.models() or all(each.version != version for each in registry.versions(model)):
            return
        role = "champion" if document["current"] == version else next((each for each in ("challenger", "shadow") if each in document), None)
        registry.release(model, version)
        if role is not None:
            registry.promote(model, version, role, at=now, by=WHO)


class ControlTopic:
    """Control, on Kafka."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._brokers, self._topic = brokers, topic
        self._ends: dict[int, int] | None = None
        self._models: list[Published] = []
        self._campaigns: list[Published] = []

    def models(self) -> list[Published]:
        """Every published model. Control is read again only when something was written, since that compiles all of it."""
        ends = end_offsets(self._brokers, self._topic)
        if ends != self._ends:
            found = standing(entries(self._brokers, self._topic))
            self._models, self._campaigns = ([each for each in found if each.kind == kind] for kind in ("model", "campaign"))
            self._ends = ends
        return self._models

    def campaigns(self) -> list[Published]:
        """Every published campaign, as of the last call of `models`."""
        return self._campaigns

    def write(self, published: Published, document: Mapping[str, Any], *, act: Any, why: str) -> None:
        """Another document of a model, recorded on the audit."""
        change(self._brokers, self._topic, published, document, act=act, by="rollout", signed=Signature(who=WHO, why=why))


class RecordsTopic:
    """Committed records of one topic, decisions or outcomes, on Kafka."""

    def __init__(self, brokers: str, topic: str) -> None:
        self._reader = consumer(brokers, [topic], start="latest", committed=True)

    def since(self, at: int) -> None:
        """Go back to a time; where nothing is so new, to the end."""
        places: list[TopicPartition] = sorted(self._reader.assignment())
        found = self._reader.offsets_for_times(dict.fromkeys(places, max(0, at - AGO_MS)))
        ends = self._reader.end_offsets(places)
        for place in places:
            told = found.get(place)
            self._reader.seek(place, told.offset if told is not None else ends[place])

    def read(self) -> Iterator[Mapping[str, Any]]:
        """What is committed now."""
        return objects(self._reader)

    def close(self) -> None:
        """Close the reader."""
        self._reader.close()


def take_each(records: Iterable[Mapping[str, Any]], take: Callable[[Mapping[str, Any]], None]) -> None:
    """Take in what can be. Anybody can write to a topic: a record of another shape is passed over, and stops no guardrail."""
    for record in records:
        try:
            take(record)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:  # a number of 400 digits is no float
            log.debug("a record that is none of ours: %s", type(problem).__name__)


def run(watch: T, *, period_s: float = PERIOD_S, told: Callable[[T], None] | None = None) -> None:
    """Look forever. What fails is logged, and tried again."""
    from kafka.errors import KafkaError

    while True:
        try:
            watch.round(now=int(time.time() * 1000))
        except (KafkaError, KairosError) as problem:
            log.warning("%s: %s", type(problem).__name__, problem)
        if told is not None:
            told(watch)
        time.sleep(period_s)
