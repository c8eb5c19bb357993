"""The strategies by name."""

from collections.abc import Sequence

from services.extras import missing
from training.errors import TrainingError
from training.recommend.strategies.content import Content
from training.recommend.strategies.factors import MatrixFactorisation
from training.recommend.strategies.item_to_item import ItemToItem
from training.recommend.strategies.popularity import Popularity
from training.recommend.strategies.strategy import Given, Strategy
from training.recommend.strategies.trending import Trending
from training.recommend.strategies.vsknn import Vsknn

NAMES = ("popularity", "trending", "item-to-item", "matrix-factorisation", "v-sknn", "content")
NETWORKS = ("gru", "sasrec")
"""They need JAX, and minutes: used only where they are named."""


def strategies(given: Given, names: Sequence[str] = ()) -> dict[str, Strategy]:
    """The strategies with these names, or all that can be used. Raises TrainingError for content without a catalogue."""
    if "content" in names and given.tokens is None:
        problem = "the strategy content compares what a catalogue says of items: name a catalogue with --catalogue FILE"
        raise TrainingError(problem)
    wanted = (
        [name for name in (*NAMES, *NETWORKS) if name in names]
        if names
        else [name for name in NAMES if name != "content" or given.tokens is not None]
    )
    return {name: _made(name, given) for name in wanted}


def _made(name: str, given: Given) -> Strategy:
    match name:
        case "popularity":
            return Popularity()
        case "trending":
            return Trending()
        case "item-to-item":
            return ItemToItem(given)
        case "matrix-factorisation":
            return MatrixFactorisation()
        case "v-sknn":
            return Vsknn()
        case "content":
            return Content(given)
        case "gru" | "sasrec":
            return _network(name)
    problem = f"there is no strategy {name!r}: there are {', '.join((*NAMES, *NETWORKS))}"
    raise TrainingError(problem)


def _network(name: str) -> Strategy:
    try:
        from training.recommend.strategies.sequence import strategy
    except ModuleNotFoundError as error:
        if (line := missing(error)) is None:
            raise
        raise TrainingError(line) from error
    return strategy.gru() if name == "gru" else strategy.sasrec()
