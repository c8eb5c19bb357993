"""What recommend(…) asks in a scenario: written there, or the name of a file that training exported, in the folder of the scenarios."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.documents.yaml12 import Where
from services.recommend import written
from services.recommend.local import recommender_of
from udfs.core.recommend.recommender import Recommender
from udfs.recommend.packed import BadRecommender

_KEY = "recommender"


def learned_of(value: Any, *, folder: Path, refuse: Callable[[Where, str, str | None], None]) -> Recommender | None:
    """What was learned; None where it is refused."""
    if not isinstance(value, str):
        return written.recommender_of(value, lambda where, message, hint: refuse((_KEY, *where), message, hint))
    try:
        return recommender_of(folder / value)
    except BadRecommender as e:
        refuse((_KEY,), str(e), None)
        return None
