"""Reads the experiment of a campaign."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from udfs.core.campaigns.experiment import (
    ADOPT,
    AT_MOST,
    CONTROL,
    EARLY,
    METRICS,
    REACHED,
    SESSION,
    UNITS,
    VALUE,
    VALUE_EACH,
    Expected,
    Experiment,
    Namespace,
)
from udfs.core.campaigns.goal import Goal
from udfs.core.campaigns.language.experiment_shape import EXPECTED, EXPERIMENT, MAX_SAMPLE, NAMESPACE, STOP
from udfs.core.campaigns.language.reader import NAME, CampaignReader
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys

_PATH = ("experiment",)
_EFFECT = re.compile(r"\s*([+-]?0*\d{1,4}(?:\.\d+)?)\s*%\s*")
_EXAMPLE = "{hypothesis: A discount brings more orders, metric: reached, minimum_effect: 15%}"
_NUMBERS = ("mean", "deviation", "people_a_day", "sessions_a_person")


def read_experiment(
    reader: CampaignReader, found: Any, *, variants: Sequence[str], control_group: float, goal: Goal | None, is_journey: bool, chooses: bool
) -> Experiment | None:
    """The experiment at `experiment`. Every problem is noted where it is. `chooses`: a bandit chooses among the variants."""
    if not isinstance(found, Mapping):
        reader.refuse(_PATH, f"experiment is a mapping, such as {_EXAMPLE}")
        return None
    before = len(reader.problems)
    reader.keys(_PATH, found, keys(EXPERIMENT))
    hypothesis = found.get("hypothesis")
    if not isinstance(hypothesis, str) or not hypothesis.strip():
        reader.refuse((*_PATH, "hypothesis") if "hypothesis" in found else _PATH, "an experiment begins with what you expect: hypothesis, a sentence")
    metric = reader.choice((*_PATH, "metric"), found.get("metric", REACHED), METRICS, "metric, by what it is measured,")
    _refuse_without_goal(reader, metric, goal)
    against, arms = _arms(reader, found, variants=variants, control_group=control_group, is_journey=is_journey)
    unit = reader.choice((*_PATH, "unit"), found.get("unit", UNITS[0]), UNITS, "unit, what is counted,")
    at_most, early = _stop(reader, found.get("stop", {}))
    sample = found.get("sample")
    if "sample" in found:
        sample = reader.whole((*_PATH, "sample"), sample, least=20, most=MAX_SAMPLE, what="sample, units of each arm,")
    experiment = Experiment(
        hypothesis=str(hypothesis),
        metric=metric,
        minimum_effect=_effect(reader, found),
        against=against,
        arms=arms,
        unit=unit,
        factors=_factors(reader, found["factors"], arms, variants) if "factors" in found else {},
        sample=sample,
        at_most=at_most,
        early=early,
        adopt=_adopt(reader, found, chooses=chooses),
        namespace=_namespace(reader, found["namespace"]) if "namespace" in found else None,
        expected=_expected(reader, found.get("expected", {}), unit=unit),
    )
    return experiment if len(reader.problems) == before else None


def _adopt(reader: CampaignReader, found: Mapping[str, Any], *, chooses: bool) -> str:
    path = (*_PATH, "adopt")
    adopt = reader.choice(path, found.get("adopt", ADOPT[0]), ADOPT, "adopt, what happens when there is an answer,")
    if adopt != ADOPT[0] and chooses:
        reader.refuse(path, "a bandit gives more to what does better by itself, so there is nothing to adopt", "leave adopt out")
    return adopt


def _refuse_without_goal(reader: CampaignReader, metric: str, goal: Goal | None) -> None:
    if goal is None:
        reader.refuse(
            _PATH, "an experiment measures the campaign's goal, and there is none", "goal: {event: order_completed, within: 3d, value: revenue}"
        )
    elif metric in (VALUE, VALUE_EACH) and goal.value is None and not goal.of_revenue:
        reader.refuse((*_PATH, "metric"), f"{metric} needs a goal that has a value", "write value: revenue at goal, or metric: reached")


def _effect(reader: CampaignReader, found: Mapping[str, Any]) -> float:
    told = found.get("minimum_effect")
    path = (*_PATH, "minimum_effect")
    match = _EFFECT.fullmatch(told) if isinstance(told, str) else None
    if "minimum_effect" not in found:
        reader.refuse(_PATH, "an experiment needs the smallest effect that is worth finding", "minimum_effect: 15%")
    elif match is None:
        hint = f"write {told:g}%" if isinstance(told, (int, float)) and not isinstance(told, bool) and told >= 1 else "write a share, such as 15%"
        reader.refuse(path, f"{shown(told)} is no effect: it is relative to what happens without the change", hint)
    elif float(match[1]) == 0 or float(match[1]) <= -100:
        reader.refuse(path, f"{shown(told)}: no effect is found at any size of the sample, and nothing falls by more than all of it", "such as 15%")
    return float(match[1]) / 100 if match else 0.0


def _arms(
    reader: CampaignReader, found: Mapping[str, Any], *, variants: Sequence[str], control_group: float, is_journey: bool
) -> tuple[str, tuple[str, ...]]:
    """What is compared with what."""
    path = (*_PATH, "against")
    usual = CONTROL if control_group > 0 or not variants else variants[0]
    against = found.get("against", usual)
    known = (*([CONTROL] if control_group > 0 else []), *([] if is_journey else variants))
    if is_journey and control_group <= 0:
        reader.refuse(_PATH, "the messages of a journey are no arms: everybody gets them one after the other", "control_group: 10%")
    elif against == CONTROL and control_group <= 0:
        reader.refuse(path, "there is no control group to compare with", "control_group: 10%")
    elif against not in known:
        reader.refuse(path, f"{shown(against)} is neither control nor a variant", did_you_mean(str(against), known) or "one of " + ", ".join(known))
    arms = tuple(name for name in variants if name != against)
    if not arms:
        reader.refuse(_PATH, "an experiment compares two things, and there is one", "add a variant, or control_group: 10%")
    return str(against), arms


def _factors(reader: CampaignReader, found: Any, arms: Sequence[str], variants: Sequence[str]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    path = (*_PATH, "factors")
    factors: dict[str, dict[str, tuple[str, ...]]] = {}
    example = "{timing: {early: [early-10, early-20], late: [late-10, late-20]}}"
    if not isinstance(found, Mapping) or not found:
        reader.refuse(path, f"factors are a mapping, such as {example}")
        return {}
    for factor, levels in found.items():
        where = (*path, str(factor))
        if not isinstance(levels, Mapping) or len(levels) < 2:
            reader.refuse(where, f"a factor has two levels or more, each with the variants that have it, such as {example}")
            continue
        read = {str(level): reader.words((*where, str(level)), names, "variants, such as [early-10, early-20]") for level, names in levels.items()}
        listed = [name for names in read.values() for name in names]
        for name in listed:
            if name not in variants:
                reader.refuse(where, f"there is no variant {shown(name)}", did_you_mean(name, variants))
        missing, twice = [name for name in arms if name not in listed], {name for name in listed if listed.count(name) > 1}
        if missing or twice:
            told = f"{', '.join(missing)} has none" if missing else f"{', '.join(sorted(twice))} has two"
            reader.refuse(where, f"every variant has one level of each factor: {told}")
        factors[str(factor)] = read
    return factors


def _stop(reader: CampaignReader, found: Any) -> tuple[int, str]:
    path = (*_PATH, "stop")
    if not isinstance(found, Mapping):
        reader.refuse(path, "stop is a mapping, such as {at_most: 14d, early: harm}")
        return AT_MOST, EARLY[1]
    reader.keys(path, found, keys(STOP))
    at_most = reader.duration((*path, "at_most"), found["at_most"]) if "at_most" in found else None
    early = reader.choice((*path, "early"), found.get("early", EARLY[1]), EARLY, "early, what may end it before its sample is complete,")
    return at_most or AT_MOST, early


def _namespace(reader: CampaignReader, found: Any) -> Namespace | None:
    path = (*_PATH, "namespace")
    example = "{name: checkout, from: 0%, to: 50%}"
    if not isinstance(found, Mapping):
        reader.refuse(path, f"namespace is a mapping, such as {example}")
        return None
    reader.keys(path, found, keys(NAMESPACE))
    name = found.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        where = (*path, "name") if "name" in found else path
        reader.refuse(where, "a namespace has a name: lower-case words joined by hyphens", f"such as {example}")
    start = reader.share((*path, "from"), found["from"]) if "from" in found else 0.0
    end = reader.share((*path, "to"), found["to"]) if "to" in found else 1.0
    for key, share in (("from", start), ("to", end)):
        if abs(share * 10_000 - round(share * 10_000)) > 1e-6:
            reader.refuse((*path, key), "a namespace is shared out in hundredths of a percent", f"write {round(share * 100, 2):g}%")
    if start >= end and len(reader.problems) == 0:
        reader.refuse(path, "nobody is in it: from is below to", f"such as {example}")
    return Namespace(str(name), round(start, 4), round(end, 4))


def _expected(reader: CampaignReader, found: Any, *, unit: str) -> Expected:
    path = (*_PATH, "expected")
    if not isinstance(found, Mapping):
        reader.refuse(path, "expected is a mapping, such as {rate: 8%, people_a_day: 700}")
        return Expected()
    reader.keys(path, found, keys(EXPECTED))
    read: dict[str, float] = {}
    if "rate" in found:
        read["rate"] = reader.share((*path, "rate"), found["rate"])
        if not 0 < read["rate"] < 1 and not reader.problems:
            reader.refuse((*path, "rate"), "with a rate of 0% or 100% there is nothing to find", "such as 8%")
    for name in _NUMBERS:
        if name in found:
            read |= _number(reader, (*path, name), found[name])
    if "alike" in found:
        read |= _number(reader, (*path, "alike"), found["alike"], least=0.0, most=1.0)
    if ("mean" in found) != ("deviation" in found):
        reader.refuse(path, "a metric is planned by its mean and its deviation together", "such as mean: 60, deviation: 45")
    if unit != SESSION and ("sessions_a_person" in found or "alike" in found):
        reader.refuse(path, "sessions_a_person and alike go with unit: session")
    return Expected(**read)


def _number(reader: CampaignReader, path: tuple[str, ...], found: Any, *, least: float | None = None, most: float = 1e9) -> dict[str, float]:
    """A number above 0, or within bounds."""
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    if is_number and found <= most and (found > 0 if least is None else found >= least):
        return {path[-1]: float(found)}
    reader.refuse(path, f"{path[-1]} is a number {'above 0' if least is None else f'from {least:g} to {most:g}'}, not {shown(found)}")
    return {}
