"""The monitor of campaigns: reads control, decisions and outcomes, and moves rollouts on, or takes them back, as the campaigns themselves say.

Its state is on `control`: the step and since when. After a restart it reads what was decided since then again, and stands where it stood. It also
adopts what has won an experiment (`campaign_winner.py`), where the experiment says so.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.control.campaign_rollouts import Standing, advanced, meets_the_same, standing_of, stopped, trial_of
from services.control.listing import Published, standing
from services.control.records import rewritten
from services.control.send import send
from services.control.signature import Act, Signature
from services.rollout.campaign_judge import Case, judge
from services.rollout.campaign_tally import Tally
from services.rollout.campaign_winner import Contest, adopted, decide
from services.rollout.judge import Verdict
from services.rollout.watch import WHO, Records, take_each
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.values.document_reader import share_of
from udfs.core.values.errors import InvalidInput

log = logging.getLogger("rollout")


class Control(Protocol):
    """Where campaigns stand."""

    def read(self) -> tuple[Book, list[Published]]:
        """What is in force, compiled and as it was published."""
        ...

    def write(self, value: Mapping[str, Any], *, act: Act, why: str) -> None:
        """Another record of a campaign, recorded on the audit."""
        ...


@dataclass
class Rolling:
    """A campaign at one step, or in its experiment, and what is known of it."""

    published: Published
    campaign: Campaign
    kept: Tally | Contest
    standing: Standing | None = None
    """None: it is an experiment."""
    verdict: Verdict | None = None

    @property
    def mark(self) -> tuple[str, int]:
        """What tells this step from every other: what was seen before it does not count."""
        return self.published.version, self.since

    @property
    def since(self) -> int:
        """From when on decisions count, epoch milliseconds."""
        return self.kept.since

    @property
    def words(self) -> str:
        """Where it stands, for people."""
        return "in its experiment" if self.standing is None else self.standing.words


class CampaignWatch:
    """Follows the rollouts and experiments of one control topic."""

    def __init__(self, control: Control, decisions: Records, outcomes: Records, *, act: bool = True) -> None:
        """`act`: whether anything is changed, or only told."""
        self._control, self._decisions, self._outcomes, self._act = control, decisions, outcomes, act
        self.running: dict[str, Rolling] = {}

    def round(self, *, now: int) -> None:
        """Look once. Raises KairosError or an error of Kafka; the next round then begins where this one did."""
        book = self._follow()
        take_each(self._decisions.read(), self._take_decision)
        take_each(self._outcomes.read(), self._take_outcome)
        for rolling in list(self.running.values()):
            try:
                rolling.verdict = self._verdict(rolling, book, now)
            except Exception as problem:  # what nobody can tell of one campaign must not keep another from being stopped
                log.warning("%s: %s: %s", rolling.published.name, type(problem).__name__, problem)
                rolling.verdict = Verdict("wait", f"nothing can be said of it: {problem}")
            if rolling.verdict.act != "wait" and self._act:
                self._move(rolling, rolling.verdict, now)

    def _take_decision(self, decision: Mapping[str, Any]) -> None:
        if (found := self.running.get(str(decision.get("campaign")))) is not None:
            found.kept.take_decision(decision)

    def _take_outcome(self, outcome: Mapping[str, Any]) -> None:
        if (found := self.running.get(str(outcome.get("campaign")))) is not None:
            found.kept.take_outcome(outcome)

    def _verdict(self, rolling: Rolling, book: Book, now: int) -> Verdict:
        if rolling.published.status != "live":
            return Verdict("wait", f"the campaign is {rolling.published.status.replace('_', ' ')}")
        if isinstance(rolling.kept, Contest):
            return decide(rolling.kept, book)
        standing, plan = rolling.standing, rolling.campaign.rollout
        assert standing is not None  # a rollout under way
        assert plan is not None
        before = standing.before
        case = Case(
            plan=plan,
            standing=standing,
            tally=rolling.kept,
            control_group=own_control_group(rolling.published.document),
            control_before=0.0 if before is None else own_control_group(before.document),
            same_people=before is None or meets_the_same(rolling.published.document, before.document),
        )
        return judge(case, now=now)

    def _follow(self) -> Book:
        """Take over what control says: what began, went on or ended. Returns what is in force."""
        book, published = self._control.read()
        found: dict[str, Rolling] = {}
        fresh = False
        for each in published:
            try:
                made = _rolling(each, book)
            except InvalidInput as problem:
                log.warning("%s", problem)
                continue
            if made is None:
                continue
            held = self.running.get(each.name)
            if held is not None and held.mark == made.mark:
                made.kept = held.kept
            else:
                fresh = True
            found[each.name] = made
        self.running = found
        if fresh:
            for rolling in found.values():  # they are read again as well
                rolling.kept = rolling.kept.afresh()
            since = min(rolling.since for rolling in found.values())
            self._decisions.since(since)
            self._outcomes.since(since)
        return book

    def _move(self, rolling: Rolling, verdict: Verdict, now: int) -> None:
        """Write the verdict, if control still says what it rests on."""
        held = next((each for each in self._control.read()[1] if each.key == rolling.published.key), None)
        if held is None or held.value != rolling.published.value:
            return
        act: Act
        if isinstance(rolling.kept, Contest):
            act, value = "adopted", adopted(rolling.kept, held.value, verdict, at=now)
        elif verdict.act == "take back":
            act, value = "rolled_back", stopped(held.value, why=verdict.why, at=now)
        else:
            act, value = "rolled_out", advanced(held.value, at=now)
        self._control.write(value, act=act, why=verdict.why)
        log.warning("%s: %s: %s", held.name, verdict.act, verdict.why)


def own_control_group(document: Mapping[str, Any]) -> float:
    """The control group that the document itself asks for: that of the engine is larger while the first version is rolled out."""
    told = document.get("control_group")
    return share_of(told) if told else 0.0


def _rolling(published: Published, book: Book) -> Rolling | None:
    campaign = book.campaigns.get(published.name)
    if published.kind != "campaign" or campaign is None:
        return None
    now = standing_of(published.value)
    if now is not None and campaign.rollout is not None:
        before = None if now.before is None else now.before.version
        tally = Tally(campaign=published.name, version=published.version, since=now.since, before=before)
        return Rolling(published, campaign, tally, standing=now)
    trial = trial_of(published.value)
    if trial is None or trial.adopted is not None or campaign.experiment is None:
        return None
    return Rolling(published, campaign, Contest(campaign=campaign, since=trial.began))


class CampaignsOnKafka:
    """Control, on Kafka."""

    def __init__(self, brokers: str, topic: str) -> None:
        self.brokers, self.topic = brokers, topic
        self._ends: dict[int, int] | None = None
        self._held: tuple[Book, list[Published]] = (Book(), [])

    def read(self) -> tuple[Book, list[Published]]:
        """What is in force. Control is read again only when something was written, since that compiles all of it."""
        from services.control.listing import entries
        from services.kafka.client import end_offsets

        ends = end_offsets(self.brokers, self.topic)
        if ends != self._ends:
            found = entries(self.brokers, self.topic)
            self._held, self._ends = (compile_book(found), standing(found)), ends
        return self._held

    def write(self, value: Mapping[str, Any], *, act: Act, why: str) -> None:
        """Another record of a campaign, recorded on the audit."""
        send(self.brokers, self.topic, [rewritten(value, act=act)], signed=Signature(who=WHO, why=why))


def how_it_stands(watch: CampaignWatch, names: Iterable[str] = ()) -> list[str]:
    """Lines for people: each campaign under way, where it stands, and what it waits for."""
    wanted = set(names)
    found = []
    for name, rolling in watch.running.items():
        if wanted and name not in wanted:
            continue
        if rolling.standing is not None and rolling.campaign.rollout is not None:
            steps = len(rolling.campaign.rollout.steps)
            instead = "the version before" if rolling.standing.before else "nothing"
            found.append(f"{name} {rolling.words}, step {rolling.standing.step + 1} of {steps}; everybody else gets {instead}")
        else:
            found.append(f"{name} {rolling.words}")
        if rolling.verdict is not None:
            found.append(f"  {rolling.verdict.act}: {rolling.verdict.why}")
    return found
