"""What `kairos explain` says of texts."""

import msgspec

from services.explain.scores import intent_in_words
from udfs.core.intents_used import IntentUsed


def words(**told: object) -> str:
    return intent_in_words(msgspec.to_builtins(IntentUsed(**{"model": "intent:abc", "intent": None, "reason": "SCORED", **told})))  # type: ignore[arg-type]


def test_an_intent_is_named_with_the_model_that_found_it() -> None:
    assert words(intent="price", probability=0.8312) == "intent:abc read a text as price, probability 0.83"
    assert words(intent="price", probability=0.5, clipped=True).endswith("by the beginning of the text")


def test_an_unknown_intent_says_why() -> None:
    assert words(model="intent", reason="NO_MODEL") == "the intent of a text is unknown to intent: no such model is published"
    assert words(reason="NO_TEXT").endswith("there was no text")
