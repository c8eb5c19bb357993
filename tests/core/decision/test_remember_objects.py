"""Small objects and lists in traits, and what a group call says: kept whole or not at all, and bounded."""

from typing import Any

from msgspec.structs import replace

from tests.builders import MONDAY, Life, book, event
from udfs.core.counts import Counts
from udfs.core.engine import Engine
from udfs.core.profile.state import Profile
from udfs.core.profile.stored import decode, encode


def after(*history: Any) -> tuple[Profile, Counts]:
    engine = Engine(book())
    life = Life(engine).live(history)
    assert life.blob is not None
    return decode(life.blob), engine.counts


def identify(at: int, **traits: Any) -> Any:
    return event("identify", at, type="identify", traits=traits)


def group(at: int, name: str, traits: dict[str, Any]) -> Any:
    return replace(event("group", at, type="group"), properties={"group_id": name, "traits": traits})


def test_an_address_is_kept_and_replaced_as_a_whole() -> None:
    profile, _ = after(
        identify(MONDAY, address={"city": "Utrecht", "zip": "1"}, tags=["a", "b"]), identify(MONDAY + 1, address={"city": "Delft", "x": None})
    )
    assert profile.traits == {"address": {"city": "Delft"}, "tags": ["a", "b"]}


def test_what_is_too_large_or_too_deep_is_left_out_and_counted() -> None:
    deep: Any = "x"
    for _ in range(10):
        deep = {"a": deep}
    wrong = {"deep": deep, "long": list(range(31)), "wide": {f"k{n}": 1 for n in range(31)}, "names": {"n" * 65: 1}, "text": {"a": ["x" * 500] * 3}}
    profile, counts = after(identify(MONDAY, **wrong, note="y" * 900, tree=[[1] * 30 for _ in range(30)]))
    assert profile.traits == {"note": "y" * 500}
    assert counts["traits_dropped"] == 6


def test_a_stranger_s_traits_stay_small() -> None:
    profile, _ = after(*(identify(MONDAY + n, **{f"t{n}": {"a": "x" * 480, "b": "y" * 480}}) for n in range(200)))
    assert len(profile.traits) == 50
    assert len(encode(profile)) < 60_000


def test_a_group_is_remembered_apart_from_the_person_and_another_takes_its_place() -> None:
    profile, _ = after(
        identify(MONDAY, name="Ada"), group(MONDAY + 1, "acme", {"name": "Acme", "employees": 50}), group(MONDAY + 2, "acme", {"industry": "retail"})
    )
    assert profile.traits == {"name": "Ada"}
    assert profile.group == {"id": "acme", "name": "Acme", "employees": 50, "industry": "retail"}
    profile, _ = after(group(MONDAY, "acme", {"employees": 50}), group(MONDAY + 1, "zeta", {"id": "other", "plan": None}))
    assert profile.group == {"id": "zeta"}


def test_a_late_group_fills_a_gap_only() -> None:
    late = [group(MONDAY, "acme", {"a": 1}), event("page", MONDAY + 5), group(MONDAY + 2, "zeta", {"a": 2})]
    assert after(*late)[0].group == {"id": "acme", "a": 1}
    assert after(event("page", MONDAY + 5), group(MONDAY + 2, "zeta", {"a": 2}))[0].group == {"id": "zeta", "a": 2}
