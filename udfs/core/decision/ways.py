"""The way of a run of a journey at a split. Where weights choose, it is the customer's; where a bandit does, it is drawn for the run, and stays.

The decision of the first message that goes out behind the split says how it was drawn (`choice`), so a run is counted once, however many messages
it sends. Until then the run carries what was drawn.
"""

from udfs.core.bandits.best import draw, uniform
from udfs.core.campaigns.bandit import Bandit
from udfs.core.campaigns.steps import Split
from udfs.core.chosen import Chosen
from udfs.core.decision.assess import Assessed
from udfs.core.decision.assigned import way_of
from udfs.core.decision.candidates import Candidate
from udfs.core.profile.due import Drawn
from udfs.core.values import chance


class Drawing:
    """Draws for one run as it goes on. `drawn` is the way that it drew, or the one that the run brings with it."""

    def __init__(self, assessed: Assessed) -> None:
        self.assessed, self.drawn = assessed, assessed.candidate.drawn

    def __call__(self, split: Split) -> int:
        """The way of this run, as its index."""
        if not split.by_bandit:
            return way_of(self.assessed.turn, split, split.drawn(self.assessed.moment))
        campaign = self.assessed.candidate.campaign
        bandit, arms, moment = campaign.bandit or Bandit(), self.assessed.turn.book.arms.get(campaign.name), self.assessed.moment
        context, vector = bandit.context(moment), bandit.vector(moment)
        probabilities = uniform(len(split.names)) if arms is None else arms.drawn_with(context, vector, split.arms)
        place = draw(probabilities, lot(self.assessed.turn.user_id, self.assessed.candidate, split.place))
        self.drawn = Drawn(
            split=split.place,
            way=split.names[place],
            epoch=0 if arms is None else arms.epoch,
            context=context,
            probabilities=dict(zip(split.names, probabilities, strict=True)),
            vector=vector,
        )
        return place


def lot(user_id: str, candidate: Candidate, place: str) -> float:
    """What a run draws at a split: by what its decision there would be called, if there were one."""
    began = candidate.begun_at(place)
    return chance.fraction(
        f"bandit:{candidate.campaign.name}", chance.decision_id(candidate.born_as or user_id, candidate.campaign.name, candidate.key or "", began)
    )


def told(drawn: Drawn) -> Chosen:
    """What a decision says of it."""
    return Chosen(epoch=drawn.epoch, context=drawn.context, probabilities=drawn.probabilities, vector=drawn.vector, split=drawn.split, way=drawn.way)
