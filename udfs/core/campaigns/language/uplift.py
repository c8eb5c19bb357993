"""Reads `choose: uplift`: which score says whom a variant moves, what a goal is worth, what a message costs, and how much is drawn evenly."""

from collections.abc import Mapping
from typing import Any

from udfs.core.bandits.best import MAX_ARMS
from udfs.core.campaigns.language.choose_shape import UPLIFT
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.uplift import EXPLORE, NOTHING, UpliftChoice
from udfs.core.expressions.compiler import Expression
from udfs.core.values.document_reader import KeyPath
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys

_PATH = ("choose",)
_SETTINGS = (*_PATH, "uplift")
_MEANINGLESS = {
    "weight": "a message is chosen by what it brings, not by weight",
    "wait": "it is chosen at the moment at which it is sent: put the wait into the trigger",
}


def asks_uplift(told: Any) -> bool:
    """Whether `choose` says uplift, in short or with settings."""
    return told == "uplift" or (isinstance(told, Mapping) and "uplift" in told)


def read_uplift(reader: CampaignReader, document: Mapping[str, Any], scores: Mapping[str, Any]) -> UpliftChoice | None:
    """The choice by uplift; None where `choose` says something else."""
    told = document.get("choose")
    variants = document.get("variants")
    bodies = {str(name): body for name, body in variants.items() if isinstance(body, Mapping)} if isinstance(variants, Mapping) else {}
    if not asks_uplift(told):
        for name in (name for name, body in bodies.items() if "cost" in body):
            reader.refuse(
                ("variants", name, "cost"), "a cost has a meaning only with choose: uplift", "add choose: uplift, or leave it out", at_key=True
            )
        return None
    settings = _settings(reader, told)
    worth = _amount(reader, (*_SETTINGS, "worth"), settings["worth"]) if "worth" in settings else 1.0
    before = len(reader.problems)
    explore = reader.share((*_SETTINGS, "explore"), settings["explore"]) if "explore" in settings else EXPLORE
    if explore <= 0 and len(reader.problems) == before:
        reader.refuse(
            (*_SETTINGS, "explore"),
            "with a share of 0 nothing is learned any more: whoever is not moved today would never be sent anything, and nobody could tell",
            "write explore: 10%, or 2% at least",
        )
    costs = {name: _amount(reader, ("variants", name, "cost"), body["cost"]) if "cost" in body else 0.0 for name, body in bodies.items()}
    priced = [name for name, body in bodies.items() if "cost" in body]
    if priced and "worth" not in settings:
        reader.refuse(
            ("variants", priced[0], "cost"), "what is a goal worth? without that, a cost cannot be compared", "write choose: {uplift: {worth: 40}}"
        )
    _check(reader, document, bodies)
    return UpliftChoice(scores=_scores(reader, bodies, scores), worth=worth, costs=costs, explore=explore)


def _settings(reader: CampaignReader, told: Any) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        return {}
    reader.keys(_PATH, told, keys(UPLIFT))
    settings = told["uplift"]
    if not isinstance(settings, Mapping):
        reader.refuse(_SETTINGS, f"uplift has settings, not {shown(settings)}", "write choose: uplift, or choose: {uplift: {worth: 40}}")
        return {}
    reader.keys(_SETTINGS, settings, keys(UPLIFT["properties"]["uplift"]))
    return settings


def _amount(reader: CampaignReader, path: KeyPath, told: Any) -> Expression | float:
    """A number that is not below 0, or an expression."""
    if isinstance(told, bool) or not isinstance(told, int | float | str) or (not isinstance(told, str) and not 0 <= told < 1e12):
        reader.refuse(path, f"{path[-1]} is a number, 0 or more, or an expression that gives one", "write a number, such as 2.5, or 0.1 * cart.value")
        return 0.0
    return float(told) if not isinstance(told, str) else reader.value(path, told) or 0.0


def _scores(reader: CampaignReader, variants: Mapping[str, Any], scores: Mapping[str, Any]) -> dict[str, str]:
    """Variant -> its score: the one of its name, or the only one of the only variant."""
    if not scores:
        hint = "add score: {model: NAME, cold_start: 0}; `python -m training uplift` learns the model"
        reader.refuse(_PATH, "whom does a message move? there is no model that says it", hint, at_key=True)
        return dict.fromkeys(variants, "")
    if len(variants) == 1 and len(scores) == 1:
        return dict.fromkeys(variants, next(iter(scores)))
    found = {}
    for name in variants:
        score = name.replace("-", "_")
        if score not in scores:
            hint = did_you_mean(score, scores) or f"name one {score}, such as {{model: NAME, class: {name}, cold_start: 0}}"
            reader.refuse(("score",), f"no score says whom the variant {name!r} moves", hint, at_key=True)
        found[name] = score
    return found


def _check(reader: CampaignReader, document: Mapping[str, Any], variants: Mapping[str, Any]) -> None:
    """What it needs, and what it cannot be combined with."""
    if "goal" not in document:
        reader.refuse(_PATH, "uplift is learned from a goal, and there is none", "add goal: {event: order_completed, within: 3d}", at_key=True)
    if "steps" in document:
        hint = "use one campaign for each message, or choose: bandit"
        reader.refuse(_PATH, "a journey says by its steps what is sent: uplift chooses whether anything is", hint, at_key=True)
    if len(variants) >= MAX_ARMS:
        reader.refuse(("variants",), f"uplift chooses among at most {MAX_ARMS - 1} variants, these are {len(variants)}")
    if NOTHING in variants:
        reader.refuse(("variants", NOTHING), f"{NOTHING!r} stands for sending nothing: give the variant another name", at_key=True)
    for name, body in variants.items():
        for key in (key for key in _MEANINGLESS if key in body and "steps" not in document):
            reader.refuse(("variants", name, key), f"{key} has no meaning with choose: uplift: {_MEANINGLESS[key]}", "leave it out")
