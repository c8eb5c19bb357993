"""What the golden savepoint of this version would hold: some of everything that the state of the job can hold. Found by type, so that a new part that
the story does not use is noticed when it is added."""

import re
from pathlib import Path

import pytest

from tests.golden import halfway, local, parts, world
from udfs.core.features.features import state_key
from udfs.core.profile.due import Due

pytestmark = pytest.mark.slow
OPERATORS = Path(__file__).resolve().parents[2] / "udfs" / "operators"


@pytest.fixture(scope="module")
def found() -> set[str]:
    job = local.saved().job
    profiles = [parts.opened(blob) for blob in job.profiles.values()]
    summed_up = {key for each in profiles if hasattr(each, "features") for key in each.features}
    aggregates = {f"aggregate {each['aggregate']}" for each in world.features() if "aggregate" in each and state_key(each) in summed_up}
    return aggregates.union(*(parts.of(each) for each in [*profiles, halfway.ties()]))


def test_the_story_leaves_something_in_every_part_of_state(found: set[str]) -> None:
    missing = set(parts.of_types()) - found - set(parts.NOT_IN_THE_STORY)
    assert not missing, (
        f"the next golden savepoint would hold nothing of {sorted(missing)}: let somebody in tests/golden/events.py do what leaves something there, "
        "or say in parts.NOT_IN_THE_STORY why nothing can"
    )


def test_what_is_left_out_is_a_part_and_really_not_there(found: set[str]) -> None:
    assert set(parts.NOT_IN_THE_STORY) <= set(parts.of_types())
    assert not set(parts.NOT_IN_THE_STORY) & found


def test_every_field_of_bytes_is_looked_into_or_known_to_be_one_thing() -> None:
    unknown = list(parts.unopened())
    assert not unknown, f"say in tests/golden/parts.py what the bytes of {unknown} are: PACKED opens them, MARKS are fingerprints"


def test_the_states_of_the_operator_are_those_that_are_kept() -> None:
    """A new keyed state has to be in a golden savepoint as well: `tests/golden/savepoint.py` reads them."""
    text = "".join(file.read_text() for file in OPERATORS.glob("*.py"))
    assert sorted(re.findall(r'StateDescriptor\(\s*"([^"]+)"', text)) == ["control", "kept-ids", "ties", "user"]


def test_somebody_waits_for_each_kind_of_thing_that_falls_due() -> None:
    job = local.saved().job
    profiles = [parts.opened(blob) for blob in job.profiles.values()]
    kinds = {type(due) for each in profiles for due in getattr(each, "due", ())}
    assert kinds == set(Due.__args__)


def test_an_added_part_is_noticed(found: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    class Added(msgspec.Struct, array_like=True):
        something: int = 0

    monkeypatch.setattr(parts, "ROOTS", (*parts.ROOTS, Added))
    assert set(parts.of_types()) - found - set(parts.NOT_IN_THE_STORY) == {"Added.something"}
