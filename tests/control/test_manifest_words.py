"""A manifest of another shape is refused with its file, the field, what belongs there, and the cure; never in the words of a library."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.control.manifest_words import misshapen
from services.control.model_records import ModelError, put_in_front
from services.local.models import with_models
from tests.core.features.test_models import manifest
from udfs.core.campaigns.book import Book

GONE = object()
ODD: list[tuple[dict[str, Any], str]] = [
    ({"version": None}, "version is null, where a text belongs; training writes manifest.json: take it again"),
    ({"version": GONE}, "version is missing; "),
    ({"model": 7}, "model is a whole number, where a text belongs; "),
    ({"inputs": {}}, "inputs is an object, where a list belongs; "),
    ({"inputs": [{"feature": 1}]}, "inputs[0].feature is a whole number, where a text belongs; "),
    ({"inputs": [{"feature": "a"}]}, "inputs[0].definition is missing; "),
    ({"inputs": [[]]}, "inputs[0] is a list, where an object belongs; "),
    ({"classes": [None]}, "classes[0] is null, where true or false, a number or a text belongs; "),
    ({"because": {"a": 3}}, "because is a whole number, where a text or null belongs; "),
    ({"score": {"index": 0.5}}, "score.index is a number, where a whole number belongs; "),
    ({"budget_ms": 10**400}, "budget_ms cannot be read (Number out of range); "),
    ({"bytes": 10**400}, "bytes: is 10,000,"),
    ({"bytes": -1}, "bytes: is -1: a model has 1 to"),
    ({"uri": "model.onnx"}, "uri: 'model.onnx' is no whole path"),
]


@pytest.mark.parametrize(("changes", "said"), ODD, ids=[said[:30] for _, said in ODD])
def test_it_says_the_file_the_field_and_the_cure(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({name: value for name, value in manifest(**changes).items() if value is not GONE}))
    with pytest.raises(ModelError) as caught:
        with_models(Book(), [path])
    words = str(caught.value)
    assert words.startswith(f"{path}: {said}")
    assert not any(each in words for each in ("$", "`", "versions.0", "Expected"))
    assert "a model has 1 to" in words or "bytes" not in changes, "a number of any length leaves room for the bounds"


def test_publishing_says_the_same() -> None:
    with pytest.raises(ModelError, match="version is null, where a text belongs"):
        put_in_front(manifest(version=None), None)
    assert misshapen(manifest()) == ""
    assert misshapen({}).startswith("model is missing; ")
