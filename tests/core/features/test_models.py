"""What control says of a model: a manifest that the job could not honour is refused, with every reason."""

from typing import Any

import pytest

from tests.builders import book
from udfs.core.features.language.models import compile_model
from udfs.core.features.models import MAX_MODEL_BYTES, MAX_VERSIONS, PublishedModel
from udfs.core.values.durations import MINUTE
from udfs.core.values.problems import DocumentError

FEATURES = book(
    {
        "features": [
            {"name": "views", "event": "product_viewed", "aggregate": "count"},
            {"name": "adds", "event": "product_added", "aggregate": "count"},
            {"name": "view_to_cart", "ratio": ["adds", "views"]},
        ]
    }
).features


def manifest(digit: str = "a", **changes: Any) -> dict[str, Any]:
    return {
        "model": "propensity",
        "version": digit * 12,
        "uri": f"file:///models/{digit}.onnx",
        "sha256": digit * 64,
        "bytes": 1000,
        "task": "binary",
        "classes": ["no", "yes"],
        "inputs": [{"feature": "view_to_cart", "definition": FEATURES.features["view_to_cart"].definition}],
        "input": "x",
        "output": "probabilities",
        "feature_version": FEATURES.version,
        **changes,
    }


def document(*manifests: dict[str, Any], current: str = "a" * 12) -> dict[str, Any]:
    return {"model": "propensity", "current": current, "versions": list(manifests or [manifest()])}


def compiled(found: dict[str, Any], name: str = "propensity") -> PublishedModel:
    return compile_model(found, name=name, features=FEATURES, paused=False)


def test_a_manifest_becomes_a_model() -> None:
    model = compiled(document(manifest(cache={"ttl": "10m", "until": ["order_completed"]}))).current
    assert (model.label, model.index, model.ttl, model.until) == ("propensity:aaaaaaaaaaaa", 1, 10 * MINUTE, frozenset({"order_completed"}))


def test_any_version_that_is_kept_may_speak() -> None:
    published = compiled(document(manifest("b"), manifest("a")))
    assert published.current is published.versions[1]


def test_a_regression_has_one_number_and_no_classes() -> None:
    assert compiled(document(manifest(task="regression", classes=[]))).current.index == 0


def test_what_training_adds_for_people_is_left_to_them() -> None:
    compiled(document(manifest(trained={"rows": 10}, metrics={"auc": 0.8}, parity={"rows": 5})))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no versions": ({"model": "propensity", "current": "a", "versions": []}, "holds 0 versions"),
    "too many versions": (document(*(manifest(digit) for digit in "abcdef")), f"1 to {MAX_VERSIONS}"),
    "the same twice": (document(manifest(), manifest()), "the same version twice"),
    "a field is missing": ({"model": "propensity", "current": "a", "versions": [{"model": "propensity"}]}, "missing required field"),
    "another model's": (document(manifest(model="churn")), "another model"),
    "current is not there": (document(current="a" * 11 + "b"), "did you mean 'aaaaaaaaaaaa'"),
    "no hash": (document(manifest(sha256="xyz")), "not 64 hex digits"),
    "a version of its own": (document(manifest(version="v2"), current="v2"), "first twelve digits"),
    "empty": (document(manifest(bytes=0)), "a model has 1 to"),
    "huge": (document(manifest(bytes=MAX_MODEL_BYTES + 1)), f"{MAX_MODEL_BYTES + 1:,}"),
    "no inputs": (document(manifest(inputs=[])), "1 to 512"),
    "another task": (document(manifest(task="ranking")), "binary, multiclass or regression"),
    "a classifier without classes": (document(manifest(classes=[])), "names its classes"),
    "a score outside the answer": (document(manifest(score={"index": 2})), "outside the 2 numbers"),
    "no time to answer": (document(manifest(budget_ms=0)), "above 0"),
    "a cache without a duration": (document(manifest(cache={"ttl": "soon"})), "versions.0.cache"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_the_job_could_not_honour_is_refused(case: str) -> None:
    wrong, why = WRONG[case]
    with pytest.raises(DocumentError) as refused:
        compiled(wrong)
    assert why in str(refused.value)


def test_the_key_and_the_document_name_the_same_model() -> None:
    with pytest.raises(DocumentError, match="the key names model 'churn'"):
        compiled(document(), name="churn")


def test_a_ratio_means_something_else_when_what_it_is_made_of_does() -> None:
    published = compiled(document())
    changed = {
        "features": [
            {"name": "views", "event": "product_viewed", "aggregate": "count", "window": "7d"},
            {"name": "adds", "event": "product_added", "aggregate": "count"},
            {"name": "view_to_cart", "ratio": ["adds", "views"]},
        ]
    }
    assert "another definition of 'view_to_cart'" in published.against(book(changed).features).unfit
    assert published.unfit == ""


@pytest.mark.parametrize(("feature", "why"), [("viewz", "did you mean 'views'"), ("views", "another definition of 'views'")])
def test_features_that_do_not_fit_are_named_and_another_version_falls_back(feature: str, why: str) -> None:
    published = compiled(document(manifest(inputs=[{"feature": feature, "definition": "x"}]), manifest("b")))
    assert why in published.unfit
    assert [model.version for model in published.fallback] == ["b" * 12]
