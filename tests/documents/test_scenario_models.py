"""What a story says that models answer: read, and refused where it is no answer."""

from typing import Any

import pytest

from services.documents.scenario_models import models_of
from services.documents.yaml12 import Where
from services.local.told import ToldModels
from tests.builders import book
from udfs.core.features.grams import grams
from udfs.core.features.models import OUT_OF_SCOPE


def read(value: Any) -> tuple[Any, list[str]]:
    problems: list[str] = []

    def refuse(where: Where, message: str, suggestion: str | None = None) -> None:
        problems.append(f"{'.'.join(map(str, where))}: {message}")

    return models_of(value, refuse=refuse), problems


def test_an_answer_is_a_number_one_for_each_class_or_what_each_text_means() -> None:
    value = {"churn": 0.7, "customer-value-90d": {"value": 120, "alive": 0.4}, "intent": {"cheap tent": "price"}}
    assert read(value) == (
        {"churn": {"score": 0.7}, "customer-value-90d": {"value": 120.0, "alive": 0.4}, "intent": {"cheap tent": "price"}},
        [],
    )


@pytest.mark.parametrize("value", [5, "x", ["churn"], None])
def test_what_is_no_mapping_is_refused(value: Any) -> None:
    assert read(value)[1][0].startswith("models: `models` says what each model answers")


@pytest.mark.parametrize("answer", [True, "much", None, [], {}, {"a": "x", "b": 1}, {"a": True}, {5: 1}, {"": 1}, float("inf"), 1e301])
def test_what_is_no_answer_is_refused(answer: Any) -> None:
    told, problems = read({"churn": answer})
    assert (told, len(problems)) == ({}, 1)


def test_a_name_that_no_model_has_is_refused() -> None:
    assert read({"Churn!": 1})[1] == ["models.Churn!: 'Churn!' is no name of a model: write it as the campaign does"]


def test_a_text_that_the_story_does_not_name_is_out_of_scope() -> None:
    models = ToldModels({"intent": {"cheap tent": "price", "tell me a joke": OUT_OF_SCOPE}})
    model = models.of(book()).models["intent"].current
    assert model.text is not None
    asked = [models.ask(model, grams(text, model.text.bits).row).values for text in ("cheap tent", "tell me a joke", "something else")]
    assert model.classes == ("price", OUT_OF_SCOPE) and asked == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]
