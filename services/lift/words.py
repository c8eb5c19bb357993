"""A comparison as lines for people, and as one value for programs. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from services.lift.advice import Advice
from services.lift.measure import Effect, Lift
from services.lift.people import MONEY, RATE
from services.statistics.difference import Interval
from services.statistics.sample_ratio import SampleRatio
from udfs.core.values.durations import in_words

FEW_FIGURES = 0.5
"""Where figures of more people than this are unknown, it is said."""
CROSSED = 0.01
"""Where more people than this were in both groups, it is said."""


def lines(lift: Lift, advice: Advice, *, title: str, groups: tuple[str, str], metric: str) -> Iterator[str]:
    """The table, what is left out of it, and what to do. `groups`: what they are called; `metric`: what the advice is about."""
    people = lift.people
    watched = f", {in_words(people.horizon)} from the first exposure" if people.horizon else ""
    treated, sure = sum(people.treated.tolist()), f"{100 * (1 - lift.alpha):.3g}"
    yield f"{title}: {treated:,} people ({groups[0]}) against {len(people) - treated:,} ({groups[1]}){watched}"
    looks = f"{f'{sure} % at one look':<24} {f'{sure} % at any look':<24}"
    yield f"  {'':<24} {groups[0]:>12} {groups[1]:>12} {'effect':>11}  {looks} {'p':>7} {'in all':>14}"
    for each in lift.effects:
        yield _line(each)
    relative = lift.effect(metric).relative
    if relative is not None and not lift.effect(metric).is_guard:
        base = lift.effect(metric).best
        yield f"{metric}: {base.effect / base.control.mean:+.1%} on top of {groups[1]}, {_span(relative, '+.1%')} at one look"
    if people.sessions is not None:
        yield f"counted by session, {people.sessions:.2f} of each person; chance has drawn people, and the intervals are theirs"
    if lift.ratio is not None:
        yield _ratio(lift.ratio, groups)
    elif people.assigned[0] + people.assigned[1]:
        yield f"sample ratio: not checked, since nobody says by which shares the groups were drawn ({people.assigned[0]:,} : {people.assigned[1]:,})"
    yield from _cuped(lift)
    if people.rates:
        yield f"of the messages: {', '.join(f'{name} {rate:.2%}' for name, rate in people.rates.items())}"
    yield from _left(lift)
    for note in people.notes:
        yield f"note: {note}"
    yield advice.sentence


def as_value(lift: Lift, advice: Advice, *, groups: tuple[str, str], metric: str) -> dict[str, Any]:
    """The same for programs."""
    people, left = lift.people, lift.people.left
    return {
        "groups": list(groups),
        "people": [int(people.treated.sum()), len(people) - int(people.treated.sum())],
        "horizon_ms": people.horizon,
        "people_a_day": people.a_day,
        "planned": lift.planned,
        "alpha": lift.alpha,
        "sessions_a_person": people.sessions,
        "effects": {each.metric: _value(each) for each in lift.effects},
        "sample_ratio": None if lift.ratio is None else _ratio_value(lift.ratio),
        "shares_of_days_p": lift.share_of_days,
        "stratified": lift.stratified,
        "alone": lift.alone,
        "figures": list(people.figure_names),
        "rates": dict(people.rates),
        "left_out": {name: getattr(left, name) for name in ("immature", "untold", "other_horizon", "before")},
        "in_both_groups": left.in_both,
        "notes": list(people.notes),
        "metric": metric,
        "advice": {"word": advice.word, "sentence": advice.sentence, "days": advice.days},
    }


def _line(effect: Effect) -> str:
    best = effect.best
    form = ".2%" if effect.kind == RATE else ",.2f" if effect.kind == MONEY else ",.3f"
    name = f"{effect.metric}{' (guard)' if effect.is_guard else ''}"
    fixed = _span(effect.fixed, f"+{form}") if effect.fixed else "too little to tell"
    always = _span(effect.always, f"+{form}") if effect.always else ""
    p = "" if effect.p is None else _p(effect.p)
    brought = effect.incremental if effect.fixed else None
    whole = "" if brought is None else f"{brought:+,.2f}" if effect.kind == MONEY else f"{brought:+,.0f}"
    means = f"{best.control.mean + best.effect:>12{form}} {best.control.mean:>12{form}}"
    return f"  {name:<24} {means} {best.effect:>+11{form}}  {fixed:<24} {always:<24} {p:>7} {whole:>14}"


def _span(interval: Interval, form: str) -> str:
    return f"{interval.low:{form}} to {interval.high:{form}}"


def _p(value: float) -> str:
    return "<.0001" if value < 0.0001 else f"{value:.4f}".removeprefix("0")


def _ratio(ratio: SampleRatio, groups: tuple[str, str]) -> str:
    told = " and ".join(f"{count:,} {name}" for count, name in zip(ratio.observed, groups, strict=True))
    due = " and ".join(f"{count:,.0f}" for count in ratio.expected)
    if ratio.p is None:
        return f"sample ratio: {told}, too few to check ({due} were due)"
    verdict = "WRONG" if ratio.is_wrong else "suspicious" if ratio.is_suspicious else "as drawn"
    return f"sample ratio: {verdict}: {told} ids where {due} were due, p {_p(ratio.p)}"


def _cuped(lift: Lift) -> Iterator[str]:
    names = lift.people.figure_names
    if not names:
        return
    helped = [f"{each.metric} {each.explained:.0%}" for each in lift.effects if each.explained >= 0.005]
    yield f"cuped: {', '.join(names)} explain of the variance: {', '.join(helped) or 'nothing'}"
    if lift.unknown_figures > FEW_FIGURES:
        yield f"note: of {lift.unknown_figures:.0%} of the people these figures are not known; they count as the mean"


def _left(lift: Lift) -> Iterator[str]:
    left = lift.people.left
    told = [
        (left.immature, "whose time is not over"),
        (left.untold, "without an outcome"),
        (left.other_horizon, "from when the goal had another time"),
        (left.before, "first exposed before"),
    ]
    found = [f"{number:,} {why}" for number, why in told if number]
    if found:
        yield f"not counted: {', '.join(found)}"
    if left.in_both:
        many = " This is many: how do they change groups?" if left.in_both > CROSSED * max(len(lift.people), 1) else ""
        yield f"in both groups: {left.in_both:,} people.{many}"
    if lift.stratified:
        yield "note: the shares of the groups were changed, so those who were drawn by the same ones were compared with each other"
    if lift.alone:
        yield f"note: {lift.alone:,} people were drawn when (nearly) nobody came into one group: they are compared with nobody"


def _value(effect: Effect) -> dict[str, Any]:
    spans: Mapping[str, Interval | None] = {"fixed": effect.fixed, "always": effect.always, "relative": effect.relative}
    return {
        "kind": effect.kind,
        "guard": effect.is_guard,
        "treated": effect.plain.treated.mean,
        "control": effect.plain.control.mean,
        "effect": effect.best.effect,
        "effect_unadjusted": effect.plain.effect,
        "explained": effect.explained,
        "incremental": effect.incremental,
        **{name: None if span is None else [span.low, span.high] for name, span in spans.items()},
        "p": effect.p,
        "p_always": effect.p_always,
    }


def _ratio_value(ratio: SampleRatio) -> dict[str, Any]:
    return {"observed": list(ratio.observed), "expected": list(ratio.expected), "p": ratio.p, "wrong": ratio.is_wrong}
