"""What models say in a story: a number, or a number for each class; of a model of texts, what each text means. A story has no model files."""

import re
from collections.abc import Mapping
from typing import Any

from services.documents.scenario_items import Refuse
from udfs.core.features.models import NAME
from udfs.core.values.problems import shown

Told = Mapping[str, Mapping[str, float] | Mapping[str, str]]
"""Model -> class -> number, or text -> intent. A model without classes has the one class "score"."""
Adds = Mapping[str, Mapping[str, float]]
"""Model -> feature -> what it adds to the answer."""
SCORE = "score"
_WHY = "{churn: {visits_30d: -0.4, complaints_90d: 0.6}}"
_EXAMPLE = "{customer-value-90d: {value: 120, alive: 0.4}, churn: 0.7, intent: {where is my parcel: order_status}}"
_CLASS = re.compile(r"\S.{0,99}")


def models_of(value: Any, *, refuse: Refuse) -> Told:
    """What `models` says."""
    if not isinstance(value, dict):
        refuse(("models",), f"`models` says what each model answers, such as {_EXAMPLE}")
        return {}
    told: dict[str, Mapping[str, float] | Mapping[str, str]] = {}
    for name, answer in value.items():
        if not isinstance(name, str) or not NAME.fullmatch(name):
            refuse(("models", name), f"{shown(name)} is no name of a model: write it as the campaign does")
            continue
        if isinstance(answer, dict) and answer and all(isinstance(each, str) and isinstance(means, str) for each, means in answer.items()):
            told[name] = dict(answer)
            continue
        numbers = answer if isinstance(answer, dict) else {SCORE: answer}
        if not numbers or not all(isinstance(each, str) and _CLASS.fullmatch(each) and _is_number(number) for each, number in numbers.items()):
            refuse(("models", name), "an answer is a number, a number for each class, or for each text what it means", f"write {_EXAMPLE}")
            continue
        told[name] = {each: float(number) for each, number in numbers.items()}
    return told


def adds_of(value: Any, *, refuse: Refuse) -> Adds:
    """What `because` says."""
    if not isinstance(value, dict) or not all(isinstance(adds, dict) and adds for adds in value.values()):
        refuse(("because",), f"`because` says what each feature adds to the answer of a model, such as {_WHY}")
        return {}
    told: dict[str, Mapping[str, float]] = {}
    for name, adds in value.items():
        if wrong := [feature for feature, number in adds.items() if not isinstance(feature, str) or not _is_number(number)]:
            refuse(("because", name, wrong[0]), "what a feature adds is a number; below 0 it counts against the answer", f"write {_WHY}")
        else:
            told[str(name)] = {feature: float(number) for feature, number in adds.items()}
    return told


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
