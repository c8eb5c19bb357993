"""Which candidates of an instant are settled, in which order, and with which variant of their campaign.

By priority, ties by hash, and the variant that a fixed split, a bandit or uplift has drawn. Arbitration between campaigns belongs into `choose`,
which has all candidates of the instant before it and may leave some out. Both functions may read all that was assessed, and neither changes
anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from udfs.core.bandits.best import draw, uniform
from udfs.core.campaigns.bandit import Bandit
from udfs.core.campaigns.campaign import Variant
from udfs.core.campaigns.steps import Send
from udfs.core.campaigns.uplift import NOTHING, UpliftChoice
from udfs.core.chosen import Chosen
from udfs.core.decision.assess import Assessed, Verdict
from udfs.core.decision.assigned import variant_of
from udfs.core.decision.turn import Turn
from udfs.core.decision.ways import told
from udfs.core.values import chance


class Winner(NamedTuple):
    """A candidate that is settled next, with the variant that it gets and the probability of its getting it."""

    assessed: Assessed
    variant: Variant
    probability: float | None
    """None: there was nothing to draw."""
    choice: Chosen | None = None
    """How a bandit, or uplift, has drawn it."""
    sends: bool = True
    """False: nothing was chosen, and the variant only stands for it."""


def choose(turn: Turn, waiting: list[Assessed]) -> Iterator[Assessed]:
    """The candidates of one instant, one after the other: the next is asked for when the one before has been committed, and sees what that took."""
    if len(waiting) < 2:
        return iter(waiting)
    return iter(sorted(waiting, key=lambda assessed: _rank(turn, assessed)))


def assign(assessed: Assessed) -> Winner:
    """The variant: what was settled before, if the campaign still has it, else the split's. Of a journey nothing is drawn: its step names it."""
    candidate = assessed.candidate
    campaign = candidate.campaign
    if campaign.bandit is not None and (among := _among(assessed)):
        return drawn_by_bandit(assessed, campaign.bandit, among)
    if campaign.uplift is not None:
        return drawn_by_uplift(assessed, campaign.uplift)
    if not candidate.step:
        variant, probability = variant_of(assessed.turn, campaign, waited=candidate.variant)
        return Winner(assessed, variant, probability)
    variant = next((each for each in campaign.variants if each.name == candidate.variant), campaign.variants[0])
    if (drawn := candidate.drawn) is not None:
        return Winner(assessed, variant, drawn.probabilities[drawn.way], told(drawn) if _may_be_told(assessed) else None)
    return Winner(assessed, variant, 1.0)


def _may_be_told(assessed: Assessed) -> bool:
    """Whether the figures by which a way was drawn may still be used: a consent may have been withdrawn since."""
    bandit = assessed.candidate.campaign.bandit
    names = {name for each in (*bandit.by, *bandit.linear) for name in each.names} if bandit is not None else ()
    return not assessed.turn.book.features.is_denied(names, assessed.moment)


def _among(assessed: Assessed) -> Sequence[Variant]:
    """The variants that a bandit chooses among: all, or those that a step of a journey names; none where the step sends one message."""
    candidate = assessed.candidate
    campaign = candidate.campaign
    if not candidate.step:
        return campaign.variants
    step = campaign.steps.steps.get(candidate.step) if campaign.steps else None
    return [variant for variant in campaign.variants if isinstance(step, Send) and variant.name in step.among]


def drawn_by_bandit(assessed: Assessed, bandit: Bandit, among: Sequence[Variant]) -> Winner:
    """One of the variants that can be sent now, drawn by what was learned. Who comes back after a deferral draws again: nothing was sent.

    So whether somebody is deferred must not depend on the draw: it is done only where no variant can be sent. Then the one that comes back first
    says until when.
    """
    candidate, turn = assessed.candidate, assessed.turn
    campaign, arms = candidate.campaign, turn.book.arms.get(candidate.campaign.name)
    epoch, context, vector = arms.epoch if arms else 0, bandit.context(assessed.moment), bandit.vector(assessed.moment)
    verdicts = {variant.name: assessed.verdict(variant) for variant in among}
    feasible = [variant for variant in among if verdicts[variant.name].channel is not None]
    if not feasible:
        return Winner(assessed, _first_back(among, verdicts), None, Chosen(epoch=epoch, context=context, probabilities={}, vector=vector))
    names = [variant.name for variant in feasible]
    probabilities = uniform(len(names)) if arms is None else arms.drawn_with(context, vector, names)
    place = draw(probabilities, chance.fraction(f"bandit:{campaign.name}", assessed.decision_id))
    choice = Chosen(epoch=epoch, context=context, probabilities=dict(zip(names, probabilities, strict=True)), vector=vector)
    return Winner(assessed, feasible[place], probabilities[place], choice)


def drawn_by_uplift(assessed: Assessed, uplift: UpliftChoice) -> Winner:
    """The variant that gains most among those that can be sent now, or nothing; a share is drawn evenly. As with a bandit, who is deferred draws
    again, and is deferred only where no variant can be sent.
    """
    campaign = assessed.candidate.campaign
    verdicts = {variant.name: assessed.verdict(variant) for variant in campaign.variants}
    feasible = [variant for variant in campaign.variants if verdicts[variant.name].channel is not None]
    if not feasible:
        return Winner(assessed, _first_back(campaign.variants, verdicts), None, Chosen(epoch=0, context="", probabilities={}))
    probabilities = uplift.probabilities({variant.name: uplift.gain(assessed.moment, variant.name) for variant in feasible})
    place = draw(tuple(probabilities.values()), chance.fraction(f"uplift:{campaign.name}", assessed.decision_id))
    name = tuple(probabilities)[place]
    variant = feasible[min(place, len(feasible) - 1)]
    choice = Chosen(epoch=0, context="", probabilities=probabilities)
    return Winner(assessed, variant, probabilities[name], choice, sends=name != NOTHING)


def _first_back(among: Sequence[Variant], verdicts: Mapping[str, Verdict]) -> Variant:
    """Where no variant can be sent, the one that comes back first says until when."""
    back = [variant for variant in among if verdicts[variant.name].until is not None]
    return min(back, key=lambda variant: verdicts[variant.name].until or 0, default=among[0])


def _rank(turn: Turn, assessed: Assessed) -> tuple[int, float, str]:
    campaign = assessed.candidate.campaign
    return -campaign.priority, chance.lot(campaign.name, turn.user_id), campaign.name
