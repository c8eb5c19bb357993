"""What a file for recommenders may name is what there is to learn."""

from services.documents.recommend_shape import MEASURES, PROTOCOLS, STRATEGIES
from training.recommend import split
from training.recommend.measures import OF_RANKS
from training.recommend.strategies.all import NAMES


def test_the_names_of_the_shape_are_those_of_training() -> None:
    assert tuple(split.PROTOCOLS) == PROTOCOLS
    assert STRATEGIES == NAMES
    assert set(MEASURES) <= set(OF_RANKS)
