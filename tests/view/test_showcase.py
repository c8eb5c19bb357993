"""What the demo shows of products: the shop's feed is whole, what goes together can be learned from it, and the latest e-mail can be looked at."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from cli.showcase import Showcase
from services.items.feed import Report, items
from services.recommend.local import recommender_of
from simulation.catalogue import outdoor_shop
from simulation.segment_spec import encoded
from simulation.shop import Shop


@pytest.fixture
def showcase(tmp_path: Path) -> Showcase:
    return Showcase(home=tmp_path, brokers="", control="control")


def test_the_feed_of_the_shop_is_read_without_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in outdoor_shop().feed()))
    report = Report(name="shop")
    found = {each.id: each for each in items(path, report)}
    assert not report.faults and set(found) == set(outdoor_shop().by_id)
    tent = found["tents-heron-2"]
    assert (tent.name, tent.category, tent.price, tent.currency, tent.in_stock) == ("Heron 2", "Outdoor > Tents", 289.0, "USD", True)
    assert tent.url == "https://shop.example/products/tents-heron-2" and tent.image is not None


@pytest.mark.slow
def test_what_training_is_told_exports_what_the_job_reads(showcase: Showcase, tmp_path: Path) -> None:
    history = tmp_path / "past.jsonl"
    history.write_bytes(
        b"".join(encoded(posted) + b"\n" for posted in Shop(seed=7, start=1_767_571_200_000, rate=100).world.until(1_767_571_230_000))
    )
    showcase.feed.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in outdoor_shop().feed()))
    subprocess.run([sys.executable, "-m", "training", *showcase.training(history)], check=True, capture_output=True, timeout=300)
    found = recommender_of(showcase.learned)
    assert found.count > 40
    number = found.number("tents-heron-2")
    assert number is not None and found.near("together", number)[0]


def test_the_latest_e_mail_is_kept_and_its_subject_cannot_break_out(showcase: Showcase) -> None:
    for value in (
        {"content": {"subject": "</title><script>", "html": "<p>one</p>"}},
        {"content": {"title": "push", "body": "two"}},
        {"outcome": "acted"},
        {"content": None},
    ):
        showcase.keep(value)
    kept = showcase.mail.read_text()
    assert "<p>one</p>" in kept and "two" not in kept
    assert "<script>" not in kept and "&lt;/title&gt;" in kept
