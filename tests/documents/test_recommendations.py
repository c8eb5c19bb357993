"""recommend(…) without a cluster: in scenarios, in `kairos try`, and in the check."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.recommend.local import FILE
from services.recommend.written import learned_of
from udfs.recommend.packed import pack

CAMPAIGN = """
campaign: shown
trigger: {event: product_viewed}
variants:
  push: {channel: push, content: {body: "{%% for item in recommend(2%s) %%}{{ item.id }} {{ item.because }}. {%% endfor %%}"}}
"""
STORY = """
scenario: a tent is viewed
recommender: %s
given: [{at: "10:00", event: product_viewed, properties: {product_id: tent}}]
expect: [{at: "10:00", outcome: acted, content: {body: "%s"}}]
"""
INLINE = "{together: {tent: [stove, lamp]}, popular: [mug]}"
SAID = "stove because of what you viewed. lamp because of what you viewed."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "features.yaml").write_text("features: []\n")
    (tmp_path / "shown.yaml").write_text(CAMPAIGN % "")
    return tmp_path


def called(*words: str | Path) -> Result:
    return CliRunner().invoke(kairos, list(map(str, words)))


def exported(folder: Path) -> Path:
    learned = learned_of({"together": {"tent": {"stove": 0.9, "lamp": 0.4}}}, lambda *told: None)
    assert learned is not None
    (folder / FILE).write_bytes(pack(learned))
    return folder / FILE


@pytest.mark.parametrize("recommender", [INLINE, FILE])
def test_a_story_writes_its_recommender_or_names_a_file_beside_it(folder: Path, recommender: str) -> None:
    exported(folder)
    (folder / "shown.scenarios.yaml").write_text(STORY % (recommender, SAID))
    assert "1 scenario passed" in called("campaigns", "test", folder).output


def test_a_story_without_one_has_that_of_the_run(folder: Path) -> None:
    file = exported(folder)
    (folder / "shown.scenarios.yaml").write_text((STORY % (INLINE, SAID)).replace(f"recommender: {INLINE}\n", ""))
    assert called("campaigns", "test", folder).exit_code == 1
    assert "1 scenario passed" in called("campaigns", "test", folder, "--recommender", file).output


@pytest.mark.parametrize(
    ("recommender", "problem"),
    [
        ("[tent]", "a recommender is a mapping"),
        ("{togehter: {}}", "unknown key 'togehter'"),
        ("{together: [tent]}", "is a mapping"),
        ("{together: {tent: stove}}", "is a list of items"),
        ("{popular: {mug: -1}}", "scores above 0"),
        ("nothing.krec", "cannot be read"),
        ("features.yaml", "it is no recommender"),
    ],
)
def test_a_recommender_that_cannot_be_read_is_a_mistake_of_the_story(folder: Path, recommender: str, problem: str) -> None:
    (folder / "shown.scenarios.yaml").write_text(STORY % (recommender, SAID))
    result = called("campaigns", "test", folder)
    assert result.exit_code == 1
    assert problem in result.output and "shown.scenarios.yaml:3" in result.output


def test_kairos_try_recommends_and_says_so_where_it_cannot(folder: Path) -> None:
    events = folder / "events.jsonl"
    event = {"type": "track", "event": "Product Viewed", "userId": "u1", "messageId": "m1", "timestamp": "2026-01-05T10:00:00Z"}
    events.write_text(json.dumps(event | {"properties": {"product_id": "tent"}}) + "\n")
    without = called("try", events, "--campaigns", folder / "shown.yaml")
    assert "shown: recommend(…) gives nothing without a recommender: give one with --recommender FILE" in without.output
    result = called("try", events, "--campaigns", folder / "shown.yaml", "--recommender", exported(folder), "--json")
    (found,) = [json.loads(line)["recommended"] for line in result.output.splitlines() if line.startswith("{")]
    assert [each["item"] for each in found[0]["items"]] == ["stove", "lamp"]


def test_the_check_knows_the_strategies_beside_the_campaign(folder: Path) -> None:
    (folder / "shown.yaml").write_text(CAMPAIGN % ", strategy='bold'")
    alone = called("campaigns", "check", folder)
    assert alone.exit_code == 1
    assert "there is no strategy 'bold'" in alone.output and "declare it in recommendations.yaml" in alone.output
    (folder / "recommendations.yaml").write_text("recommendations:\n  bolt: {explore: 10%}\n")
    assert "did you mean 'bolt'?" in called("campaigns", "check", folder).output
    (folder / "recommendations.yaml").write_text("recommendations:\n  bold: {explore: 10%}\n")
    assert called("campaigns", "check", folder).exit_code == 0
    assert called("campaigns", "check", folder / "shown.yaml").exit_code == 0


def test_a_broken_file_of_strategies_is_told_with_line_and_column(folder: Path) -> None:
    (folder / "recommendations.yaml").write_text("recommendations:\n  default:\n    exclud: [bought]\n")
    result = called("campaigns", "check", folder)
    assert result.exit_code == 1
    assert "recommendations.yaml:3:5" in result.output and "exclude" in result.output


def test_a_recommender_is_checked_and_shows_the_neighbours_of_an_item(folder: Path) -> None:
    result = called("recommender", "check", exported(folder), "tent", "kayak")
    assert result.exit_code == 0
    assert "3 items, weights alike 0.3, together 1, decay 0.5" in result.output
    assert "tent together: stove 0.9000, lamp 0.4000" in result.output
    assert "kayak: nothing was learned of it" in result.output
