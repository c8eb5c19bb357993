"""`kairos try` says which models are asked and not there, and takes the folder of a version as well as its manifest."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.local.book import book_of
from services.local.models import without_model

SCORED = """
campaign: scored
trigger: {event: product_viewed}
when: score >= 0.2
score: {model: propensity, cold_start: 0.3}
variants: {push: {channel: push, content: {body: Hello}}}
"""
MEANT = """
campaign: %s
trigger: {event: products_searched}
when: intent(event.query) == "price_sensitive"
variants: {push: {channel: push, content: {body: Hello}}}
"""
BY_MODEL = "segments:\n  - {segment: regular, model: groups}\n  - {segment: rare, model: groups}\n"
PLAIN = "campaign: plain\ntrigger: {event: product_viewed}\nvariants: {push: {channel: push, content: {body: Hello}}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    event = {"messageId": "1", "type": "track", "event": "product_viewed", "userId": "ann", "timestamp": "2026-03-01T10:00:00Z"}
    (tmp_path / "events.jsonl").write_text(json.dumps(event) + "\n")
    (tmp_path / "campaigns").mkdir()
    return tmp_path


def tried(folder: Path, *more: str | Path) -> Result:
    arguments = ["try", folder / "events.jsonl", "--campaigns", folder / "campaigns", *more]
    return CliRunner().invoke(kairos, list(map(str, arguments)))


def test_a_cold_start_that_stands_for_a_score_is_named_and_the_run_goes_on(folder: Path) -> None:
    (folder / "campaigns" / "scored.yaml").write_text(SCORED)
    result = tried(folder)
    assert result.exit_code == 0
    assert "scored: cold starts stand for the scores of propensity: give one with --model MANIFEST" in result.stderr
    assert "acted" in result.stdout


def test_campaigns_that_ask_what_texts_mean_are_named_together(folder: Path) -> None:
    for name in ("first", "second"):
        (folder / "campaigns" / f"{name}.yaml").write_text(MEANT % name)
    assert "first, second: intent(…) is unknown without its model" in tried(folder).stderr


def test_segments_by_model_are_named_with_their_model(folder: Path) -> None:
    (folder / "campaigns" / "segments.yaml").write_text(BY_MODEL)
    (folder / "campaigns" / "plain.yaml").write_text(PLAIN)
    assert "regular, rare: nobody enters or leaves without the model groups" in tried(folder).stderr


def test_what_asks_no_model_is_told_nothing(folder: Path) -> None:
    (folder / "campaigns" / "plain.yaml").write_text(PLAIN)
    assert without_model(book_of([folder / "campaigns"])) == []
    assert "--model" not in tried(folder).stderr


def test_standard_output_keeps_to_decisions(folder: Path) -> None:
    (folder / "campaigns" / "scored.yaml").write_text(SCORED)
    lines = tried(folder, "--json").stdout.splitlines()
    assert [json.loads(line)["campaign"] for line in lines] == ["scored"]


def test_a_folder_without_a_manifest_says_what_is_looked_for(folder: Path) -> None:
    (folder / "campaigns" / "scored.yaml").write_text(SCORED)
    result = tried(folder, "--model", folder)
    assert result.exit_code == 1
    assert "there is no manifest.json in this folder" in result.stderr


def test_a_folder_is_read_as_the_manifest_in_it(folder: Path) -> None:
    (folder / "campaigns" / "scored.yaml").write_text(SCORED)
    (folder / "manifest.json").write_text("[]")
    assert "is not a manifest but a list" in tried(folder, "--model", folder).stderr
