"""What a campaign is asked: its messages against nothing, or, in an experiment, each arm against the one it is compared with. Pure."""

from dataclasses import dataclass, field, replace

from services.lift.advice import Rule
from services.lift.measure import Lift
from services.lift.persons import against_of
from services.lift.records import ACTED, CONTROL, HELD_OUT, VARIANT, Log
from services.lift.shares import shares_of
from services.statistics.always_valid import PLANNED
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.experiment import REACHED, Experiment
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import did_you_mean

WORDS = {ACTED: "treated", CONTROL: "control", HELD_OUT: "held out"}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One comparison."""

    title: str
    treated: str
    """An arm, as `Decided.is_in` names it."""
    against: str
    names: tuple[str, str]
    """What the two are called."""
    shares: tuple[float, float] | None
    metric: str = REACHED
    planned: float = PLANNED
    effect: float | None = None
    """The smallest effect that matters, relative to the second arm; None: any."""
    rule: Rule = field(default_factory=Rule)

    def rule_of(self, lift: Lift, metric: str) -> Rule:
        """The rule, with the smallest effect in the metric's own unit, now that it is known what happens without."""
        if self.effect is None or metric != self.metric:
            return self.rule
        return replace(self.rule, matters=abs(self.effect) * abs(lift.effect(metric).best.control.mean) or None)


def questions(log: Log, book: Book | None, campaign: str, *, variant: str | None = None, against: str | None = None) -> list[Question]:
    """What is compared. `variant` and `against` (control, holdout, or a variant) are what somebody asked for; None: what the campaign's experiment
    says, or else all its messages against its control group, or the holdout where there is none. Raises NotFound for a variant that is none.
    """
    found = None if book is None else book.campaigns.get(campaign)
    known = _variants(log, found, campaign)
    experiment = None if found is None else found.experiment
    if experiment is not None and variant is None and against is None:
        base = _arm(experiment.against, known)
        arms = [ACTED] if found is not None and found.steps is not None else [_arm(name, known) for name in experiment.arms]
        return [_of_experiment(_question(book, campaign, arm, base), experiment) for arm in arms]
    treated = ACTED if variant is None else _arm(variant, known)
    other = against_of(log, campaign) if against is None else _arm(against, known)
    if treated == other:
        message = f"{WORDS.get(other, other.removeprefix(VARIANT))} is compared with itself"
        raise NotFound(message, "name two different arms")
    return [_question(book, campaign, treated, other)]


def _variants(log: Log, campaign: Campaign | None, name: str) -> list[str]:
    if campaign is not None and campaign.steps is None:
        return [variant.name for variant in campaign.variants]
    decided = {each.variant for each in log.decided.values() if each.campaign == name}
    return sorted((decided | {each.variant for each in log.told.values() if each.campaign == name}) - {""})


def _arm(name: str, known: list[str]) -> str:
    if name in known:
        return f"{VARIANT}{name}"
    arms = {"control": CONTROL, "holdout": HELD_OUT}
    if name not in arms:
        message = f"there is no variant {name!r}"
        raise NotFound(message, did_you_mean(name, [*known, *arms]) or f"there are {', '.join([*known, *arms])}")
    return arms[name]


def _question(book: Book | None, campaign: str, treated: str, against: str) -> Question:
    names = tuple(WORDS.get(arm, arm.removeprefix(VARIANT)) for arm in (treated, against))
    title = campaign if treated == ACTED else f"{campaign}, {names[0]}"
    shares = None if book is None else shares_of(book, campaign, against, treated=treated)
    return Question(title=title, treated=treated, against=against, names=(names[0], names[1]), shares=shares)


def _of_experiment(question: Question, experiment: Experiment) -> Question:
    sample = experiment.sample
    planned = question.planned
    if sample is not None and question.shares is not None:
        planned = sample * sum(question.shares) / min(question.shares)
    rule = Rule(sample=sample, at_most=experiment.at_most, early=experiment.early)
    return replace(question, metric=experiment.metric, planned=planned, effect=experiment.minimum_effect, rule=rule)
