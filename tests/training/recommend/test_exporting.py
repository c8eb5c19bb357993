"""`python -m training recommend --export`: the file that the job recommends from, as somebody runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.recommend.local import FILE, recommender_of
from tests.training.recommend.worlds import clusters, shop
from training.command import training
from training.errors import HistoryError
from training.recommend import blend, segments
from training.recommend.segments import MIN_PEOPLE
from udfs.core.recommend.strategy import Source

ITEMS = 40


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("exported") / "events.jsonl", clusters(250, ITEMS))


def run(history: Path, *arguments: str | Path, evaluate: str = "leave-one-out") -> Result:
    names = ("--strategy", "item-to-item", "--strategy", "trending")
    return CliRunner().invoke(training, ["recommend", "--history", str(history), "--evaluate", evaluate, *names, *map(str, arguments)])


def feed(folder: Path, history: Path) -> Path:
    """Each product of the history, in one of four categories."""
    ids = sorted({json.loads(line)["properties"]["product_id"] for line in history.read_text().splitlines() if "product_id" in line})
    rows = [f"{name},Article {place},Kind {place % 4} > Sort {place % 8},Brand {place % 4}" for place, name in enumerate(ids)]
    path = folder / "shop.csv"
    path.write_text("\n".join(["id,name,category,brand", *rows]) + "\n")
    return path


@pytest.mark.parametrize("protocol", ["leave-one-out", "sessions"])
def test_the_file_is_written_and_read_by_the_code_of_the_job(history: Path, tmp_path: Path, protocol: str) -> None:
    result = run(history, "--export", tmp_path / "out", evaluate=protocol)
    assert result.exit_code == 0, result.output
    assert "lists are the same" in result.output and "weights: together 1" in result.output
    found = recommender_of(tmp_path / "out")
    assert found.count == ITEMS and dict(found.weights) == {"together": 1.0}
    assert len(found.near("together", 0)[0]) > 3
    assert list(found.groups["popular"]) == [""]


def test_with_a_catalogue_validation_items_say_what_the_sources_count_and_categories_have_leaders(history: Path, tmp_path: Path) -> None:
    result = run(history, "--strategy", "content", "--catalogue", feed(tmp_path, history), "--export", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "on validation items, the best of 12)" in result.output
    found = recommender_of(tmp_path / "out")
    assert dict(found.weights) in blend.tried(has_content=True, has_categories=True)
    assert {"", "category/kind 1", "category/kind 1 > sort 5"} <= set(found.groups["popular"]) & set(found.groups["trending"])
    assert len(found.near("alike", 0)[0]) > 3


def test_the_same_history_gives_the_same_file(history: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(history, "--export", tmp_path / name).exit_code == 0
    assert (tmp_path / "one" / FILE).read_bytes() == (tmp_path / "two" / FILE).read_bytes()


def test_what_is_popular_in_a_segment_is_learned_from_its_records(history: Path, tmp_path: Path) -> None:
    users = sorted({json.loads(line)["userId"] for line in history.read_text().splitlines() if "userId" in line})
    path = tmp_path / "segments.jsonl"
    lines = [{"user_id": user, "segment": "vip", "change": "entered"} for user in users[:60]]
    lines += [{"topic": "segments", "key": user, "value": {"user_id": user, "segment": "few", "change": "entered"}} for user in users[:3]]
    lines += [{"user_id": user, "segment": "vip", "change": "left"} for user in users[:10]]
    path.write_text("\n".join([*map(json.dumps, lines), "no json", '{"user_id": 5}', ""]))
    result = run(history, "--segments", path, "--export", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert f"segments: 1 with {MIN_PEOPLE} people or more of the history, of 2; 2 lines left out" in result.output
    assert "segment/vip" in recommender_of(tmp_path / "out").groups["popular"]


def test_a_file_without_segments_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "segments.jsonl"
    path.write_text('{"event": "x"}\n')
    with pytest.raises(HistoryError, match="no record of a segment"):
        segments.read(path)
    with pytest.raises(HistoryError, match="cannot be read"):
        segments.read(tmp_path / "nothing")


def test_the_plainest_choice_comes_first_so_that_equals_stay_plain() -> None:
    assert blend.tried(has_content=False, has_categories=False) == [{Source.TOGETHER: 1.0}]
    assert blend.tried(has_content=True, has_categories=True)[0] == {Source.TOGETHER: 1.0}
