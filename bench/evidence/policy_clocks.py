"""Claim 4 of policy: the customer's own clock, minute by minute through both changes of daylight saving in three zones, and her days and weeks."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bench.report import Claim, exactly, measured
from tests.oracles.play import Customer, World, book_of
from tests.oracles.times import HOUR, MINUTE, WEEKDAYS, is_quiet, period, quiet_until, wall
from udfs.core.policy import caps, quiet
from udfs.core.policy.language.policy import compile_policy
from udfs.core.policy.rules import Policy
from udfs.core.profile.state import Message
from udfs.core.records import Event
from udfs.core.values import chance

CHANGES = {
    "Europe/Berlin": ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
}
NIGHTS = (("22:00", "08:00"), ("21:30", "07:15"), ("22:00", "02:15"), ("00:30", "02:30"), ("12:00", "14:00"), ("20:00", "19:50"))
MAIL = {
    "campaign": "mail",
    "trigger": {"event": "page"},
    "variants": {"mail": {"channel": "email", "content": {"body": "x"}}},
    "send": {"expires": "10d"},
}
CAMPAIGN = book_of(None, [MAIL]).campaigns["mail"]


def check() -> list[Claim]:
    """Rules alone minute by minute, then the whole engine every few minutes."""
    minutes, wrong = _nights()
    decisions, awake = _through_the_engine()
    days, shifted = _calendars()
    return [
        measured("minutes around six changes of the clock, under six kinds of quiet hours", minutes, "minutes"),
        exactly("of them decided otherwise, or with another end, than by her wall clock", wrong, "minutes", 0),
        measured("messages decided by the engine through those nights", decisions, "messages"),
        exactly("of them sent at night, or released at another time than the end of the night and her jitter", awake, "messages", 0),
        measured(
            "boundaries of days, weeks (by each first day) and months of 2026 in three zones: a moment before and at midnight", days, "instants"
        ),
        exactly("of them at which a calendar cap opens too early or too late", shifted, "instants", 0),
    ]


def _around(zone: str, day: str) -> range:
    noon = int(datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
    return range(noon - 36 * HOUR, noon + 36 * HOUR, MINUTE)


def _nights() -> tuple[int, int]:
    minutes = wrong = 0
    for start, end in NIGHTS:
        rule = compile_policy({"quiet_hours": {"from": start, "to": end}}).quiet_hours
        assert rule is not None
        for zone, changes in CHANGES.items():
            for at in (at for day in changes for at in _around(zone, day)):
                asleep = is_quiet(at, zone, start, end)
                minutes += 1
                wrong += quiet.is_quiet(rule, at, ZoneInfo(zone)) is not asleep
                wrong += asleep and quiet.ends(rule, at, ZoneInfo(zone)) != quiet_until(at, zone, start, end)
    return minutes, wrong


def _through_the_engine() -> tuple[int, int]:
    decisions = wrong = 0
    for number, (start, end) in enumerate(NIGHTS):
        policy = {"consent": {"default": {"marketing": "grant"}}, "quiet_hours": {"from": start, "to": end, "spread": "5m"}}
        for zone, changes in CHANGES.items():
            for day in changes:
                customer = Customer(World(user=f"customer-{number}", policy=policy, campaigns=(MAIL,)))
                for at in _around(zone, day)[::7]:
                    page = Event(
                        message_id=str(at),
                        type="page",
                        name="page",
                        user_id=customer.user,
                        at=at,
                        properties={},
                        traits={"timezone": zone},
                        context={},
                    )
                    customer.meet(page)
                customer.wait()
                jitter = {
                    each.deferred_until - quiet_until(each.at, zone, start, end) for each in customer.decisions if each.deferred_until is not None
                }
                acted = [each for each in customer.decisions if each.outcome == "acted"]
                decisions += len(acted)
                wrong += sum(is_quiet(each.at, zone, start, end) for each in acted) + (
                    jitter != {round(chance.lot("release", customer.user) * 5 * MINUTE)}
                )
    return decisions, wrong


def _calendars() -> tuple[int, int]:
    instants = wrong = 0
    for zone in CHANGES:
        place = ZoneInfo(zone)
        for week_starts, per in [(0, "day"), (0, "month"), *((first, "week") for first in range(7))]:
            policy = compile_policy({"caps": [{"id": "c", "channel": "any", "max": 1, "per": per}], "week_starts": WEEKDAYS[week_starts]})
            for day in (date(2026, 1, 1) + timedelta(days=number) for number in range(365)):
                noon = int(datetime(day.year, day.month, day.day, 12, tzinfo=place).timestamp() * 1000)
                begun, following = period(noon, zone, per, WEEKDAYS[week_starts])
                assert wall(begun, zone).date() <= day
                for at, counts in ((begun - 1, False), (begun, True), (following - 1, True)):
                    instants += 1
                    wrong += _is_full(policy, at, following - 1, place) is not counts
                instants += 1
                wrong += _is_full(policy, following - 1, following, place)
    return instants, wrong


def _is_full(policy: Policy, sent: int, now: int, place: ZoneInfo) -> bool:
    message = Message(at=sent, channel="email", campaign="mail")
    return caps.against(policy, [message], CAMPAIGN, "email", now=now, place=place, in_holdout=False) is not None
