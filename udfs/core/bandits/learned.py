"""What a campaign's bandit has learned so far: one record of the topic `arms`, and the probabilities that follow from it.

Records come from outside, so everything about them is checked when they are read. Probabilities are computed once for each context and set of
variants that can be sent, and kept until the next epoch; those of a linear bandit are computed for each decision.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from udfs.core.bandits.best import MAX_ARMS, thompson
from udfs.core.bandits.linear import Weights
from udfs.core.bandits.normal import thompson_of_normals
from udfs.core.bandits.posterior import Posterior
from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import MAX_MESSAGE, short

MAX_CONTEXTS = 100
MAX_BYTES = 500_000
KEPT = 4_096
"""How many probabilities are kept; there are few contexts, and few sets of variants that can be sent."""


class BadArms(InvalidInput):
    """A record of the topic `arms` that is refused."""


class Learned(msgspec.Struct, kw_only=True, frozen=True):
    """The value of a record of `arms`. Its fields follow `schemas/arms.avsc`; times are epoch milliseconds."""

    campaign: str
    epoch: int
    """Counts upwards; it is the time at which this was learned."""
    prior: Posterior
    """What is assumed about a variant of which nothing has been learned."""
    arms: dict[str, Posterior]
    """By variant, from all customers."""
    contexts: dict[str, dict[str, Posterior]] = {}
    """By context and variant; of contextual bandits."""
    exposures: int = 0
    """Decisions whose outcomes it was learned from."""
    linear: Weights | None = None
    """Of a linear bandit: how a customer's features tell which variant is best. None: not known yet, or it is another bandit."""


class Arms:
    """A record of `arms` in force."""

    def __init__(self, learned: Learned) -> None:
        self.learned = learned
        self._kept: dict[tuple[str, tuple[str, ...]], tuple[float, ...]] = {}

    @property
    def epoch(self) -> int:
        """Which version of what was learned it is."""
        return self.learned.epoch

    def at(self, vector: Sequence[float], features: str, variants: Sequence[str]) -> tuple[float, ...]:
        """The same for a linear bandit, at these features of a customer. Until it has learned by them, what holds for all customers counts."""
        linear = self.learned.linear
        if linear is None or linear.features != features or len(linear.prior.mean) != len(vector):
            return self.probabilities("", variants)
        return thompson_of_normals(linear.at(vector, variants))

    def probabilities(self, context: str, variants: Sequence[str]) -> tuple[float, ...]:
        """With which probability each of these variants is drawn. Of a context of which nothing is known, what holds for all customers counts."""
        learned = self.learned
        key = context if context in learned.contexts else "", tuple(variants)
        found = self._kept.get(key)
        if found is None:
            known = {**learned.arms, **learned.contexts.get(context, {})}
            found = thompson([known.get(variant, learned.prior) for variant in variants])
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found


def read_arms(key: str, value: bytes) -> Arms:
    """The record of a campaign. Raises BadArms with what is wrong with it."""
    if len(value) > MAX_BYTES:
        message = f"it has {len(value):,} bytes, and {MAX_BYTES:,} are allowed"
        raise BadArms(message)
    try:
        learned = msgspec.json.decode(value, type=Learned)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = f"not a record of arms: {short(str(error), MAX_MESSAGE)}"
        raise BadArms(message) from None
    if learned.campaign != key:
        message = f"the key names campaign {short(key)!r}, the record {short(learned.campaign)!r}"
        raise BadArms(message)
    if learned.epoch <= 0:
        message = f"an epoch is a time, above 0, not {learned.epoch}"
        raise BadArms(message)
    sizes = [len(learned.arms), len(learned.linear.arms) if learned.linear else 0, *(len(each) for each in learned.contexts.values())]
    if max(sizes) > MAX_ARMS or len(learned.contexts) > MAX_CONTEXTS:
        message = f"there are at most {MAX_ARMS} variants and {MAX_CONTEXTS} contexts"
        raise BadArms(message)
    for name, each in _posteriors(learned):
        if type(each) is not type(learned.prior):
            message = f"{name} is not of the same kind as the prior: a campaign has rates (beta) or means (gaussian), not both"
            raise BadArms(message)
        if not each.is_sane():
            message = f"{name}: {short(repr(each))} is no distribution that can be computed with"
            raise BadArms(message)
    if learned.linear is not None and (problem := learned.linear.problem()) is not None:
        message = f"linear: {short(problem, MAX_MESSAGE)}"
        raise BadArms(message)
    return Arms(learned)


def _posteriors(learned: Learned) -> Iterable[tuple[str, Posterior]]:
    yield "the prior", learned.prior
    groups: Mapping[str, Mapping[str, Any]] = {"": learned.arms, **learned.contexts}
    for context, arms in groups.items():
        for variant, each in arms.items():
            yield f"{variant} in {context}" if context else variant, each


def taught(held: Mapping[str, Arms], key: str, value: bytes | None) -> Mapping[str, Arms]:
    """What is in force after a record of `arms`; the same mapping where it is older than what is held. Raises BadArms.

    A tombstone makes a bandit forget: it chooses all variants alike until it has learned again.
    """
    if value is None:
        return {campaign: arms for campaign, arms in held.items() if campaign != key} if key in held else held
    arms = read_arms(key, value)
    before = held.get(key)
    return held if before is not None and before.epoch >= arms.epoch else {**held, key: arms}
