"""What an event says about windows: that a goal was reached, or taken back, and what happened to a message."""

from collections.abc import Iterable, Iterator, Sequence, Set

from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.goal import Goal
from udfs.core.decision.figures import figures, worth
from udfs.core.decision.turn import Turn
from udfs.core.expressions.moment import Moment
from udfs.core.policy import consent
from udfs.core.profile import orders, receipts
from udfs.core.profile.windows import ACTED, Conversion, Held, Window
from udfs.core.records import Event, Recall
from udfs.core.values.chance import fingerprint
from udfs.core.values.durations import DAY, HOUR
from udfs.core.values.money import number

LATE = 72 * HOUR
"""How long after a window's end what happened in it may be reported: as long as the ids of events are remembered."""
REVISED_FOR = 30 * DAY
"""After a conversion, how long a refund, or news of a message, still changes what it is worth and to whom it is credited."""


def concerns(book: Book, event: Event, made: Sequence[object]) -> bool:
    """Whether an event can change an outcome; most cannot."""
    name = event.name
    return (
        name in book.by_goal
        or name in orders.EVENTS
        or name in receipts.OUTCOMES
        or consent.speaks(event)
        or (bool(made) and any(each.__class__ is Recall for each in made))
    )


def take(turn: Turn, held: Held, event: Event, made: Sequence[object], *, is_news: bool) -> Set[int]:
    """Take an event into the facts. Returns the windows whose conversions it has changed: one was taken back, or is worth something else."""
    at = min(event.at, turn.now)
    recalled(turn, held, made)
    if event.name in receipts.OUTCOMES:
        _received(turn, held, event, at)
    if consent.speaks(event):
        _denied(turn, held, at)
    changed = refresh(turn, held) if held.conversions and event.name in orders.EVENTS else frozenset()
    if is_news and event.name in turn.book.by_goal:
        _convert(turn, held, event, at)
    return changed


def recalled(turn: Turn, held: Held, made: Iterable[object]) -> None:
    """Take in the recalls among the records that were made."""
    for each in made:
        if isinstance(each, Recall):
            _happened(turn, _of_decision(held, each.decision_id), "recalled", turn.now)


def _of_decision(held: Held, told: object) -> Window | None:
    """The window of a decision's id, as a receipt says it."""
    if not isinstance(told, str):
        return None
    try:
        decision_id = bytes.fromhex(told.replace("-", ""))
    except ValueError:
        return None
    return next((window for window in held.windows if window.decision_id == decision_id), None)


def _happened(turn: Turn, window: Window | None, word: str, at: int) -> None:
    """Something happened to the message of a window. Whoever tells it may have a clock that is a little behind: it was after the decision."""
    if window is not None and window.outcome == ACTED and turn.now <= window.ends + LATE and at <= window.ends:
        at = max(at, window.at)
        window.engagement[word] = min(at, window.engagement.get(word, at))


def _received(turn: Turn, held: Held, event: Event, at: int) -> None:
    word = receipts.OUTCOMES[event.name]
    if receipts.is_soft(word, event):
        return
    if receipts.is_by_machine(word, event):
        word = f"machine_{word}"
    _happened(turn, _of_decision(held, event.properties.get("decision_id")), word, at)


def _denied(turn: Turn, held: Held, at: int) -> None:
    """The customer no longer wants it. That counts for every window whose message would not be sent any more, held out or not, whichever message
    made the customer say so: only then can those who got a message be compared with those who did not."""
    profile, rules = turn.profile, turn.book.policy.consent
    for window in held.windows:
        if "unsubscribed" in window.engagement or not is_in(turn, window, at):
            continue
        campaign = turn.book.campaigns.get(window.campaign)
        if campaign is not None and consent.against(profile, campaign.purpose, window.channel, turn.now, rules) is not None:
            window.engagement["unsubscribed"] = at


def is_in(turn: Turn, window: Window, at: int) -> bool:
    """Whether what happened at `at` and is reported now falls into a window."""
    return window.at < at <= window.ends and turn.now <= window.ends + LATE


def refresh(turn: Turn, held: Held) -> Set[int]:
    """Read again what the ledger says of the orders that count. Returns the windows for which that makes a difference."""
    ledger = {order.mark: order for order in orders.ledger(turn.profile)}
    news = [(each, order) for each in held.conversions if (order := ledger.get(each.mark)) is not None and _as_it_is(each) != _as_told(order)]
    if not news:
        return frozenset()
    was = {number: worth(sums) for number, sums in figures(held).items()}
    for each, order in news:
        _as_in_ledger(each, order)
    return {number for number, sums in figures(held).items() if worth(sums) != was[number]}


def of_order(order: orders.Order) -> Conversion:
    """An order of the ledger as a conversion, of which nobody knows yet into which windows it fell."""
    amount, back, gone, unclear = _as_told(order)
    return Conversion(order.mark, order.at, [], amount, back, gone, unclear)


def _as_in_ledger(conversion: Conversion, order: orders.Order | None) -> None:
    if order is not None:
        conversion.amount, conversion.back, conversion.gone, conversion.unclear = _as_told(order)


def _as_it_is(conversion: Conversion) -> tuple[float | None, float, bool, bool]:
    return conversion.amount, conversion.back, conversion.gone, conversion.unclear


def _as_told(order: orders.Order) -> tuple[float | None, float, bool, bool]:
    """What the ledger says of an order. Of what waits nobody knows yet in which currency it is."""
    return order.amount, order.back or 0.0, order.gone, order.unclear or bool(order.waiting)


def _convert(turn: Turn, held: Held, event: Event, at: int) -> None:
    """The goal of one or several campaigns was reached, once."""
    is_order = event.name == orders.COMPLETED
    mark = orders.mark_of(event.properties, event.message_id) if is_order else fingerprint(f"{event.source}\x1e{event.message_id}")
    if any(each.mark == mark for each in held.conversions):
        return
    hits = list(_hits(turn, held, event, at))
    if not hits:
        return
    in_base = turn.book.policy.currency.in_base(event.properties)
    amount = next((each for each in orders.amounts_of(in_base) if each is not None), None)
    conversion = Conversion(mark, at, hits, amount)
    if is_order:
        _as_in_ledger(conversion, next((each for each in orders.ledger(turn.profile) if each.mark == mark), None))
    held.conversions.append(conversion)


def _hits(turn: Turn, held: Held, event: Event, at: int) -> Iterator[tuple[int, float | None]]:
    """The windows into which it falls, and what it is worth where that is an expression."""
    moment: Moment | None = None
    known: dict[str, tuple[bool, float | None]] = {}
    campaigns = {campaign.name: campaign for campaign in turn.book.by_goal[event.name]}
    for window in held.windows:
        campaign = campaigns.get(window.campaign)
        if campaign is None or campaign.goal is None or not is_in(turn, window, at):
            continue
        if campaign.name not in known:
            moment = moment or Moment(
                user_id=turn.user_id, profile=turn.profile, now=turn.as_of, cart=None, properties=event.properties, policy=turn.book.policy
            )
            known[campaign.name] = _asked(turn, campaign, campaign.goal, moment)
        counts, value = known[campaign.name]
        if counts:
            yield window.number, value


def _asked(turn: Turn, campaign: Campaign, goal: Goal, moment: Moment) -> tuple[bool, float | None]:
    """Whether the event counts, and its value. Where an expression fails, it does not count, or its value is unknown: the event is not lost."""
    try:
        if goal.when is not None and not goal.when.met(moment):
            return False, None
    except Exception:
        turn.counts["failures"] += 1
        return False, None
    try:
        value = None if goal.value is None else number(goal.value.evaluate(moment))
    except Exception:
        turn.counts["failures"] += 1
        value = None
    return True, value
