"""The JSON Schemas of files say what the readers say: every shipped and documented file is taken by both, and what is misspelt is refused by both."""

from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from cli.main import kairos
from cli.schema import FILES
from services.documents.files import SCENARIOS
from services.documents.metrics_shape import METRIC
from services.documents.shapes import files as made
from services.documents.training_shape import TRAINING
from tests.schemas.documents import ROOT, SCHEMAS, VALIDATORS, WRITTEN, documented, shipped_files, taken, valid
from tests.schemas.spoilt import mutated, without_a_key
from tests.schemas.whole import MORE, WHOLE
from udfs.core.campaigns.language.shape import CAMPAIGN, SEGMENTS
from udfs.core.features.language.shape import FEATURE
from udfs.core.policy.language.shape import POLICY
from udfs.core.values.shapes import keys


def test_every_key_of_the_readers_is_in_these_documents() -> None:
    """So that a key that is new in a reader is missed here at once."""
    seen = {kind: {key for each, document in [*WHOLE.items(), *MORE] if each == kind for key in document} for kind, _ in [*WHOLE.items(), *MORE]}
    assert seen["campaign"] == set(keys(CAMPAIGN))
    assert seen["policy"] == set(keys(POLICY))
    assert seen["segments"] == set(keys(SEGMENTS))
    assert seen["training"] == set(keys(TRAINING))
    assert {key for kind, document in MORE if kind == "metrics" for each in document["metrics"].values() for key in each} == set(keys(METRIC))
    assert {key for feature in MORE[-1][1]["features"] for key in feature} == set(keys(FEATURE))


@pytest.mark.parametrize("name", FILES)
def test_it_is_a_valid_schema_and_says_what_every_key_means(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert CliRunner().invoke(kairos, ["schema", "--json", name]).output == (ROOT / "schemas" / "json" / f"{name}.schema.json").read_text()


@pytest.mark.parametrize(("kind", "place", "document"), [*WRITTEN, *documented()], ids=lambda value: value if isinstance(value, str) else "")
def test_every_shipped_and_documented_file_is_taken_by_both(kind: str, place: str, document: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert taken(kind, document)


@pytest.mark.parametrize(("kind", "document"), [*WHOLE.items(), *MORE])
def test_the_document_that_has_every_key_is_taken_by_both(kind: str, document: dict[str, Any]) -> None:
    assert [error.message for error in VALIDATORS[kind].iter_errors(document)] == []
    assert taken(kind, document)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "document"),
    [*((kind, document) for kind, _, document in WRITTEN), *WHOLE.items(), *MORE, *((kind, document) for kind, _, document in documented())],
)
def test_what_is_misspelt_or_of_a_wrong_type_is_refused_by_both(kind: str, document: dict[str, Any]) -> None:
    wrong = [
        f"{change}: {'reader' if taken(kind, each) else 'schema'} takes it"
        for change, each in mutated(kind, document)
        if taken(kind, each) or valid(kind, each)
    ]
    assert wrong == []


def test_the_files_made_from_the_shapes_are_up_to_date() -> None:
    stale = [str(path) for path, text in made().items() if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make schemas`"


LEFT_TO_READERS = {
    ("campaign", ("control_group",)),  # then there is nothing that `against` could name
    ("campaign", ("experiment", "unit")),  # then sessions are not counted
    ("campaign", ("goal",)),  # then there is nothing that a bandit could learn from
    ("campaign", ("goal", "value")),  # then nothing is known of the metric `value`, or of what a bandit could want most of
    ("campaign", ("score",)),  # then there is no score that an offer could read
    ("campaign", ("steps", 2, "branch", "then")),  # then no step sends the message `b`
    ("features", ("features", 5, "each")),  # then there is no item of which `of` could speak
    ("features", ("features", 6, "purpose")),  # then there is no purpose without consent to which it is forgotten
    ("features", ("features", 6, "aggregate")),  # then nothing of it is kept that could be forgotten
}
"""Keys without which only the reader refuses, for what it means and not for its shape."""


@pytest.mark.parametrize(("kind", "document"), [*WHOLE.items(), *MORE])
def test_reader_and_schema_need_the_same_keys(kind: str, document: dict[str, Any]) -> None:
    differ = {}
    for path, changed in without_a_key(kind, document):
        if taken(kind, changed) != valid(kind, changed) and (kind, path) not in LEFT_TO_READERS:
            differ[path] = "only the schema takes it" if valid(kind, changed) else "only the reader takes it"
    assert differ == {}


def test_shipped_files_name_their_schema_in_the_first_line() -> None:
    for file in shipped_files():
        if file.file.parent.name != "probes" and not file.file.name.endswith(SCENARIOS):
            first = file.file.read_text().splitlines()[0]
            assert first.startswith("# yaml-language-server: $schema=")
            assert (file.file.parent / first.partition("=")[2]).resolve() == ROOT / "schemas" / "json" / f"{file.kind}.schema.json"
