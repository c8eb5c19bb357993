"""What recommend(…) asks in a scenario: written there, or the name of a file that training exported, in the folder of the scenarios."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from services.documents.yaml12 import Where
from udfs.core.recommend.recommender import Recommender

_KEY = "recommender"


class Unread(NamedTuple):
    """It was not read: that needs more than the base installation has. Whoever runs the scenario raises this."""

    missing: ModuleNotFoundError


def learned_of(value: Any, *, folder: Path, refuse: Callable[[Where, str, str | None], None]) -> "Recommender | Unread | None":
    """What was learned; None where it is refused."""
    try:
        from services.recommend import written
        from services.recommend.local import recommender_of
        from udfs.recommend.layout import BadRecommender
    except ModuleNotFoundError as missing:  # a check can do without
        return Unread(missing)
    if not isinstance(value, str):
        return written.recommender_of(value, lambda where, message, hint: refuse((_KEY, *where), message, hint))
    try:
        return recommender_of(folder / value)
    except BadRecommender as e:
        refuse((_KEY,), str(e), None)
        return None
