"""What `python -m training recommend` prints: as JSON, or as a table with the verdict in words."""

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from training.recommend.catalogue import Catalogue
from training.recommend.evaluate import Evaluation, Figures
from training.recommend.exporting import Export
from training.recommend.interactions import Interactions, Told
from training.recommend.ranker import MIN_HISTORIES

NAMES = ("HR@10", "HR@20", "NDCG@10", "MRR@20", "coverage@20", "popularity_bias@20")
DIGITS = 6


def document(source: str, protocol: str, read: Interactions, catalogue: Catalogue | None, found: Evaluation, *, read_s: float) -> dict[str, Any]:
    """Everything as JSON. All but `seconds` is the same whenever the same is asked."""
    told = read.told
    return {
        "history": {
            "name": source,
            "events": told.events,
            "interactions": told.used,
            "people": len(read.people),
            "items": len(read.items),
            "rejected_lines": told.rejected,
            "first_rejected": told.first_rejected,
            "fields_set_aside": told.set_aside,
            "told_again": told.again,
            "without_product": told.without_product,
            "other_events": dict(told.others),
        },
        "catalogue": catalogue
        and {
            "entries": catalogue.entries,
            "items_known": catalogue.known,
            "bad_rows": catalogue.bad,
            "first_bad": catalogue.first_bad,
            "told_again": catalogue.again,
        },
        "evaluation": {
            "protocol": protocol,
            "cases": found.cases,
            "people": found.people,
            "validation_cases": found.validation,
            "items_never_learned": found.unknown,
            "left_out": dict(found.left_out),
        },
        "strategies": {name: _figures(each) for name, each in found.strategies.items()},
        "two_stages": {**_figures(found.two_stages), "candidates_hold": round(found.reached, DIGITS)} if found.two_stages else None,
        "verdict": _verdict(found),
        "seconds": {
            "reading": round(read_s, 1),
            **{name: round(each.seconds, 1) for name, each in found.strategies.items()},
            **({"two_stages": round(found.two_stages.seconds, 1)} if found.two_stages else {}),
            "lists": round(found.lists_s, 1),
        },
    }


def exported(found: Export) -> dict[str, Any]:
    """What was exported for the job, as JSON: its weights, and its ranker against retrieval alone on the items held out."""
    trial = found.trial
    return {
        "bytes": found.done.bytes,
        "lists_compared": found.done.compared,
        "weights": dict(found.weights),
        "ranker": trial
        and {
            "kept": trial.is_kept,
            "settings": trial.settings,
            "learned_from": trial.learned_from,
            "histories_learned": trial.learned,
            "cases": trial.cases,
            "retrieval_alone": _rounded(trial.alone),
            "with_ranker": _rounded(trial.ranked),
            "by": trial.by,
            "gain": round(trial.gain.gain, DIGITS),
            "low": round(trial.gain.low, DIGITS),
            "high": round(trial.gain.high, DIGITS),
            "decided_on": trial.decided_on,
            "decided_low": round(trial.decided.low, DIGITS),
            "rows_compared": trial.rows,
            "max_abs_difference": trial.difference,
        },
    }


def show(console: Console, shown: Mapping[str, Any]) -> None:
    """The document as a table."""
    history, evaluation = shown["history"], shown["evaluation"]
    say = console.print
    say(
        f"[bold]{history['name']}[/]: {history['interactions']:,} items taken by {history['people']:,} people, {history['items']:,} different ones",
        highlight=False,
    )
    say(f"{evaluation['protocol']}: {evaluation['cases']:,} cases of {evaluation['people']:,} people", highlight=False)
    for why, number in evaluation["left_out"].items():
        say(f"  not evaluated {number:>9,}  {why}", highlight=False)
    if evaluation["items_never_learned"]:
        say(f"  of these {evaluation['items_never_learned']:>11,}  are about an item that nobody had taken before", highlight=False)
    table = Table("", *NAMES, "settings", box=SIMPLE_HEAD)
    for column in table.columns[1:-1]:
        column.justify = "right"
    rows = [*shown["strategies"].items(), *([("two stages", shown["two_stages"])] if shown["two_stages"] else [])]
    for name, figures in rows:
        table.add_row(name, *("—" if figures[each] is None else f"{figures[each]:.4f}" for each in NAMES), figures["settings"])
    say(table)
    say(shown["verdict"]["text"], highlight=False, soft_wrap=True)
    say("seconds: " + ", ".join(f"{name} {value:g}" for name, value in shown["seconds"].items()), highlight=False, soft_wrap=True)


def warnings(told: Told, catalogue: Catalogue | None) -> list[str]:
    """What of the history and the catalogue was not used, each in a sentence."""
    found = [told.note] if told.note else []
    if told.rejected:
        found.append(f"{told.rejected:,} lines could not be read and were left out; the first: {told.first_rejected}")
    if told.set_aside:
        found.append(f"{told.set_aside:,} fields could not be read and were set aside; their events were used")
    if told.again:
        found.append(f"{told.again:,} items are repeats of the same message or the same order, and count once")
    if told.without_product:
        found.append(f"{told.without_product:,} items or events name no product and were left out")
    if told.others:
        number, names = sum(told.others.values()), ", ".join(list(told.others)[:5])
        found.append(f"{number:,} other events were not used ({names})")
    if catalogue is not None and catalogue.bad:
        found.append(f"{catalogue.bad:,} rows of the catalogue were left out; the first: {catalogue.first_bad}")
    if catalogue is not None and not catalogue.known:
        found.append("the catalogue has no item of this history: do both use the same ids?")
    return found


def _figures(figures: Figures) -> dict[str, Any]:
    return {"title": figures.title, "settings": figures.settings, **_rounded(figures.measures)}


def _rounded(measures: Mapping[str, float | None]) -> dict[str, float | None]:
    return {name: None if (value := measures[name]) is None else round(value, DIGITS) for name in NAMES}


def _verdict(found: Evaluation) -> dict[str, Any]:
    verdict = found.verdict
    if verdict is None:
        return {
            "beats_best_single": None,
            "text": f"two stages: not made, because the items of fewer than {MIN_HISTORIES} validation histories are among their candidates",
        }
    gains = {
        name: {"gain": round(each.gain, DIGITS), "low": round(each.low, DIGITS), "high": round(each.high, DIGITS)}
        for name, each in verdict.gains.items()
    }
    shown = gains[verdict.by]
    interval = f"{verdict.by} {shown['gain']:+.4f} [{shown['low']:+.4f}, {shown['high']:+.4f}]"
    if verdict.beats:
        text = f"two stages are better than {verdict.best}, the best single strategy: {interval}"
    elif verdict.gains[verdict.by].high < 0:
        text = f"two stages do NOT beat {verdict.best}, the best single strategy, they are worse: {interval}. Use {verdict.best} alone"
    else:
        text = f"two stages do NOT beat {verdict.best}, the best single strategy, beyond chance: {interval}. Use {verdict.best} alone"
    return {"best_single": verdict.best, "beats_best_single": verdict.beats, "by": verdict.by, "gains": gains, "text": text}
