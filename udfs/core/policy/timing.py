"""The hour at which somebody reads messages: `send: {at: best}` waits for it. docs/send-time.md says how it is found, and what it cannot know.

Nothing is kept for it: the reactions that suppression counts say when messages were opened and clicked, for 121 days, and are merged with them.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from udfs.core.policy import quiet
from udfs.core.policy.case import Case, Closed
from udfs.core.profile.receipts import REACTIONS_FOR
from udfs.core.profile.state import Reaction
from udfs.core.records import Fact, Reason
from udfs.core.values.durations import HOUR, MINUTE
from udfs.core.values.zones import wall

HOURS = 24
HABIT = 3
"""So many messages read make a habit where nothing is known of all customers: fewer say nothing."""
LIES = (1.0, 0.75, 0.5, 0.25)
"""A message that is read in the hour in which it comes counts whole; one that has to lie for some hours counts less: it is less likely read."""
AHEAD = 15 * MINUTE
"""It comes in the quarter of an hour before, so that it is there at the hour."""
POPULATION = 5.0
"""The hours of all customers count like so many messages that the customer has just read."""
HALF_LIFE = 60
"""Days after which a message that was read counts half. Whole days, so that two hours of one day are equally good."""
EVEN = (1 / HOURS,) * HOURS
_READ = frozenset({"opened", "clicked"})


class Habit(NamedTuple):
    """When a customer reads messages, by the hour of the day where they are."""

    read: tuple[int, ...]
    """How many messages."""
    weight: tuple[float, ...]
    """The same, the latest counting most."""


def check(case: Case, channel: str | None) -> Closed | None:
    """Whether a better hour is ahead while the message is of use. It is put off for that once."""
    if channel is None or not case.campaign.at_best or Reason.SEND_TIME in case.deferred_by:
        return None
    habit = habit_of(case.profile.reactions, case.now, case.zone)
    population, of = case.policy.send_hours, sum(habit.read)
    if of < (1 if population else HABIT):
        if not population:
            return None  # all hours are alike
        habit = NONE
    shares = [mine + POPULATION * theirs for mine, theirs in zip(habit.weight, population or EVEN, strict=True)]
    hour, begins = max(_ahead(case, channel), key=lambda each: (_worth(shares, each[0]), -each[1]))
    if begins - AHEAD <= case.now:
        return None
    read = sum(habit.read[(hour + later) % HOURS] for later in range(len(LIES)))
    fact: Fact = {"hour": hour, "zone": case.zone.key, "opens": read, "of": of}
    told = f"{read} of {of} opens from then to {(hour + len(LIES) - 1) % HOURS}:59" if of else "by the hours of all customers"
    return Closed(Reason.SEND_TIME, f"best hour {hour}: {told}", (fact,), "defer", begins - AHEAD, AHEAD)


NONE = Habit((0,) * HOURS, (0.0,) * HOURS)


def _worth(shares: Sequence[float], hour: int) -> float:
    """What a message that comes at an hour is worth: what is read then, and of what is read later the less the longer it has to lie."""
    return sum(lies * shares[(hour + later) % HOURS] for later, lies in enumerate(LIES))


def habit_of(reactions: Sequence[Reaction], now: int, zone: ZoneInfo) -> Habit:
    """When messages were opened or clicked in the last 121 days. An open and the clicks of the same hour are one."""
    read, weight = [0] * HOURS, [0.0] * HOURS
    known: set[tuple[str, str, int, int]] = set()
    today = wall(now, zone).toordinal()
    for each in reactions:
        if each.kind not in _READ or each.at <= now - REACTIONS_FOR:
            continue
        local = wall(each.at, zone)
        day = local.toordinal()
        mark = each.campaign, each.channel, day, local.hour
        if mark not in known:
            known.add(mark)
            read[local.hour] += 1
            weight[local.hour] += 0.5 ** (max(0, today - day) / HALF_LIFE)
    return Habit(tuple(read), tuple(weight))


def _ahead(case: Case, channel: str) -> Iterator[tuple[int, int]]:
    """The hours of the day from now on in which it may go out, and when each begins (now: this one): outside quiet hours, and over before the message
    expires. Hours follow each other in real time, so a change of daylight saving leaves one out, or brings it twice."""
    rule = case.policy.quiet_hours
    home = quiet.zone_for(rule, case.profile) if rule is not None and quiet.concerns(rule, case.campaign, channel) else None
    local, ends = wall(case.now, case.zone), case.asked + case.campaign.expires
    yield local.hour, case.now
    first = case.now - (local.minute * MINUTE + local.second * 1_000 + local.microsecond // 1_000)
    for begins in range(first + HOUR, min(first + HOURS * HOUR, ends - HOUR + 1), HOUR):
        if home is None or rule is None or not (quiet.is_quiet(rule, begins, home) or quiet.is_quiet(rule, begins + HOUR - 1, home)):
            yield wall(begins, case.zone).hour, begins
