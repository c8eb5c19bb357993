"""The simulated shop with the shipped campaign `loyalty`, once for each way to choose its variant; the same customers with the same dice each time.

What a customer does depends on herself and on the messages that reach her alone. So two lives differ, customer by customer, only where the campaign
sent something else. The bandit learns as the job and its service do: from final outcomes, once a day.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from services.arms.counts import ArmCount
from services.arms.learn import learned
from services.control.records import book_entries
from services.documents.files import CampaignFile, features_for, load_campaign_files, shipped
from services.local.job import LocalJob, Output
from services.replay.records import Record
from simulation.closed_loop import COSTS, DAY, MARGIN, earned, live
from simulation.reactions import percent_of
from simulation.truth import Truth
from simulation.world import World
from udfs.core.bandits.learned import Arms
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus
from udfs.core.records import Action, Decision, Outcome

START = 1_764_547_200_000
CAMPAIGN = "loyalty"
BANDIT, BY_VALUE, SPLIT = "bandit", "bandit by value", "split"
"""Ways to choose: as it ships; with `reward: value`; in equal parts. Any other is the variant that everybody gets."""
CHOOSE: Mapping[str, Any] = {BANDIT: "bandit", BY_VALUE: {"bandit": "simple", "reward": "value"}}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One decision that acted, and what the truth says of every variant at that moment."""

    user: str
    day: float
    variant: str
    probability: float
    gains: Mapping[str, float]
    """Variant -> what sending it is worth, in the shop's currency."""
    odds: Mapping[str, float]
    """Variant -> the chance that the goal is reached."""


@dataclass(kw_only=True)
class Life:
    """What ten weeks came to."""

    way: str
    money: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Customer -> the margin on what she bought, less discounts and the cost of messages."""
    drawn: list[Drawn] = field(default_factory=list)
    final: dict[str, GoalOutcome] = field(default_factory=dict)
    """Decision -> the latest final outcome."""
    epochs: int = 0
    """How often something was learned."""


def lived(seed: int, way: str, *, customers: int, days: int) -> Life:
    """The shop for so many days, with the variant chosen in this way."""
    world = World(seed=seed, start=START, customers=customers)
    shop = _Shop(world, book_of_loyalty(way), way)
    live(world, shop, days=days, record=shop.note, wants=())
    return shop.life


def book_of_loyalty(way: str) -> Book:
    """The shipped campaign and its features, with another way to choose."""
    files = load_campaign_files(shipped())
    (mine,) = [file for file in files if file.kind == "campaign" and file.name == CAMPAIGN]
    document = {**mine.document, "choose": CHOOSE.get(way, "split")}
    if way not in (*CHOOSE, SPLIT):
        document["variants"] = {way: mine.document["variants"][way]}
    changed: CampaignFile = replace(mine, document=document)
    return compile_book(book_entries([features_for(files), changed]))


def variants_of(book: Book) -> list[str]:
    """Its variants by name."""
    return [variant.name for variant in book.campaigns[CAMPAIGN].variants]


class _Shop:
    """The job, what is learned from what it writes, and the truth of each of its decisions."""

    def __init__(self, world: World, book: Book, way: str) -> None:
        self._world, self._truth, self._job = world, Truth(world), LocalJob(book)
        self._offers = {variant.name: variant.offer or {} for variant in book_of_loyalty(SPLIT).campaigns[CAMPAIGN].variants}
        self._within = book.campaigns[CAMPAIGN].goal.within  # type: ignore[union-attr] # it has one
        self._learned_at = START
        self.life = Life(way=way)

    def take(self, record: Record) -> list[Output]:
        """One record."""
        if self.life.way in CHOOSE and record.at >= self._learned_at + DAY:
            self._learn(record.at)
        return self._look(self._job.take(record))

    def until(self, now: int | None) -> Iterator[list[Output]]:
        """The timers that are due."""
        for outputs in self._job.until(now):
            yield self._look(outputs)

    def note(self, record: Record) -> None:
        """What somebody has paid."""
        if record.value and b'"Order Completed"' in record.value:
            event = msgspec.json.decode(record.value)
            if event.get("event") == "Order Completed":
                self.life.money[event.get("userId") or event["anonymousId"]] += earned(event["properties"])

    def _look(self, outputs: list[Output]) -> list[Output]:
        for each in outputs:
            if isinstance(each, Action):
                self.life.money[each.user_id] -= COSTS.get(each.channel, 0.0)
            elif isinstance(each, Decision) and each.outcome is Outcome.ACTED:
                self.life.drawn.append(self._drawn(each))
            elif isinstance(each, GoalOutcome) and each.status is OutcomeStatus.FINAL:
                self.life.final[each.decision_id] = each
        return outputs

    def _drawn(self, decision: Decision) -> Drawn:
        gains, odds = {}, {}
        for name, offer in self._offers.items():
            percent = percent_of({"offer": {key: value for key, value in offer.items() if isinstance(value, int | float)}})
            found = self._truth.odds(decision.user_id, within=self._within, channel=decision.channel, percent=percent)
            gains[name] = found.gain(percent=percent, margin=MARGIN, cost=COSTS.get(decision.channel or "", 0.0))
            odds[name] = found.acted
        return Drawn(
            user=decision.user_id,
            day=(decision.at - START) / DAY,
            variant=str(decision.variant),
            probability=decision.probability or 0.0,
            gains=gains,
            odds=odds,
        )

    def _learn(self, at: int) -> None:
        """An epoch is over."""
        self._learned_at = at
        engine = self._job.engine
        found = learned(engine.book.campaigns[CAMPAIGN], counts_of(self.life.final.values()), epoch=at)
        if found is not None:
            self.life.epochs += 1
            engine.book = replace(engine.book, arms={CAMPAIGN: Arms(found)})


def counts_of(outcomes: Any) -> list[ArmCount]:
    """What the arms job would count of final outcomes."""
    groups: defaultdict[str, list[GoalOutcome]] = defaultdict(list)
    for each in outcomes:
        if each.outcome is Outcome.ACTED:
            groups[each.variant].append(each)
    return [
        ArmCount(
            campaign=CAMPAIGN,
            variant=variant,
            context="",
            exposures=len(group),
            conversions=sum(each.conversions > 0 for each in group),
            value=sum(each.value or 0.0 for each in group),
            squares=sum((each.value or 0.0) ** 2 for each in group),
        )
        for variant, group in sorted(groups.items())
    ]
