"""What a decision says of how its variant was drawn by a bandit, or by uplift."""

import msgspec


class Chosen(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """How a bandit, or uplift, has drawn a variant: what whoever evaluates it later has to know."""

    epoch: int
    """Of what it had learned (docs/bandits.md); 0: nothing yet."""
    context: str
    """Of which customers it had learned that; empty: of all. Of a linear bandit: what stands for the list of its features."""
    probabilities: dict[str, float]
    """Of each variant that could be sent; with uplift also of `nothing`."""
    vector: list[float] | None = None
    """Of a linear bandit: 1, and the value of each feature, scaled (docs/bandits.md)."""
    split: str | None = None
    """Where it drew the way of a journey, and no variant: the id of the split. `probabilities` are of its ways then."""
    way: str | None = None
    """The way that it drew."""
