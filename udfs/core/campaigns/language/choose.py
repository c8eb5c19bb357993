"""Reads how a campaign chooses among its variants: by weight, or by a bandit."""

from collections.abc import Mapping
from typing import Any

from udfs.core.bandits.best import MAX_ARMS
from udfs.core.bandits.linear import MAX_FEATURES
from udfs.core.campaigns.bandit import MAX_BY, REWARDS, Bandit, features_of
from udfs.core.campaigns.goal import Goal
from udfs.core.campaigns.language.choose_shape import BANDIT, BANDITS
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.uplift import asks_uplift
from udfs.core.campaigns.steps import Program, Send
from udfs.core.expressions.compiler import Expression
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys

_PATH = ("choose",)
_DAYPART = '"night" if user.hour < 6 else "morning" if user.hour < 12 else "afternoon" if user.hour < 18 else "evening"'
WAYS = ("split", "bandit", "uplift")


def read_choose(reader: CampaignReader, document: Mapping[str, Any], goal: Goal | None, steps: Program | None) -> Bandit | None:
    """The bandit at `choose`; None where weights, or the steps of a journey, choose."""
    told = document.get("choose", "split")
    if told == "split" or asks_uplift(told):
        return None
    if told == "bandit":
        bandit = Bandit()
    elif isinstance(told, Mapping):
        bandit = _bandit(reader, told)
    elif told == "model":
        reader.refuse(_PATH, "choosing by model is called uplift", "choose: uplift", at_key=True)
        return None
    else:
        hint = did_you_mean(str(told), WAYS) or "choose: split"
        reader.refuse(_PATH, f"{shown(told)} is no way to choose", hint)
        return None
    _check(reader, document, goal, bandit)
    if steps is not None and steps.chosen is None and not any(isinstance(step, Send) and step.among for step in steps.steps.values()):
        hint = "write several messages, such as send: [points, upsell], or choose: bandit at a split"
        reader.refuse(_PATH, "no step of this journey leaves anything to choose", hint, at_key=True)
    return bandit


def _bandit(reader: CampaignReader, told: Mapping[str, Any]) -> Bandit:
    reader.keys(_PATH, told, keys(BANDIT))
    kind = reader.choice((*_PATH, "bandit"), told.get("bandit"), BANDITS, "bandit, how it learns,")
    reward = reader.choice((*_PATH, "reward"), told.get("reward", REWARDS[0]), REWARDS, "reward, what it wants most of,")
    by: tuple[Expression, ...] = ()
    if kind == "linear":
        linear = _linear(reader, told["by"]) if "by" in told else ()
        if "by" not in told:
            reader.refuse(_PATH, "by which features does it learn?", "add by: [orders_90d, cart.value > 200]")
        return Bandit(reward=reward, linear=linear, features=features_of(linear))
    if "by" in told:
        by = _by(reader, told["by"])
        if kind == "simple":
            reader.refuse((*_PATH, "by"), "a simple bandit learns about all customers alike", "write bandit: contextual")
    elif kind == "contextual":
        reader.refuse(_PATH, "by what does it learn apart?", "add by: [segment, daypart]")
    return Bandit(reward=reward, by=by)


def _by(reader: CampaignReader, told: Any) -> tuple[Expression, ...]:
    path = (*_PATH, "by")
    if not isinstance(told, list) or not told:
        reader.refuse(path, "by is a list of what it learns apart", "write by: [segment, daypart]")
        return ()
    if len(told) > MAX_BY:
        reader.refuse(path, f"it learns apart by {MAX_BY} things at most: with more, there are too few customers of each kind")
        return ()
    found = [reader.value((*path, number), _written(reader, each)) for number, each in enumerate(told)]
    return tuple(each for each in found if each is not None)


def _linear(reader: CampaignReader, told: Any) -> tuple[Expression, ...]:
    """The features of a linear bandit: numbers, or what is true or false."""
    path = (*_PATH, "by")
    if not isinstance(told, list) or not told:
        reader.refuse(path, "by is a list of the features by which it learns", "write by: [orders_90d, cart.value > 200]")
        return ()
    if len(told) > MAX_FEATURES:
        reader.refuse(path, f"it learns by {MAX_FEATURES} features at most: with more, it would take too long to learn")
        return ()
    found = []
    for number, each in enumerate(told):
        if each in ("daypart", "segment") and each not in reader.vocabulary.features:
            reader.refuse((*path, number), f"{each} is a text, and a linear bandit learns by numbers, or by what is true or false", _OF_TEXT)
        elif (expression := reader.value((*path, number), each)) is not None:
            found.append(expression)
    return tuple(found)


def _written(reader: CampaignReader, told: Any) -> Any:
    """The words for which there is no name, as expressions."""
    if told == "daypart" and told not in reader.vocabulary.features:
        return _DAYPART
    if told == "segment" and told not in reader.vocabulary.features and reader.vocabulary.segments:
        return " else ".join([*(f'"{name}" if in_segment("{name}")' for name in reader.vocabulary.segments), '"none"'])
    return told


def _check(reader: CampaignReader, document: Mapping[str, Any], goal: Goal | None, bandit: Bandit) -> None:
    """What a bandit needs, and what it cannot be combined with."""
    if "goal" not in document:
        reader.refuse(_PATH, "a bandit learns from a goal, and there is none", "add goal: {event: order_completed, within: 3d}", at_key=True)
    elif bandit.reward == "value" and goal is not None and goal.value is None and not goal.of_revenue:
        reader.refuse((*_PATH, "reward"), "the goal does not say what it is worth", "add value: revenue to the goal, or write reward: conversion")
    variants = document.get("variants")
    if not isinstance(variants, Mapping):
        return
    if len(variants) < 2:
        reader.refuse(_PATH, "a bandit needs at least two variants to choose from", "add a variant, or write choose: split", at_key=True)
    if len(variants) > MAX_ARMS:
        reader.refuse(("variants",), f"a bandit has at most {MAX_ARMS} variants, this one {len(variants)}: it would take too long to learn")
    for name, body in variants.items():
        for key, why in _MEANINGLESS.items():
            if isinstance(body, Mapping) and key in body and "steps" not in document:
                reader.refuse(("variants", str(name), key), f"{key} has no meaning where a bandit chooses: {why[0]}", why[1])


_OF_TEXT = 'write bandit: contextual, or a comparison, such as in_segment("vip")'
_MEANINGLESS = {
    "weight": ("it begins with equal shares, and learns the rest", "leave it out, or write choose: split"),
    "wait": ("it chooses at the moment at which it sends", "put the wait into the trigger, such as {since: order_completed, wait: 3d}"),
}
