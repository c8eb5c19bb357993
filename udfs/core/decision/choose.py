"""Which candidates of an instant are settled, in which order, and with which variant of their campaign.

Today: by priority, ties by hash, and the variant that a fixed split has drawn. Arbitration between campaigns belongs into `choose`, which has all
candidates of the instant before it and may leave some out. A bandit over the variants that may be sent belongs into `assign`, which returns the
probability with which it has drawn. Both may read all that was assessed, and neither changes anything.
"""

from collections.abc import Iterator
from typing import NamedTuple

from udfs.core.campaigns.campaign import Variant
from udfs.core.decision.assess import Assessed
from udfs.core.decision.turn import Turn
from udfs.core.values import chance


class Winner(NamedTuple):
    """A candidate that is settled next, with the variant that it gets and the probability of its getting it."""

    assessed: Assessed
    variant: Variant
    probability: float


def choose(turn: Turn, waiting: list[Assessed]) -> Iterator[Assessed]:
    """The candidates of one instant, one after the other: the next is asked for when the one before has been committed, and sees what that took."""
    if len(waiting) < 2:
        return iter(waiting)
    return iter(sorted(waiting, key=lambda assessed: _rank(turn, assessed)))


def assign(assessed: Assessed) -> Winner:
    """The variant: what was settled before, if the campaign still has it, else the split's. Of a journey nothing is drawn: its step names it."""
    candidate = assessed.candidate
    campaign = candidate.campaign
    variant, probability = (candidate.variant and campaign.named(candidate.variant)) or campaign.assign(assessed.turn.drawn_by(campaign.name))
    return Winner(assessed, variant, 1.0 if candidate.step else probability)


def _rank(turn: Turn, assessed: Assessed) -> tuple[int, float, str]:
    campaign = assessed.candidate.campaign
    return -campaign.priority, chance.lot(campaign.name, turn.user_id), campaign.name
