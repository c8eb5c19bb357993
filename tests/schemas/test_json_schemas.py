"""The JSON Schemas of files say what the readers say: every shipped and documented file is taken by both, and what is misspelt is refused by both."""

from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from cli.main import kairos
from cli.schema import FILES
from services.documents.files import SCENARIOS
from tests.schemas.documents import MORE, ROOT, SCHEMAS, VALIDATORS, WHOLE, WRITTEN, documented, mutated, shipped_files, taken, valid
from udfs.core.campaigns.language.campaign import KEYS as CAMPAIGN_KEYS
from udfs.core.campaigns.language.segments import KEYS as SEGMENT_KEYS
from udfs.core.features.language.features import KEYS as FEATURE_KEYS
from udfs.core.policy.language.policy import KEYS as POLICY_KEYS


def test_every_key_of_the_readers_is_in_these_documents() -> None:
    """So that a key that is new in a reader is missed here at once."""
    seen = {kind: {key for each, document in [*WHOLE.items(), *MORE] if each == kind for key in document} for kind in FILES}
    assert seen["campaign"] == set(CAMPAIGN_KEYS) - {"templates"}
    assert seen["policy"] == set(POLICY_KEYS)
    assert seen["segments"] == set(SEGMENT_KEYS)
    assert {key for feature in MORE[-1][1]["features"] for key in feature} == set(FEATURE_KEYS)


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


def test_shipped_files_name_their_schema_in_the_first_line() -> None:
    for file in shipped_files():
        if file.file.parent.name != "probes" and not file.file.name.endswith(SCENARIOS):
            first = file.file.read_text().splitlines()[0]
            assert first.startswith("# yaml-language-server: $schema=")
            assert (file.file.parent / first.partition("=")[2]).resolve() == ROOT / "schemas" / "json" / f"{file.kind}.schema.json"
