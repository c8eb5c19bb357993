"""What a campaign is asked: its messages against nothing, or, in an experiment, each arm against the one it is compared with. Pure."""

from dataclasses import dataclass, field, replace

from services.experiment.arms import arms_of
from services.experiment.plan import NotPlanned, plan
from services.lift.advice import Rule
from services.lift.measure import Lift
from services.lift.persons import against_of
from services.lift.records import ACTED, CONTROL, HELD_OUT, VARIANT, Log, arm_of
from services.lift.shares import drawn_by, shares_of
from services.statistics.always_valid import PLANNED
from services.statistics.difference import ALPHA
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.experiment import PERSON, REACHED, SESSION, Contrast, Experiment
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
    drawn_by: str | None = None
    """By which shares these are, in a few letters; None: not known."""
    metric: str = REACHED
    planned: float = PLANNED
    alpha: float = ALPHA
    """The chance of a false alarm: several questions of one experiment share it."""
    unit: str = PERSON
    """What the metric is a mean of: people, or their sessions."""
    effect: float | None = None
    """The smallest effect that matters, relative to the second arm; None: any."""
    rule: Rule = field(default_factory=Rule)

    def rule_of(self, lift: Lift, metric: str) -> Rule:
        """The rule, with the smallest effect in the metric's own unit, now that it is known what happens without."""
        if self.effect is None or metric != self.metric:
            return self.rule
        return replace(self.rule, matters=abs(self.effect) * abs(lift.effect(metric).best.control.mean) or None)


def questions(
    log: Log, book: Book | None, campaign: str, *, variant: str | None = None, against: str | None = None, by_arm: bool = False
) -> list[Question]:
    """What is compared. `variant` and `against` (control, holdout, or a variant) are what somebody asked for; None: what the campaign's experiment
    says, or else all its messages against its control group, or the holdout where there is none. `by_arm`: of a factorial not what its factors do,
    but each arm by itself. Raises NotFound for a variant that is none.
    """
    found = None if book is None else book.campaigns.get(campaign)
    known = _variants(log, found, campaign)
    experiment = None if found is None else found.experiment
    if found is not None and experiment is not None and variant is None and against is None:
        contrasts = experiment.by_arm if by_arm else experiment.contrasts
        return [_of_contrast(book, found, experiment, each, alpha=ALPHA / len(contrasts), known=known) for each in contrasts]
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
    return Question(
        title=title,
        treated=treated,
        against=against,
        names=(names[0], names[1]),
        shares=shares,
        drawn_by=None if book is None else drawn_by(book, campaign),
    )


def _of_contrast(book: Book | None, campaign: Campaign, experiment: Experiment, contrast: Contrast, *, alpha: float, known: list[str]) -> Question:
    """One question of an experiment. The messages of a journey are one arm, since everybody gets them one after the other."""
    is_journey = campaign.steps is not None
    arm = ACTED if is_journey else arm_of(*contrast.arms)
    base = arm_of(*contrast.base) if len(contrast.base) > 1 else _arm(contrast.base[0], known)
    question = _question(book, campaign.name, arm, base)
    per_arm, sides = _sample(campaign, experiment), min(len(contrast.arms), len(contrast.base))
    sample = None if per_arm is None else per_arm * sides
    planned = question.planned
    if sample is not None and question.shares is not None:
        people = sample / (experiment.expected.sessions_a_person if experiment.unit == SESSION else 1.0)
        planned = people * sum(question.shares) / min(question.shares)
    return replace(
        question,
        title=question.title if is_journey else f"{campaign.name}, {contrast.title}",
        names=question.names if is_journey else contrast.names,
        metric=experiment.metric,
        planned=planned,
        alpha=alpha,
        unit=PERSON if is_journey else experiment.unit,
        effect=experiment.minimum_effect,
        rule=Rule(sample=sample, at_most=experiment.at_most, early=experiment.early),
    )


def _sample(campaign: Campaign, experiment: Experiment) -> int | None:
    """Units of each arm: the experiment's own number, or what its plan needs for one look. None: nobody said what is expected."""
    if experiment.sample is not None:
        return experiment.sample
    try:
        return plan(experiment, arms=arms_of(campaign), horizon=campaign.goal.within if campaign.goal is not None else 0).sample
    except NotPlanned:
        return None  # then its time ends it
