"""`python -m training recommend --export`: the file that the job recommends from, as somebody runs it."""

import json
import re
from datetime import datetime
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


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["leave-one-out", "sessions"])
def test_the_file_is_written_and_read_by_the_code_of_the_job(history: Path, tmp_path: Path, protocol: str) -> None:
    result = run(history, "--export", tmp_path / "out", evaluate=protocol)
    assert result.exit_code == 0, result.output
    assert "lists are the same" in result.output and "weights: together 1" in result.output
    found = recommender_of(tmp_path / "out")
    assert found.count == ITEMS and dict(found.weights) == {"together": 1.0}
    assert len(found.near("together", 0)[0]) > 3
    assert list(found.groups["popular"]) == [""]


@pytest.mark.slow
def test_with_a_catalogue_validation_items_say_what_the_sources_count_and_categories_have_leaders(history: Path, tmp_path: Path) -> None:
    result = run(history, "--strategy", "content", "--catalogue", feed(tmp_path, history), "--export", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "on validation items, the best of 12)" in result.output
    found = recommender_of(tmp_path / "out")
    assert dict(found.weights) in blend.tried(has_content=True, has_categories=True)
    assert {"", "category/kind 1", "category/kind 1 > sort 5"} <= set(found.groups["popular"]) & set(found.groups["trending"])
    assert len(found.near("alike", 0)[0]) > 3


@pytest.mark.slow
def test_the_same_history_gives_the_same_file(history: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run(history, "--export", tmp_path / name).exit_code == 0
    assert (tmp_path / "one" / FILE).read_bytes() == (tmp_path / "two" / FILE).read_bytes()


@pytest.mark.slow
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


def shown(folder: Path, history: Path, *, every: int) -> Path:
    """Half a minute before every so many events, a list of three items, the second of which is what is viewed then."""
    decisions = []
    for number, line in enumerate(history.read_text().splitlines()):
        event = json.loads(line)
        if number % every == 0:
            at = int(datetime.fromisoformat(event["timestamp"]).timestamp() * 1000) - 30_000
            names = [f"i{number % ITEMS:02}", event["properties"]["product_id"], f"i{(number + 7) % ITEMS:02}"]
            places = [{"item": each, "probability": 0.9} for each in names]
            made = [{"asked": "recommend(3)", "items": places}]
            decisions.append({"decision_id": f"d{number}", "user_id": event["userId"], "at": at, "outcome": "acted", "recommended": made})
    path = folder / "decisions.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in decisions))
    return path


@pytest.mark.slow
def test_the_ranker_learns_from_lists_that_were_shown_where_there_are_enough_and_says_which_it_was(history: Path, tmp_path: Path) -> None:
    result = run(history, "--decisions", shown(tmp_path, history, every=1), "--json", "--export", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert re.search(r"ranker learns from \d{3} clicks in [\d,]+ lists that were shown", result.stderr)
    assert "clicks in" in json.loads(result.stdout)["export"]["ranker"]["learned_from"]
    few = run(history, "--decisions", shown(tmp_path, history, every=20), "--json", "--export", tmp_path / "few")
    assert few.exit_code == 0, few.output
    assert "ranker learns from items that were held out" in few.stderr and "fewer than 200" in few.stderr
    assert json.loads(few.stdout)["export"]["ranker"]["learned_from"] == "items that were held out"
    alone = run(history, "--decisions", tmp_path / "decisions.jsonl")
    assert alone.exit_code == 1 and "name a folder" in alone.output
