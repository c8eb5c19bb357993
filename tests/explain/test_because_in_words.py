"""What a message gave as its reason, in the words of `kairos explain`."""

import msgspec
import pytest

from services.explain.scores import WHY_SILENT, because_in_words
from udfs.core.because_said import BecauseSaid, Why


def words(**told: object) -> str:
    return because_in_words(msgspec.to_builtins(BecauseSaid(score="churn", **told)))  # type: ignore[arg-type]


def test_what_was_said_and_how_much_it_added() -> None:
    assert words(reason=Why.SAID, feature="visits_30d", adds=0.714) == "the message says why: visits_30d, which added +0.71 to churn"


@pytest.mark.parametrize("why", [why for why in Why if why is not Why.SAID])
def test_each_reason_for_the_default_has_its_words(why: Why) -> None:
    assert words(reason=why) == f"the message says its default in place of a reason: {WHY_SILENT[why]}"
