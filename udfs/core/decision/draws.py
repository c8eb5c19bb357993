"""What was drawn for one decision, as numbers: for whoever sees it without the id by which it was drawn, and could not draw again."""

from collections.abc import Mapping

from udfs.core.decision.choose import Winner
from udfs.core.decision.ways import lot
from udfs.core.policy import holdout
from udfs.core.values import chance


def draws_of(winner: Winner) -> Mapping[str, float]:
    """Each from 0 to 1, as far as there was something to draw: `holdout` and `control` (in it below its share), `variant`, `bandit` and `uplift`."""
    assessed = winner.assessed
    turn, campaign = assessed.turn, assessed.candidate.campaign
    found: dict[str, float] = {}
    if turn.book.policy.holdout is not None:
        found["holdout"] = holdout.drawn(turn.book.policy.holdout, turn.drawn_by())
    if campaign.control_group > 0:
        found["control"] = campaign.drawn_for_control(turn.drawn_by(campaign.name))
    if winner.choice is not None and winner.choice.split is not None:
        found["bandit"] = lot(turn.user_id, assessed.candidate, winner.choice.split)
    elif winner.choice is not None:
        kind = "bandit" if campaign.uplift is None else "uplift"
        found[kind] = chance.fraction(f"{kind}:{campaign.name}", assessed.decision_id)
    elif len(campaign.variants) > 1 and not assessed.candidate.step:
        found["variant"] = chance.lot(campaign.name, turn.drawn_by(campaign.name))
    return found
