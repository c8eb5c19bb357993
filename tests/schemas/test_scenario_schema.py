"""The JSON Schema of scenarios and their reader know the same keys, and both take every scenario that is shipped."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from services.documents.files import SCENARIOS
from services.documents.findings import BadFile
from services.documents.scenario_shape import EXPECT, GIVEN, RECALL, SCENARIO
from services.documents.scenarios import load_scenarios
from services.documents.yaml12 import read_all
from tests.schemas.documents import ROOT, shipped_files, valid
from tests.schemas.spoilt import at, places
from udfs.core.values.shapes import keys

WHOLE: dict[str, Any] = {
    "scenario": "Every key that there is",
    "day": "2026-01-05",
    "campaigns": "all",
    "policy": {"caps": [{"id": "a", "channel": "any", "max": 1, "within": "1d"}]},
    "given": [
        {"at": "10:00", "event": "identify", "type": "identify", "user": "ada", "traits": {"a": 1}, "context": {}, "message_id": "m"},
        {"at": "10:01", "event": "message_opened", "properties": {}, "of": "hello"},
    ],
    "expect": [
        {"at": "10:00", "outcome": "acted", "reason": "ELIGIBLE", "channel": "email", "variant": "a", "campaign": "c", "detail": None},
        {"at": "11:00", "outcome": "deferred", "offer": {}, "content": {}, "user": "ada", "score": 0.1, "attempt": 0, "deferred_until": "12:00"},
    ],
    "recalls": [{"at": "10:31", "variant": "a", "channel": "email", "campaign": "c", "reason": "EXITED", "detail": None, "user": "ada"}],
    "until": "+1d 10:00",
    "catalogue": [{"id": "tent", "price": 129}],
    "models": {"churn": 0.7, "customer-value-90d": {"value": 120, "alive": 0.4}, "intent": {"cheap tent": "price"}},
    "because": {"churn": {"visits_30d": -0.4}},
    "recommender": {"together": {"tent": {"peg": 2}}, "popular": {"peg": 3}},
}
FREE = {"models", "because", "policy", "catalogue", "recommender", "traits", "properties", "context", "offer", "content"}
"""Mappings whose keys are other people's."""


def taken(document: Any, folder: Path) -> bool:
    file = folder / f"a{SCENARIOS}"
    file.write_text(json.dumps(document))
    try:
        load_scenarios(file)
    except BadFile:
        return False
    return True


def test_the_whole_document_has_every_key_and_both_take_it(tmp_path: Path) -> None:
    assert set(WHOLE) == set(keys(SCENARIO))
    assert {key for each in WHOLE["given"] for key in each} == set(keys(GIVEN))
    assert {key for each in WHOLE["expect"] for key in each} == set(keys(EXPECT))
    assert {key for each in WHOLE["recalls"] for key in each} == set(keys(RECALL))
    assert taken(WHOLE, tmp_path)
    assert valid("scenarios", WHOLE)
    assert valid("scenarios", [WHOLE, WHOLE])


def test_a_key_that_is_misspelt_or_missing_is_judged_alike(tmp_path: Path) -> None:
    for path in places(WHOLE):
        *above, last = path
        if not isinstance(last, str) or FREE & set(above):
            continue
        misspelt, missing = copy.deepcopy(WHOLE), copy.deepcopy(WHOLE)
        holder = at(misspelt, tuple(above))
        holder[f"{last}x"] = holder.pop(last)
        del at(missing, tuple(above))[last]
        assert not taken(misspelt, tmp_path), path
        assert not valid("scenarios", misspelt), path
        assert taken(missing, tmp_path) == valid("scenarios", missing), path


@pytest.mark.parametrize("file", [file.scenarios for file in shipped_files() if file.scenarios.exists()], ids=lambda file: file.name)
def test_every_shipped_scenario_is_valid(file: Path) -> None:
    told = [source.value for source in read_all(file)]
    assert told
    assert all(valid("scenarios", each) for each in told), file.relative_to(ROOT)
