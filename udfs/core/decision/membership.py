"""In which segment a customer is by a model, and why: asked after every event, with the vector that campaigns would read at that moment."""

import math
from collections.abc import Sequence

from udfs.core.campaigns.segments import Membership
from udfs.core.decision.scores import Answer, ModelReason
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.features.models import Model

CLIP = 8.0
"""Standard deviations: what lies further out counts as this far, as in the model (`training.segments.scale`)."""
MAX = 1e30
"""A value beyond this counts as this."""
DIGITS = 3
TOLD = 5
"""Features that are named at most, the most telling first."""


class AskedModels:
    """Asks the models of segments. Of a published model its champion answers, or while that is loading one of the versions before."""

    __slots__ = ("_turn",)

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def membership(self, model: str, moment: Moment, *, before: str | None) -> Membership | None:
        """What a model says; None while it cannot answer."""
        turn = self._turn
        published = turn.book.models.get(model)
        if published is None or published.paused or published.unfit or f"model/{model}" in turn.book.switches:
            return None
        vector = turn.book.features.vector(moment)
        for version in (published.current, *published.fallback):
            row = version.row.of(vector)
            said: Answer = turn.scorer.ask(version, row)
            if said.values is not None:
                return _membership(version, said.values, row, before)
            if said.reason is not ModelReason.LOADING:
                return None
        return None


def _membership(model: Model, values: Sequence[float], row: Sequence[float], before: str | None) -> Membership | None:
    if len(values) < 2 or len(model.classes) != len(values):
        return None  # a model of something else
    now = max(range(len(values)), key=values.__getitem__)
    was = model.classes.index(before) if before in model.classes else None
    return Membership(model.label, model.classes[now], because(model, row, now, was) if now != was else {})


def because(model: Model, row: Sequence[float], now: int, was: int | None) -> dict[str, float]:
    """How much each input speaks for the class `now` rather than `was` (None: the next one): by how much less it is away from its middle, in
    squares of standard deviations. Of k-means these add up to what decides; of other methods they are what the middles say. Largest first.
    """
    if not model.centres or now >= len(model.centres):
        return {}
    scaled = [_scaled(value, mean, spread) for value, (mean, spread) in zip(row, model.scale, strict=True)]
    away = [sum((z - centre) ** 2 for z, centre in zip(scaled, each, strict=True)) for each in model.centres]
    other = was if was is not None and was != now else min((n for n in range(len(away)) if n != now), key=away.__getitem__)
    told = {
        each.feature: round((z - theirs) ** 2 - (z - ours) ** 2, DIGITS)
        for each, z, theirs, ours in zip(model.inputs, scaled, model.centres[other], model.centres[now], strict=True)
    }
    return dict(sorted(told.items(), key=lambda item: -abs(item[1]))[:TOLD])


def _scaled(value: float, mean: float, spread: float) -> float:
    if math.isnan(value):
        return 0.0
    wide = max(-MAX, min(MAX, value))
    return max(-CLIP, min(CLIP, (math.copysign(math.log1p(abs(wide)), wide) - mean) / spread))
