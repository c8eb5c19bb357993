"""Segments files: checked, published and tried together with the campaigns that wait for them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.control import read_control
from services.control.publish import publish
from services.documents.check import check
from services.documents.files import load_campaign_files
from services.documents.findings import BadFile
from services.local.book import book_of
from tests.documents.writing import write
from udfs.core.campaigns.compile_book import compile_book

SEGMENTS = 'segments:\n  - {segment: looker, when: "views_7d >= 2"}\n'
CAMPAIGN = """\
campaign: looked
trigger: {enters: looker}
variants: {only: {channel: email, content: {body: Hi}}}
"""
STORY = """\
scenario: the second look makes a looker
given:
  - {at: 10:00, event: product_viewed, properties: {product_id: a}}
  - {at: 10:05, event: product_viewed, properties: {product_id: b}}
expect: [{at: 10:05, outcome: acted}]
"""


@pytest.fixture
def segments(folder: Path) -> Path:
    write(folder / "looked.yaml", CAMPAIGN)
    write(folder / "looked.scenarios.yaml", STORY)
    return write(folder / "segments.yaml", SEGMENTS)


def run(*words: object) -> Result:
    return CliRunner().invoke(kairos, [*map(str, words)], catch_exceptions=False)


def test_a_folder_takes_its_segments_along_and_a_campaign_finds_those_beside_it(folder: Path, segments: Path) -> None:
    assert [file.key for file in load_campaign_files([folder])] == ["campaign/comeback", "features", "campaign/looked", "segments"]
    assert check(load_campaign_files([folder])) == []
    assert check(load_campaign_files([folder / "looked.yaml"])) == []
    assert list(book_of([folder / "looked.yaml"]).segments.rules) == ["looker"]
    assert "1 scenario passed" in run("campaigns", "test", folder / "looked.yaml").output


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "words"),
    [
        ("looked.yaml", "enters: looker", "enters: loker", "2:19", "did you mean 'looker'"),
        ("segments.yaml", "views_7d", "views_7", "2:30", "did you mean 'views_7d'"),
        ("segments.yaml", "when", "wen", "2:23", "did you mean 'when'"),
    ],
)
def test_a_mistake_is_found_where_it_stands(folder: Path, segments: Path, file: str, old: str, new: str, place: str, words: str) -> None:
    write(folder / file, (folder / file).read_text().replace(old, new))
    done = run("campaigns", "check", folder)
    assert done.exit_code == 1
    assert f"{folder / file}:{place}: " in done.stderr
    assert words in done.stderr


@pytest.mark.cluster
def test_segments_are_published_with_who_needs_them_and_cannot_be_taken_away_from_them(
    brokers: str, control: str, folder: Path, segments: Path
) -> None:
    publish(brokers, control, load_campaign_files([folder / "looked.yaml"]))
    book = compile_book(read_control(brokers, control)[0])
    assert not book.refused
    assert list(book.segments.rules) == ["looker"]
    write(segments, SEGMENTS.replace("looker", "reader"))
    with pytest.raises(BadFile, match="campaign 'looked' needs what these segments no longer have"):
        publish(brokers, control, load_campaign_files([segments]))
    write(folder / "looked.yaml", CAMPAIGN.replace("looker", "reader"))
    with pytest.raises(BadFile, match="there is no segment 'reader'"):
        publish(brokers, control, load_campaign_files([folder / "looked.yaml"]))
    write(segments, SEGMENTS + SEGMENTS.splitlines()[1].replace("looker", "reader") + "\n")
    publish(brokers, control, load_campaign_files([folder]))
    assert not compile_book(read_control(brokers, control)[0]).refused
