"""Rows held to the rules of a training file, and compared with those of the last run."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.documents.training_shape import VALIDATE
from training.profile import Profile
from udfs.core.values.document_reader import share_of
from udfs.core.values.problems import did_you_mean

DEFAULTS = {key: each["default"] for key, each in VALIDATE["properties"].items() if "default" in each}
Rows = tuple[int, float, Mapping[str, Profile]]
"""How many, the share that reach the goal, and the features."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people should know of the rows."""

    message: str
    stops: bool


def against_rules(rules: Mapping[str, Any], *, rows: int, features: Mapping[str, Profile]) -> Iterator[Finding]:
    """What the training file forbids."""
    if rows < rules.get("rows", 0):
        yield _stop(f"there are {rows:,} rows, and must be {rules['rows']:,}")
    for name, rule in rules.get("features", {}).items():
        if name not in features:
            hint = did_you_mean(name, features) or "declared are " + ", ".join(features)
            yield _stop(f"there is no feature {name!r}: {hint}")
        else:
            yield from _one(name, rule, features[name])


def _one(name: str, rule: Mapping[str, Any], found: Profile) -> Iterator[Finding]:
    if "unknown" in rule and found.unknown > share_of(rule["unknown"]):
        yield _stop(f"{name} is unknown in {found.unknown:.1%} of the rows, and may be in {rule['unknown']}")
    for key, value, wrong in (("at_least", found.least, "less"), ("at_most", found.most, "more")):
        if key not in rule:
            continue
        if value is None and found.kind != "never known":
            yield _stop(f"{name} has a range, but is {found.kind}")
        elif value is not None and (value < rule[key] if wrong == "less" else value > rule[key]):
            yield _stop(f"{name} reaches {value:g}, which is {wrong} than {rule[key]:g}")
    if "values" in rule:
        strange = [text for text in found.values if text not in rule["values"]]
        if strange or (found.texts and not found.values):
            told = ", ".join(map(repr, strange[:5])) or f"one of {found.texts:,} texts"
            yield _stop(f"{name} is {told}, which is not among its values")


def against_last(rules: Mapping[str, Any], now: Rows, last: Rows) -> Iterator[Finding]:
    """What differs from the last run by more than the training file allows."""
    rules = {**DEFAULTS, **rules}
    rows, positives, features = now
    rows_before, positives_before, before = last
    if abs(rows - rows_before) > share_of(rules["change"]) * rows_before:
        yield _stop(f"there are {rows:,} rows, and in the last run {rows_before:,}: more than {rules['change']} of a change (validate.change)")
    if abs(positives - positives_before) > share_of(rules["positives"]) * positives_before:
        yield _stop(f"{positives:.1%} reach the goal, and in the last run {positives_before:.1%}: too far from it (validate.positives)")
    for name, found in features.items():
        if name not in before:
            yield _note(f"{name} is new")
        elif found.definition != before[name].definition:
            yield _note(f"{name} has another definition than in the last run, so its values are not compared")
        else:
            yield from _changed(name, found, before[name], rules)
    for name in before:
        if name not in features:
            yield _note(f"{name} is no longer declared")


def _changed(name: str, found: Profile, before: Profile, rules: Mapping[str, Any]) -> Iterator[Finding]:
    if found.unknown - before.unknown > share_of(rules["unknown"]):
        yield _stop(f"{name} is unknown in {found.unknown:.1%} of the rows, and was in {before.unknown:.1%}: is it still sent? (validate.unknown)")
    if "never known" not in {found.kind, before.kind} and found.kind != before.kind:
        yield _stop(f"{name} is {found.kind}, and was {before.kind}: a model that knows the other would not understand it")
    if found.high and before.high and found.high * before.high > 0:
        factor = max(found.high / before.high, before.high / found.high)
        if factor > rules["scale"]:
            yield _stop(f"{name} reaches {found.high:g} (95th percentile), and reached {before.high:g}: another unit? (validate.scale)")
    if strange := [text for text in found.values if text not in before.values] if before.values else []:
        yield _note(f"{name} has values that are new: {', '.join(map(repr, strange[:5]))}")


def _stop(message: str) -> Finding:
    return Finding(message=message, stops=True)


def _note(message: str) -> Finding:
    return Finding(message=message, stops=False)
