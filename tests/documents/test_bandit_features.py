"""A linear bandit learns by numbers: the check refuses a feature that is known to be something else."""

from pathlib import Path

import pytest

from services.documents.check import assess
from services.documents.files import load_campaign_files
from services.documents.findings import Finding
from tests.documents.test_never_equal import FEATURES
from tests.documents.writing import write


def found(folder: Path, by: str) -> list[Finding]:
    write(folder / "features.yaml", FEATURES)
    file = write(
        folder / "mine.yaml",
        f"campaign: mine\ntrigger: {{event: product_added}}\nchoose: {{bandit: linear, by: [orders, {by}]}}\ngoal: {{event: order_completed}}\n"
        "variants: {one: {channel: email, content: {subject: Hi, body: Hi}}, two: {channel: email, content: {subject: Ho, body: Ho}}}\n",
    )
    return assess(load_campaign_files([file])).findings


@pytest.mark.parametrize("by", ["last_id", "stage", "user.weekday", "cart.products", "'lower(stage)'", '\'"a" if orders > 1 else "b"\''])
def test_a_text_or_a_list_is_refused_where_it_is_written(tmp_path: Path, by: str) -> None:
    (finding,) = found(tmp_path, by)
    assert "a linear bandit learns by numbers" in finding.message
    assert finding.line == 3


@pytest.mark.parametrize("by", ["last_price", "share", "cart.value > 200", "cart.empty", "user.tier", "event.price", "'seen(\"order_completed\")'"])
def test_a_number_what_is_true_or_false_and_what_may_be_anything_are_taken(tmp_path: Path, by: str) -> None:
    assert found(tmp_path, by) == []
