"""What is known of a campaign's variants, as lines for a terminal."""

from collections.abc import Iterator, Sequence

from services.arms.counts import ArmCount, added
from udfs.core.bandits.best import thompson
from udfs.core.bandits.learned import Learned
from udfs.core.bandits.linear import Linear, triangle
from udfs.core.bandits.posterior import Beta, Posterior

Z = 1.96


def table(learned: Learned, counts: Sequence[ArmCount]) -> Iterator[str]:
    """A line a variant: its share, what it is worth with a 95 % interval, and the decisions behind that; below, the same by context."""
    yield f"{learned.campaign}: epoch {learned.epoch}, learned from {learned.exposures:,} decisions"
    yield from _lines(learned.arms, counts)
    for context, own in learned.contexts.items():
        yield f"  {context}"
        yield from _lines({**learned.arms, **own}, [count for count in counts if count.context == context])
    if learned.linear is not None:
        yield "  weights, of the intercept and of each feature on its own scale"
        for name in sorted(learned.linear.arms):
            yield f"    {name:<24} {'  '.join(_weights(learned.linear.arms[name]))}"


def _weights(arm: Linear) -> Iterator[str]:
    """Each weight with its standard deviation."""
    for place, mean in enumerate(arm.mean):
        yield f"{mean:+.4f} ± {arm.covariance[triangle(place + 1) - 1] ** 0.5:.4f}"


def _lines(arms: dict[str, Posterior], counts: Sequence[ArmCount]) -> Iterator[str]:
    names = sorted(arms)
    for name, share in zip(names, thompson([arms[name] for name in names]), strict=True):
        sums = added(count for count in counts if count.variant == name)
        low, mean, high = interval(arms[name])
        yield f"    {name:<24} {share:>7.1%}  {mean:.4f} ({low:.4f} to {high:.4f})  {sums.conversions:,} of {sums.exposures:,}"


def interval(arm: Posterior) -> tuple[float, float, float]:
    """The lower end of a 95 % interval, the mean, and the upper end."""
    if isinstance(arm, Beta):
        total = arm.a + arm.b
        sd = (arm.a * arm.b / (total**2 * (total + 1))) ** 0.5
        return max(arm.mean - Z * sd, 0.0), arm.mean, min(arm.mean + Z * sd, 1.0)
    return arm.mean - Z * arm.sd, arm.mean, arm.mean + Z * arm.sd
