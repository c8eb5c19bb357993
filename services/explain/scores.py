"""The scores of a decision in words: who spoke, why, and who else was asked."""

from collections.abc import Mapping
from typing import Any

ANSWERED = {"SCORED": "the model answered", "CACHED": "the model's recent answer, from the cache"}
WHY_NOT = {
    "NO_MODEL": "no such model is published",
    "PAUSED": "the model is paused, or switched off",
    "UNFIT": "the features in force are not those that the model was trained on",
    "UNKNOWN_CLASS": "the model has no class of the name that the campaign asks for",
    "LOADING": "the model was still being loaded",
    "REFUSED": "the model was refused",
    "NOT_A_NUMBER": "the model's answer was not a number",
    "FAILED": "the model failed",
    "TRIPPED": "the model was slow or wrong too often and was set aside",
    "NO_TEXT": "there was no text",
    "TOO_MANY": "too many texts were asked about",
    "OVER_BUDGET": "it was not asked, since its time was used up",
}
WHY_SILENT = {
    "NO_SCORE": "no model has answered",
    "NOT_TREES": "the model cannot say what adds to its answer",
    "TOO_LARGE": "the model has too many trees to say what adds to its answer",
    "LOADING": "the trees of the model were still being read",
    "NOTHING_SPEAKS": "nothing that may be said counts for the score",
    "FAILED": "the phrase could not be filled in",
}


def scores_in_words(name: str, told: Mapping[str, Any]) -> list[str]:
    """One score of a decision."""
    reason = str(told["reason"])
    why = ANSWERED.get(reason) or f"cold start: {WHY_NOT.get(reason, reason)}"
    lines = [f"{name} {told['score']:g} by {told['model']}: {why}{_role(told)}"]
    if missed := told.get("instead_of"):
        lines.append(f"{missed['model']} was to speak and did not: {WHY_NOT.get(missed['reason'], missed['reason'])}")
    if beside := told.get("shadow"):
        answer = WHY_NOT.get(beside["reason"], beside["reason"]) if beside["score"] is None else f"{beside['score']:g}, which was not used"
        lines.append(f"in the shadow {beside['model']}: {answer}")
    return lines


def because_in_words(told: Mapping[str, Any]) -> str:
    """What the message of a decision gave as its reason."""
    if told.get("feature") is not None:
        return f"the message says why: {told['feature']}, which added {told['adds']:+.2f} to {told['score']}"
    return f"the message says its default in place of a reason: {WHY_SILENT.get(told['reason'], told['reason'])}"


def intent_in_words(told: Mapping[str, Any]) -> str:
    """One text of a decision, and what it was found to mean."""
    clipped = ", by the beginning of the text" if told.get("clipped") else ""
    if told.get("intent") is None:
        return f"the intent of a text is unknown to {told['model']}: {WHY_NOT.get(told['reason'], told['reason'])}{clipped}"
    return f"{told['model']} read a text as {told['intent']}, probability {told['probability']:.2f}{clipped}"


def _role(told: Mapping[str, Any]) -> str:
    return "; the customer belongs to the challenger" if told.get("role") == "challenger" else ""
