"""Why an item is shown, in words for the customer. Who writes in another language reads `source` and `because_of`, and finds own words."""

from udfs.core.recommend.candidates import Candidate
from udfs.core.recommend.history import How
from udfs.core.recommend.recommender import CATEGORY
from udfs.core.recommend.strategy import Fill, Source

_TOGETHER = {How.VIEWED: "you viewed {}", How.IN_CART: "{} is in your cart", How.BOUGHT: "you bought {}", How.LIKE: "it goes with {}"}
_ALIKE = {
    How.VIEWED: "it is like {}, which you viewed",
    How.IN_CART: "it is like {} in your cart",
    How.BOUGHT: "it is like {}, which you bought",
    How.LIKE: "it is like {}",
}
_NAMELESS = {How.VIEWED: "of what you viewed", How.IN_CART: "of what is in your cart", How.BOUGHT: "of what you bought", How.LIKE: "it goes with it"}


def because(candidate: Candidate, how: How | None, name: str | None) -> str:
    """The reason. `how`: what the customer did with the item that brought it; `name`: what that item is called, None where nobody knows."""
    if candidate.fits:
        return f"because it has what you look for: {', '.join(candidate.fits)}"
    if candidate.because_of is not None and how is not None:
        if not name:
            return f"because {_NAMELESS[how]}"
        words = (_ALIKE if candidate.source == Source.ALIKE else _TOGETHER)[how]
        return f"because {words.format(name)}"
    category = candidate.group.removeprefix(CATEGORY).rpartition(">")[2].strip() if candidate.group.startswith(CATEGORY) else ""
    if candidate.source == Source.NEW:
        return f"because it is new in {category}" if category else "because it is new"
    if candidate.source == Fill.SEGMENT:
        return "because it is popular with customers like you"
    return f"because it is popular in {category}" if category else "because it is popular"
