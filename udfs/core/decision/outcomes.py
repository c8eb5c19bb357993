"""Outcomes of decisions: a window for each that acted or was held out, and a record when it is reached, when it ends and when it is revised.

Two clocks, as everywhere. A window begins with its decision and ends by record time. What falls into it is placed by event time, though not
after the time at which it was reported; what is reported late still counts for a while. So when timers fire makes no difference. What a
record says is computed from the facts that are kept (`figures`): nothing is added up on the way, and so nothing is counted twice.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.goal import BASES
from udfs.core.counts import note
from udfs.core.decision import goals_of_both, reached
from udfs.core.decision.credit import MODELS
from udfs.core.decision.figures import DIGITS, Worth, figures, settle, worth
from udfs.core.decision.turn import Turn
from udfs.core.goal_outcome import GoalOutcome, OutcomeStatus
from udfs.core.profile import receipts, windows
from udfs.core.profile.state import Profile
from udfs.core.profile.windows import NO_VALUE, OF_EXPRESSION, OF_REVENUE, Held, Sums, Window
from udfs.core.records import Decision, Event, Outcome
from udfs.core.values.chance import fingerprint

MAX_WINDOWS = 64
"""Of one customer. Those that have ended give way first, then the oldest, with a record that says so."""
MAX_CONVERSIONS = 32
"""That can still be taken back; beyond it the oldest are settled."""


def opened(turn: Turn, campaign: Campaign, decision: Decision) -> list[GoalOutcome]:
    """A decision has acted, or was held out: from now on its outcome is waited for. Returns the last record of what gives way to it."""
    goal = campaign.goal
    if goal is None:
        return []
    held = _tidied(turn)
    records = _make_room(turn, held, MAX_WINDOWS - 1)
    held.opened += 1
    window = Window(
        number=held.opened,
        decision_id=bytes.fromhex(decision.decision_id.replace("-", "")),
        at=turn.now,
        ends=turn.now + goal.within,
        campaign=campaign.name,
        version=campaign.version,
        variant=decision.variant or "",
        channel=decision.channel or "",
        outcome=decision.outcome.value,
        basis=BASES.index(goal.basis),
        half_life=goal.half_life,
        kind=OF_REVENUE if goal.of_revenue else NO_VALUE if goal.value is None else OF_EXPRESSION,
    )
    held.windows.append(window)
    _keep(turn, held)
    return records


def after_event(turn: Turn, event: Event, made: Sequence[object], *, is_news: bool) -> list[GoalOutcome]:
    """What an event changes, once the profile knows of it. `made`: the records that it has caused so far; `is_news`: it is no order that was
    reported before."""
    if turn.profile.measured is None or not reached.concerns(turn.book, event, made):
        return []
    held = _tidied(turn)
    settle(held, held.conversions[: max(0, len(held.conversions) - MAX_CONVERSIONS + 1)])
    changed = reached.take(turn, held, event, made, is_news=is_news)
    records = _told_again(turn, held, changed)
    _credit(turn, records)
    _keep(turn, held)
    return records


def before_link(turn: Turn, other: Profile) -> dict[bytes, Worth]:
    """Two histories are about to become one: of each what can no longer change is settled, and each counts the goals that the other one saw.
    Returns what the conversions of each decision came to so far, by its id."""
    sides = [(each, _tidy(turn, windows.held(each))) for each in (turn.profile, other)]
    was: dict[bytes, Worth] = {}
    for _, held in sides:
        found = figures(held)
        was |= {window.decision_id: worth(found[window.number]) for window in held.windows}
    goals_of_both.count(turn, *sides)
    for profile, held in sides:
        if profile.measured is not None:
            windows.keep(profile, held, settled=profile.measured.closes)
    return was


def after_link(turn: Turn, made: Sequence[object], was: Mapping[bytes, Worth]) -> list[GoalOutcome]:
    """Two histories have become one. `made`: the records that this has caused so far; `was`: by `before_link`. A person gets no extra room for having
    had many ids. Returns what has to be said now, and the last records of what gives way."""
    held = _tidied(turn)
    reached.recalled(turn, held, made)
    reached.refresh(turn, held)
    found = figures(held)
    changed = {window.number for window in held.windows if worth(found[window.number]) != was.get(window.decision_id)}
    records = _told_again(turn, held, changed)
    _credit(turn, records)
    settle(held, held.conversions[: max(0, len(held.conversions) - MAX_CONVERSIONS)])
    records += _make_room(turn, held, MAX_WINDOWS)
    _keep(turn, held)
    return records


def close(turn: Turn) -> list[GoalOutcome]:
    """Windows end at this instant, or what was kept of them goes."""
    held = _tidied(turn)
    ended = [window for window in held.windows if not window.closed and window.ends <= turn.now]
    found = figures(held)
    records = []
    for window in ended:
        window.closed = True
        records.append(_record(turn, window, found[window.number], OutcomeStatus.FINAL))
    _keep(turn, held)
    return records


def cut(turn: Turn, made: Iterable[object] = ()) -> list[GoalOutcome]:
    """The customer is forgotten: what is known of the windows that are open is said for the last time, and nothing is kept. `made`: the records
    that this has caused so far."""
    if turn.profile.measured is None:
        return []
    held = _tidied(turn)
    reached.recalled(turn, held, made)
    turn.profile.measured = None
    return _cut(turn, held, [window for window in held.windows if not window.closed])


def _make_room(turn: Turn, held: Held, most: int) -> list[GoalOutcome]:
    """At most so many windows are left. Returns the last record of each that has not ended and gives way."""
    records: list[GoalOutcome] = []
    while len(held.windows) > most:
        oldest = min(held.windows, key=lambda window: (not window.closed, window.at, window.number))
        settle(held, [each for each in held.conversions if any(number == oldest.number for number, _ in each.hits)])
        if not oldest.closed:
            records += _cut(turn, held, [oldest])
        held.windows.remove(oldest)
    return records


def _cut(turn: Turn, held: Held, cut_short: Iterable[Window]) -> list[GoalOutcome]:
    found = figures(held)
    records = []
    for window in cut_short:
        note(turn.counts, "outcomes_cut", window.campaign)
        records.append(_record(turn, window, found[window.number], OutcomeStatus.CUT))
    return records


def _tidied(turn: Turn) -> Held:
    """What is kept, without what can no longer change."""
    return _tidy(turn, windows.held(turn.profile))


def _tidy(turn: Turn, held: Held) -> Held:
    settle(held, [each for each in held.conversions if each.at + reached.REVISED_FOR < turn.now])
    needed = {number for each in held.conversions for number, _ in each.hits}
    held.windows = [each for each in held.windows if not each.closed or each.number in needed or turn.now <= each.ends + reached.LATE]
    return held


def _keep(turn: Turn, held: Held) -> None:
    """Where no window is open, one more instant comes: when the last that is kept of them can go."""
    last_report = max((window.ends + reached.LATE for window in held.windows), default=0)
    last_refund = max((each.at + reached.REVISED_FOR for each in held.conversions), default=0)
    windows.keep(turn.profile, held, settled=max(last_report, last_refund) + 1)


def _told_again(turn: Turn, held: Held, changed: Set[int]) -> list[GoalOutcome]:
    """The records of windows of which something else has to be said now: of an open one, that its goal was reached, or what was paid back
    (`changed`)."""
    found = figures(held)
    records = []
    for window in held.windows:
        sums = found[window.number]
        is_news = window.number in changed if window.written else sums.conversions > 0
        if not (window.closed or is_news):
            continue
        if window.written and _mark(window, sums) == window.told:
            continue
        records.append(_record(turn, window, sums, OutcomeStatus.FINAL if window.closed else OutcomeStatus.PROVISIONAL))
    return records


def _credit(turn: Turn, records: Iterable[GoalOutcome]) -> None:
    """A message to which a conversion is credited was answered, also where nobody can see whether it was opened."""
    for each in records:
        if each.outcome is Outcome.ACTED:
            receipts.credited(turn.profile, each.decision_id, each.first_at if each.credit["last"] > 0 else None)


def _mark(window: Window, sums: Sums) -> bytes:
    credit = [f"{each:.6f}" for each in (*sums.credit, *sums.credited_value)] if any(sums.credit) else []
    return fingerprint(f"{worth(sums)}{sums.first}{credit}{window.engagement}")


def _record(turn: Turn, window: Window, sums: Sums, status: OutcomeStatus) -> GoalOutcome:
    revision, window.written, window.told = window.written, window.written + 1, _mark(window, sums)
    note(turn.counts, "outcomes", window.campaign)
    return GoalOutcome(
        decision_id=_id_of(window),
        revision=revision,
        status=status,
        user_id=turn.user_id,
        campaign=window.campaign,
        campaign_version=window.version,
        variant=window.variant,
        channel=window.channel,
        outcome=Outcome(window.outcome),
        starts=window.at,
        ends=window.ends,
        conversions=sums.conversions,
        value=None if window.kind == NO_VALUE else round(sums.value, DIGITS),
        unvalued=sums.unvalued,
        first_at=sums.first or None,
        engagement=dict(window.engagement),
        basis=BASES[window.basis],
        credit=_by_model(sums.credit),
        credited_value=_by_model(sums.credited_value) if window.kind != NO_VALUE else {},
        at=turn.now,
    )


def _id_of(window: Window) -> str:
    """What `UUID` makes of its bytes, in a third of its time."""
    told = window.decision_id.hex()
    return f"{told[:8]}-{told[8:12]}-{told[12:16]}-{told[16:20]}-{told[20:]}"


def _by_model(numbers: Sequence[float]) -> dict[str, float]:
    return {model: round(number, DIGITS) for model, number in zip(MODELS, numbers, strict=True)} if numbers else dict.fromkeys(MODELS, 0.0)
