"""`kairos lift`: did a campaign help, against those who got nothing; and the same statistics on a table of one's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.control import address, broker
from cli.lake import place
from cli.parameters import ManyCampaigns, Share, Span
from services.finite import Finite, finite

if TYPE_CHECKING:
    from services.lift.measure import Lift
    from services.lift.questions import Question
    from services.lift.records import Log
    from udfs.core.campaigns.book import Book

PATH = click.Path(path_type=Path, exists=True, dir_okay=False)
ANY_PATH = click.Path(path_type=Path, exists=True)

_CHANGED = (
    "--covariate is not for the holdout: other campaigns have changed these figures since its epoch began; "
    "without CAMPAIGN, orders from before the epoch are used"
)


@click.command(cls=ManyCampaigns)
@click.argument("campaign", required=False)
@click.option("--metric", help="What the advice is about. [default: reached; of a table: the first outcome]")
@click.option("--variant", metavar="NAME", help="Only those who were shown this variant. [default: all, or what the experiment says]")
@click.option("--against", metavar="control|holdout|VARIANT", help="Compare with whom. [default: the control group if there is one]")
@click.option("--since", metavar="TIME", help="Only people whose first exposure was then or later.")
@click.option("--horizon", type=Span(), default="28d", show_default=True, help="Without CAMPAIGN: for how long each person is watched.")
@click.option("--cost", "costs", multiple=True, metavar="CHANNEL=MONEY", help="What a message costs: adds the metric net. May be repeated.")
@click.option("--margin", type=Finite(0, 1), default=1.0, show_default=True, help="The share of the value that is earned, for net.")
@click.option("--covariate", "covariates", multiple=True, metavar="NAME", help="For CUPED: a feature, as decisions carry it; a column of the table.")
@click.option("--epoch", metavar="TIME", help="Without CAMPAIGN: when the holdout began. CUPED uses orders before it. [default: the first exposure]")
@click.option("--tolerate", type=Share(), default="0.5%", show_default=True, help="By how much a guardrail may rise.")
@click.option("--planned", type=click.IntRange(min=100), help="People for whom always-valid intervals are narrowest. [default: 10000]")
@click.option("--matters", type=Finite(), help="The smallest effect on the metric that would matter, such as 0.005.")
@click.option("--share", type=Share(), help="Share of the control group, such as 10%, where campaigns do not say it.")
@place
@click.option("--from", "files", multiple=True, type=PATH, metavar="FILE", help="Instead of the lake: decisions and outcomes as JSON lines.")
@click.option("--events", type=PATH, metavar="FILE", help="With --from and without CAMPAIGN: the events, whose orders are counted.")
@click.option(
    "--campaigns", multiple=True, type=click.Path(path_type=Path, exists=True), metavar="FILE|DIR…", help="Campaigns and policy: the shares."
)
@click.option("--table", type=PATH, metavar="FILE", help="A CSV file of one's own instead: a row a person.")
@click.option("--arm", metavar="COLUMN", help="With --table: the group of each person.")
@click.option("--control", metavar="VALUE", help="With --table: the arm that got nothing. [default: control]")
@click.option("--outcome", "outcomes", multiple=True, metavar="COLUMN", help="With --table: what happened. May be repeated.")
@click.option("--unit", metavar="COLUMN", help="With --table: whom a row is about. [default: each row is somebody else]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@broker
def lift(
    *,
    campaign: str | None,
    metric: str | None,
    variant: str | None,
    against: str | None,
    since: str | None,
    horizon: int,
    costs: Sequence[str],
    margin: float,
    covariates: Sequence[str],
    epoch: str | None,
    tolerate: float,
    planned: int | None,
    matters: float | None,
    share: float | None,
    where: str | None,
    files: Sequence[Path],
    events: Path | None,
    campaigns: Sequence[Path],
    table: Path | None,
    arm: str | None,
    control: str | None,
    outcomes: Sequence[str],
    unit: str | None,
    as_json: bool,
    brokers: str | None,
    topic: str,
) -> None:
    """What CAMPAIGN has brought, compared with people who got no message by chance; without CAMPAIGN, what the whole programme has.

    Each person counts once, from her first message for as long as the goal says, and only when that time is over.
    """
    from services.lift.measure import measure
    from services.statistics.always_valid import PLANNED

    if table is not None:
        asked = _OfTable(arm=arm, control=control or "control", outcomes=outcomes, unit=unit, covariates=covariates, share=share)
        _show(asked.compared(table, campaign, planned or PLANNED), metric=metric, matters=matters, tolerate=tolerate, as_json=as_json)
        return
    if arm or control or outcomes or unit:
        message = "--arm, --control, --outcome and --unit go with --table"
        raise click.UsageError(message)
    from services.lift.exposed import Asked, people_of
    from services.lift.programme import programme
    from services.lift.questions import Question, questions
    from services.lift.records import HELD_OUT
    from services.lift.shares import exempt_of, programme_shares

    book = _book(campaigns, brokers, topic, from_files=bool(files))
    log = _log(campaign, where, files, events, covariates, book)
    prices, begin = _costs(costs), _instant("--since", since)
    drawn = None if share is None else (1 - share, share)
    found: list[tuple[Question, Lift]] = []
    if campaign is None:
        stops = () if book is None else book.campaigns.keys() - exempt_of(book)
        if covariates:
            raise click.UsageError(_CHANGED)
        people = programme(log, stops=stops, horizon=horizon, since=begin, epoch=_instant("--epoch", epoch), costs=prices, margin=margin)
        shares = drawn if book is None else programme_shares(book)
        whole = Question(title="all campaigns", treated="acted", against="held_out", names=("treated", "held out"), shares=shares)
        found.append((whole, measure(people, shares=shares, planned=planned or PLANNED)))
    for each in () if campaign is None else questions(log, book, campaign, variant=variant, against=against):
        if covariates and each.against == HELD_OUT:
            raise click.UsageError(_CHANGED)
        wanted = Asked(
            campaign=str(campaign),
            treated=each.treated,
            against=each.against,
            since=begin,
            costs=prices,
            margin=margin,
            figures=tuple(covariates),
            unit=each.unit,
            guards=_guards(book, str(campaign)),
            chosen_by=_chosen_by(book, str(campaign)),
            shares=each.drawn_by,
        )
        found.append((each, measure(people_of(log, wanted), shares=each.shares or drawn, planned=planned or each.planned, alpha=each.alpha)))
    _show(found, metric=metric, matters=matters, tolerate=tolerate, as_json=as_json)


@dataclass(frozen=True, kw_only=True)
class _OfTable:
    """What the options say of a table."""

    arm: str | None
    control: str
    outcomes: Sequence[str]
    unit: str | None
    covariates: Sequence[str]
    share: float | None

    def compared(self, table: Path, campaign: str | None, planned: float) -> list[tuple[Question, Lift]]:
        """Each arm of the table against its control."""
        from services.lift.measure import measure
        from services.lift.questions import Question
        from services.lift.table import Columns, read_table

        if campaign is not None or not self.arm or not self.outcomes:
            message = "--table takes --arm and --outcome, each a column, and no CAMPAIGN: kairos lift --table test.csv --arm group --outcome bought"
            raise click.UsageError(message)
        columns = Columns(arm=self.arm, outcomes=tuple(self.outcomes), unit=self.unit, covariates=tuple(self.covariates))
        shares = (0.5, 0.5) if self.share is None else (1 - self.share, self.share)
        found = []
        for name, people in read_table(table, columns, control=self.control).items():
            metric, names = self.outcomes[0], (name, self.control)
            question = Question(title=name, treated=name, against=self.control, names=names, shares=shares, metric=metric, planned=planned)
            found.append((question, measure(people, shares=shares, planned=planned, once=True)))
        return found


def _show(found: Sequence[tuple[Question, Lift]], *, metric: str | None, matters: float | None, tolerate: float, as_json: bool) -> None:
    """Say each comparison, and what to do. Programs get one object a comparison, by its title."""
    from services.lift.advice import advise
    from services.lift.words import as_value, lines

    values = {}
    for number, (question, lift) in enumerate(found):
        known = [each.metric for each in lift.effects]
        wanted = metric or (question.metric if question.metric in known else known[0])
        if wanted not in known:
            message = f"there is no metric {wanted!r}: there are {', '.join(known)}" + ("; --cost adds net" if wanted == "net" else "")
            raise click.UsageError(message)
        rule = replace(question.rule_of(lift, wanted), tolerated=tolerate)
        advice = advise(lift, wanted, rule if matters is None else replace(rule, matters=matters))
        values[question.title] = as_value(lift, advice, groups=question.names, metric=wanted)
        if not as_json:
            if number:
                click.echo()
            for line in lines(lift, advice, title=question.title, groups=question.names, metric=wanted):
                click.echo(line)
    if as_json:
        click.echo(json.dumps(values))


def _chosen_by(book: Book | None, campaign: str) -> str:
    """What chooses among the variants of a campaign, where it is not chance alone."""
    found = None if book is None else book.campaigns.get(campaign)
    if found is None or (found.bandit is None and found.uplift is None):
        return ""
    return "a bandit" if found.bandit is not None else "uplift"


def _book(campaigns: Sequence[Path], brokers: str | None, topic: str, *, from_files: bool) -> Book | None:
    """Where the shares of the groups are written: in the files named, or on the control topic; None where neither is available."""
    if campaigns:
        from services.local.book import book_of

        return book_of(campaigns)
    if from_files:
        return None
    from services.control.listing import entries
    from udfs.core.campaigns.compile_book import compile_book
    from udfs.core.values.errors import Unavailable

    try:
        return compile_book(entries(address(brokers), topic))
    except Unavailable as problem:
        click.echo(f"the sample ratio is not checked: {problem}; name the campaigns with --campaigns", err=True)
        return None


def _log(campaign: str | None, where: str | None, files: Sequence[Path], events: Path | None, figures: Sequence[str], book: Book | None) -> Log:
    if events is not None and (not files or campaign is not None):
        message = "--events goes with --from, and without CAMPAIGN: it tells what the whole programme brought"
        raise click.UsageError(message)
    policy = None if book is None else book.policy
    if not files:
        from services.devstack import settings
        from services.lake.store import Lake
        from services.lift.stored import read_lake

        lake = Lake(where or settings.home() / "lake")
        return read_lake(lake, campaign=campaign, figures=figures, policy=policy, with_orders=campaign is None)
    from services.lift.dump import read_dumps

    log = read_dumps(files, campaign=campaign, figures=figures)
    if events is not None:
        from services.lift.ordered import read_orders

        read_orders(events, log, policy)
    return log


def _costs(told: Sequence[str]) -> dict[str, float] | None:
    """Channel -> money; None where nothing was said."""
    found: dict[str, float] = {}
    for each in told:
        channel, _, money = each.partition("=")
        try:
            found[channel.strip()] = finite(money)
        except ValueError as problem:
            message = f"--cost {each}: write a channel and what a message costs, such as --cost sms=0.05"
            raise click.UsageError(message) from problem
    return found or None


def _guards(book: Book | None, campaign: str) -> tuple[str, ...]:
    found = None if book is None else book.campaigns.get(campaign)
    return () if found is None or found.goal is None else found.goal.guards


def _instant(option: str, told: str | None) -> int | None:
    from udfs.core.values.instants import BadInstant, parse_instant

    try:
        return None if told is None else parse_instant(told)
    except BadInstant as problem:
        message = f"{option} {told}: {problem}"
        raise click.UsageError(message) from problem
