"""Assignment is GrowthBook's hash version 2; golden values fail loudly if anybody's group would change."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.core.values import chance

# The published hash cases (version 2) that every GrowthBook SDK is tested with: seed, value, lot.
GROWTHBOOK = [
    ("seed", "a", 0.0505),
    ("seed", "b", 0.2696),
    ("foo", "ab", 0.2575),
    ("foo", "def", 0.2019),
    ("89123klj", "8952klfjas09ujkasdf", 0.124),
    ("90850943850283058242805", "123", 0.7516),
    ("()**(%$##$%#$#", '___)((*":&', 0.0128),
]


@pytest.mark.parametrize(("seed", "value", "expected"), GROWTHBOOK)
def test_growthbook_vectors(seed: str, value: str, expected: float) -> None:
    assert chance.lot(seed, value) == expected


def test_fnv_sees_utf16_code_units_as_javascript_does() -> None:
    assert chance.fnv1a32("ä") != chance.fnv1a32("a")
    assert chance.fnv1a32("\U0001f600") == chance.fnv1a32("\ud83d\ude00")  # an emoji is its two surrogates


@given(st.text(), st.text())
def test_a_lot_is_always_the_same_and_within_its_range(seed: str, value: str) -> None:
    assert chance.lot(seed, value) == chance.lot(seed, value)
    assert 0 <= chance.lot(seed, value) < 1


def test_lots_are_uniform_enough() -> None:
    """Chi-square over ten ranges of 20,000 users; 27.9 is p = .001 at nine degrees of freedom."""
    counts = [0] * 10
    for user in range(20_000):
        counts[int(chance.lot("cart-abandonment", f"user-{user}") * 10)] += 1
    assert sum((count - 2000) ** 2 / 2000 for count in counts) < 27.9


def test_ranges_hold_their_start_and_not_their_end() -> None:
    assert chance.pick((0.5, 0.5), 0.0) == 0
    assert chance.pick((0.5, 0.5), 0.5) == 1
    assert chance.pick((0.5, 0.2), 0.7) is None


def test_decision_ids_are_uuids_of_user_campaign_entry_and_trigger() -> None:
    made = chance.decision_id("ada", "cart-abandonment", "c1", "1767571200000")
    assert made == "99da23a9-d9e2-58d2-abad-e0583bbcc604"
    assert made != chance.decision_id("ada", "cart-abandonment", "c2", "1767571200000")


@pytest.mark.slow
@given(st.text(), st.text(), st.text(), st.text())
def test_a_decisions_id_is_a_uuid_of_version_five(user: str, campaign: str, key: str, trigger: str) -> None:
    namespace = uuid.uuid5(uuid.NAMESPACE_URL, "kairos:decision")
    assert chance.decision_id(user, campaign, key, trigger) == str(uuid.uuid5(namespace, "\x1f".join((user, campaign, key, trigger))))
