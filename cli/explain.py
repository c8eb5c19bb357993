"""`kairos explain`: the whole path of a decision, or of everything that was decided about a customer, in words."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker
from cli.parameters import ManyCampaigns
from cli.registry import registry
from cli.wording import decision_line, tell_unmet
from udfs.codecs.routes import with_topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from services.explain.context import Context
    from services.explain.decision_log import DecisionLog, Json
    from services.local.again import Trace
    from services.replay.records import Record
    from training.explained import Explained
    from udfs.core.campaigns.book import Book
    from udfs.core.items.item import Shelf
    from udfs.core.recommend.recommender import Stand

USUAL = {route.name: route.topic for route in with_topics()}
PATH = click.Path(path_type=Path, exists=True)


@click.command(cls=ManyCampaigns)
@click.argument("what", metavar="DECISION|USER")
@click.option("--file", type=PATH, help="Look in this file of JSON lines (`kairos try --json` or `--records`) instead of the topics.")
@click.option(
    "--campaigns",
    multiple=True,
    type=PATH,
    metavar="FILE|DIR…",
    help="With --file or --events: the campaigns, features and policy it was decided by.",
)
@click.option("--policy", type=PATH, help="With --file or --events: the policy, if it is not among the campaigns.")
@click.option("--events", type=PATH, metavar="FILE", help="Decide again about USER from this file of events: needs no broker.")
@click.option("--arrivals", type=PATH, metavar="TIMES", help="With --events: when each event arrived, as for `kairos try`.")
@click.option("--ids-apart", is_flag=True, help="With --events: take each id for a customer of its own, as for `kairos try`.")
@click.option("--unmet", is_flag=True, help="Also tell what was not met where there are decisions: reads USER's events from the topic.")
@click.option("--contributions", is_flag=True, help="Also tell what each feature has added to each score: for models of trees.")
@click.option("--model", "manifests", multiple=True, type=PATH, metavar="MANIFEST", help="With --contributions: a version that is not published.")
@click.option("--events-topic", default="events", show_default=True)
@click.option("--decisions-topic", default=USUAL["decisions"], show_default=True)
@click.option("--actions-prefix", default=USUAL["actions"], show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Decisions, action and explanation as one JSON object.")
@broker
@registry
def explain(
    *,
    what: str,
    file: Path | None,
    campaigns: tuple[Path, ...],
    policy: Path | None,
    events: Path | None,
    arrivals: Path | None,
    ids_apart: bool,
    unmet: bool,
    contributions: bool,
    manifests: tuple[Path, ...],
    events_topic: str,
    decisions_topic: str,
    actions_prefix: str,
    as_json: bool,
    brokers: str | None,
    topic: str,
) -> None:
    """Tell why: campaign, trigger, variant, filters, score, figures, versions, and what would have had to be different.

    For a DECISION (its id) all its attempts; for a USER every decision, a line each, then the last in full. For a USER without decisions, or with
    --unmet or --events, it is decided again from their events: which trigger fired when, and what was not met, with the values.
    """
    if file is None and events is None and (campaigns or policy):
        message = "--campaigns and --policy go with --file or --events: of the topics it is known what is published"
        raise click.UsageError(message)
    if arrivals is not None and events is None:
        message = "--arrivals goes with --events: it says when each of those events arrived"
        raise click.UsageError(message)
    if ids_apart and events is None:
        message = "--ids-apart goes with --events: of a topic, only what has the customer's own key is read"
        raise click.UsageError(message)
    if unmet and file is not None:
        message = "--unmet reads the events of the topic: instead of --file, name a file of events with --events"
        raise click.UsageError(message)
    if manifests and not contributions:
        message = "--model goes with --contributions: it names the version whose scores are explained"
        raise click.UsageError(message)
    if contributions and events is not None:
        message = "--contributions explains a decision that was made: it does not go with --events"
        raise click.UsageError(message)
    if events is not None:
        trace = _from_file(what, events, arrivals, campaigns, policy, links_ids=not ids_apart)
        _show_again(trace, as_json=as_json)
        if trace.is_nobody:
            sys.exit(1)
        return
    from services.explain.find import NotDecided, find
    from services.explain.shape import read_as_written
    from services.explain.story import story

    log, context = _sources(file, campaigns, policy, brokers, topic, decisions_topic, actions_prefix)
    try:
        found = find(log, what)
    except NotDecided:
        again = None if file is not None else _if_any(what, address(brokers), topic, events_topic)
        if again is None:
            raise
        _show_again(again, as_json=as_json)
        return
    attempts = found.attempts
    with read_as_written(attempts):
        acted = attempts[-1]["outcome"] == "acted"
        action, recall = (log.action(attempts[-1]), log.recall(attempts[-1])) if acted else (None, None)
        sections = story(attempts, action=action, context=context, recall=recall)
        added = _contributions(attempts, context, manifests) if contributions else {}
        if added:
            from training.explained import in_words

            sections = _after_score(sections, [line for name, each in added.items() for line in in_words(name, each)])
    again = _from_topic(what, address(brokers), topic, events_topic) if unmet and found.user and file is None else None
    if as_json:
        from services.local.unmet import unmet as not_met

        told = {"decisions": found.decisions, "action": action, "recall": recall, "explanation": sections}
        from msgspec import to_builtins

        told |= {"contributions": {name: to_builtins(each) for name, each in added.items()}} if contributions else {}
        click.echo(json.dumps({**told, **({"unmet": not_met(again)} if again else {})}, ensure_ascii=False))
        return
    if found.user is not None:
        for decision in found.decisions:
            with read_as_written([decision]):
                click.echo(decision_line(decision))
        click.echo()
    _show(sections)
    if again is not None:
        click.echo()
        _show_again(again, as_json=False)


def _contributions(attempts: Sequence[Json], context: Context, manifests: tuple[Path, ...]) -> dict[str, Explained]:
    """What each feature has added to each score of the last attempt that was scored."""
    from services.control.model_records import ModelError, manifest_at, put_in_front
    from services.extras import require
    from training.explained import explained, models_of

    require("onnx", "onnxruntime")
    models = models_of(each.document for key, each in (context.held or {}).items() if key.startswith("model/"))
    for path in manifests:
        try:
            models |= models_of([put_in_front(manifest_at(path), None)], named=True)
        except (ValueError, OSError) as error:  # including ModelError and DocumentError
            message = f"{path}: {error}"
            raise ModelError(message) from error
    scored = next((each for each in reversed(attempts) if each.get("scores")), attempts[-1])
    return explained(scored, models)


def _after_score(sections: dict[str, list[str]], lines: list[str]) -> dict[str, list[str]]:
    """The sections with one more behind that of the score."""
    found: dict[str, list[str]] = {}
    for section, told in sections.items():
        found[section] = told
        if section == "score":
            found["because"] = lines
    return found


def _sources(
    file: Path | None, campaigns: tuple[Path, ...], policy: Path | None, brokers: str | None, topic: str, decisions: str, actions: str
) -> tuple[DecisionLog, Context]:
    """Where decisions are looked up, and what is published."""
    from services.explain.context import Context
    from services.explain.decision_log import File, Topics

    if file is not None:
        return File(path=file), _of_files(campaigns, policy)
    from services.control.listing import published

    return Topics(brokers=address(brokers), decisions=decisions, actions_prefix=actions), Context.of(published(address(brokers), topic))


def _from_file(user: str, events: Path, arrivals: Path | None, campaigns: tuple[Path, ...], policy: Path | None, *, links_ids: bool) -> Trace:
    """Decide again over a file, until nothing is pending."""
    from services.local.again import decide_again
    from services.local.book import book_of
    from services.local.linked import links_around
    from services.replay.arrivals import arriving
    from services.replay.segment import segment
    from udfs.core.values.durations import MAX_DURATION

    def records() -> Iterator[Record]:
        return (segment(events) if arrivals is None else arriving(events, arrivals)).records

    book = book_of(campaigns, policy=policy)
    links = links_around(book, records, user) if links_ids else None
    return decide_again(book, records(), user=user, drain=MAX_DURATION, links=links, links_ids=links_ids)


def _from_topic(user: str, brokers: str, control: str, events_topic: str) -> Trace:
    """Decide again with what is published now, from the events that the topic still holds, up to this moment."""
    from services.control.listing import entries
    from services.explain.decision_log import records_of
    from services.local.again import decide_again
    from udfs.core.campaigns.compile_book import compile_book

    book = compile_book(entries(brokers, control))
    records, until = records_of(brokers, events_topic, user), int(time.time() * 1000)
    return decide_again(book, records, user=user, until=until, goes_on=True, shelf=_shelf(book), stand=_stand(book))


def _shelf(book: Book) -> Shelf:
    """The catalogue in force, if a campaign reads it. Where it cannot be read from here, its items are unknown."""
    from udfs.catalogue.files import whole
    from udfs.catalogue.snapshot import BadSnapshot
    from udfs.core.items.item import NO_SHELF, Absent, Fixed, ItemReason

    if book.catalogue is None or not any(campaign.reads_items for campaign in book.campaigns.values()):
        return NO_SHELF
    try:
        return Fixed(whole(book.catalogue))
    except BadSnapshot as problem:
        click.echo(f"item(…) is unknown here: {problem}", err=True)
        return Fixed(Absent(ItemReason.REFUSED))


def _stand(book: Book) -> Stand:
    """The recommender in force, if a campaign asks it. Where it cannot be read from here, lists are empty."""
    from udfs.core.recommend.recommender import NO_STAND, FixedStand, NoRecommender, ShortReason
    from udfs.recommend.layout import BadRecommender
    from udfs.recommend.loaded import fetch

    if book.recommender is None or not any(campaign.recommends for campaign in book.campaigns.values()):
        return NO_STAND
    try:
        return FixedStand(fetch(book.recommender.layers[0]))
    except BadRecommender as problem:
        click.echo(f"recommend(…) gives nothing here: {problem}", err=True)
        return FixedStand(NoRecommender(ShortReason.REFUSED))


def _if_any(user: str, brokers: str, control: str, events_topic: str) -> Trace | None:
    """The same; None where nothing of the customer is on the topic, or where there is no such topic."""
    from udfs.core.values.errors import NotFound

    try:
        again = _from_topic(user, brokers, control, events_topic)
    except NotFound:
        return None
    return None if again.is_nobody else again


def _show_again(trace: Trace, *, as_json: bool) -> None:
    """What decisions do not say."""
    from services.local.unmet import unmet

    if as_json:
        click.echo(json.dumps({"decisions": [], "action": None, "explanation": {}, "unmet": unmet(trace)}, ensure_ascii=False))
    else:
        tell_unmet(unmet(trace))


def _of_files(campaigns: tuple[Path, ...], policy: Path | None) -> Context:
    """What would be published: known only where it was named."""
    from services.control.listing import standing
    from services.explain.context import Context
    from services.local.book import book_of

    if not campaigns and policy is None:
        return Context(held=None)
    return Context.of(standing(book_of(campaigns, policy=policy).entries.values()))


def _show(sections: dict[str, list[str]]) -> None:
    width = max(60, shutil.get_terminal_size().columns) if sys.stdout.isatty() else 160
    for section, lines in sections.items():
        for number, line in enumerate(lines):
            label = click.style(f"{section if number == 0 else '':<11}", bold=True)
            for wrapped in textwrap.wrap(line, width - 11, break_long_words=False) or [""]:
                click.echo(f"{label}{wrapped}")
                label = " " * 11
