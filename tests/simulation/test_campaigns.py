"""The demo's campaigns keep the promises of their scenarios, and give the shop's visitors something to see within a minute."""

import json
from collections import Counter
from importlib import resources
from itertools import takewhile
from pathlib import Path

import pytest

from services.documents.check import check
from services.documents.files import CampaignFile, features_for, load_campaign_files
from services.documents.scenario import Scenario
from services.documents.scenarios import load_scenarios
from services.local.trial import try_out
from services.view.words import body, head
from simulation.segment_spec import segment_spec
from simulation.shop import Shop
from udfs.codecs.decode import decode
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.decision.candidates import Record
from udfs.core.engine import Engine
from udfs.core.records import Action, Decision, Event

FILES = load_campaign_files([Path(str(resources.files("simulation") / "campaigns"))])
SCENARIOS = [(file, scenario) for file in FILES for scenario in load_scenarios(file.scenarios)]
START = 1_764_000_000_000


def test_they_are_without_fault() -> None:
    assert [str(finding) for finding in check(FILES)] == []


def test_their_names_say_that_they_are_the_demos() -> None:
    assert len(FILES) == 3
    assert all(file.name.startswith("demo-") for file in FILES)


@pytest.mark.parametrize(("campaign", "scenario"), SCENARIOS, ids=[f"{file.name}: {scenario.name}" for file, scenario in SCENARIOS])
def test_a_scenario(campaign: CampaignFile, scenario: Scenario) -> None:
    trial = try_out(scenario, campaign=campaign, files=FILES, features=features_for(FILES))
    assert trial.passed, "\n".join(trial.lines)


@pytest.fixture(scope="module")
def minute() -> list[Record]:
    """What the engine says to the first minute of the demo's shop."""
    engine = Engine(book())
    blobs: dict[str, bytes] = {}
    records: list[Record] = []
    for posted in takewhile(lambda each: each.at < START + 60_000, Shop(seed=7, start=START, rate=100)):
        event = decode(posted.key.encode(), json.dumps(segment_spec(posted)).encode(), posted.at)
        assert isinstance(event, Event)
        step = engine.on_event(blobs.get(posted.key), event)
        blobs[posted.key] = step.blob
        records += step.records
    for key, blob in blobs.items():
        records += engine.on_time(blob, key, START + 60_000).records
    return records


def book() -> Book:
    files = [features_for(FILES), *FILES]
    values = [{"kind": file.kind, "name": file.name, "version": "1", "document": file.document} for file in files]
    return compile_book([Entry(file.key, number, json.dumps(value).encode()) for number, (file, value) in enumerate(zip(files, values, strict=True))])


@pytest.mark.slow
def test_every_campaign_speaks_within_the_first_minute(minute: list[Decision | Action]) -> None:
    decisions = Counter((record.campaign, record.outcome) for record in minute if isinstance(record, Decision))
    assert {campaign for campaign, outcome in decisions if outcome == "acted"} == {file.name for file in FILES}
    assert any(outcome == "control" for _, outcome in decisions)


def test_the_first_decision_comes_within_fifteen_seconds_of_the_shop(minute: list[Decision | Action]) -> None:
    assert min(record.at for record in minute) < START + 15_000


def test_what_people_are_told_reads_well(minute: list[Decision | Action]) -> None:
    actions = [record for record in minute if isinstance(record, Action)]
    assert len(actions) > 50
    for action in actions:
        text = f"{head(action.content)} {body(action.content)}"
        assert head(action.content)
        assert not any(slip in text for slip in ("None", "{{", " ,", " .", "  ")), text
