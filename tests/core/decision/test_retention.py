"""Who is silent for long enough is forgotten, but for what was denied; what has begun is brought to its end first."""

import random
from typing import Any

import pytest

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, add, book, campaign, event, mail
from udfs.core.engine import Engine
from udfs.core.policy.language.policy import compile_policy
from udfs.core.policy.rules import RETENTION, Retention
from udfs.core.profile.stored import decode, encode
from udfs.core.profile.stub import is_stub
from udfs.core.records import Event, Segment
from udfs.core.values.problems import DocumentError

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
WAY_OFF = T + 1000 * DAY


def seen(name: str, at: int, /, *, anonymous: bool = False, **more: Any) -> Event:
    happened = event(name, at, received=at, **more)
    return Event(**{**{name: getattr(happened, name) for name in happened.__struct_fields__}, "anonymous_id": "ada" if anonymous else None})


def silent(*documents: dict[str, Any], user: str = "ada") -> Life:
    """Somebody under these campaigns and a policy that keeps nobody forever."""
    return Life(Engine(book(*(documents or (campaign(), GRANT)))), user)


def later(life: Life, at: int) -> Life:
    """Time moves on to `at`, timer or not."""
    life.wait(at)
    step = life.engine.on_time(life.blob, life.user, at)
    life.blob, life.due = step.blob, step.due
    life.records += step.records
    return life


def soon_after(at: int, due: int | None, span: int) -> bool:
    return due is not None and at <= due < at + span // 10


def test_somebody_known_is_forgotten_after_400_days_and_somebody_anonymous_after_30() -> None:
    known = silent().live([seen("page", T)])
    assert soon_after(T + 400 * DAY, known.due, 400 * DAY)
    assert later(known, T + 400 * DAY - 1).blob
    assert later(known, T + 400 * DAY).blob == b""
    assert known.due is None
    anonymous = silent().live([seen("page", T, anonymous=True)])
    assert soon_after(T + 30 * DAY, anonymous.due, 30 * DAY)
    assert anonymous.wait(WAY_OFF).blob == b""


def test_an_anonymous_profile_becomes_known_and_stays_so() -> None:
    life = silent().live([seen("page", T, anonymous=True), seen("page", T + HOUR)])
    assert soon_after(T + HOUR + 400 * DAY, life.due, 400 * DAY)
    life.live([seen("page", T + 2 * HOUR, anonymous=True)])
    assert soon_after(T + 2 * HOUR + 400 * DAY, life.due, 400 * DAY)


def test_each_event_prolongs_it_and_a_timer_that_comes_early_forgets_nothing() -> None:
    life = silent().live([seen("page", T), seen("page", T + DAY)])
    step = life.engine.on_time(life.blob, "ada", T + 400 * DAY)
    assert step.blob == life.blob
    assert soon_after(T + 401 * DAY, step.due, 400 * DAY)


def test_without_a_policy_nobody_is_forgotten() -> None:
    assert Life(Engine(book(campaign()))).live([seen("page", T)]).due is None


def test_a_denial_outlives_the_profile_in_a_few_bytes_and_still_holds() -> None:
    life = silent(mail(), GRANT).live([seen("go", T), seen("unsubscribed", T + 1)]).wait(WAY_OFF)
    assert is_stub(life.blob or b"")
    assert len(life.blob or b"") < 60
    assert life.due is None
    life.live([seen("go", WAY_OFF + DAY)])
    assert life.told[-1][:2] == ("withheld", "UNSUBSCRIBED")
    assert decode(life.blob or b"").born == WAY_OFF + DAY


def test_a_banner_that_repeats_itself_does_not_take_a_denial_back() -> None:
    ticked = {"consent": {"categoryPreferences": {"marketing": True}}}
    life = silent(mail(), GRANT).live([seen("page", T, context=ticked), seen("unsubscribed", T + 1)]).wait(WAY_OFF)
    life.live([seen("go", WAY_OFF + DAY, context=ticked)])
    assert life.told[-1][:2] == ("withheld", "UNSUBSCRIBED")


def test_an_address_that_bounced_is_known_again_and_a_new_one_opens_the_channel() -> None:
    first = {"email": "Ada@example.com"}
    life = silent(mail(), GRANT).live([seen("identify", T, traits=first)])
    life.live([seen("message_bounced", T + 1, channel="email")]).wait(WAY_OFF)
    assert b"example" not in (life.blob or b"")
    life.live([seen("identify", WAY_OFF, traits={"email": "ada@example.com "}), seen("go", WAY_OFF + 1)])
    assert life.told[-1][:2] == ("withheld", "UNREACHABLE")
    life.live([seen("identify", WAY_OFF + 2, traits={"email": "new@example.com"}), seen("go", WAY_OFF + 3)])
    assert life.told[-1][0] == "acted"
    assert decode(life.blob or b"").bounced == {}


def test_a_flag_of_the_customers_own_outlives_it() -> None:
    life = silent(mail(), GRANT).live([seen("identify", T, traits={"email_reachable": False, "city": "Rome"})]).wait(WAY_OFF)
    life.live([seen("go", WAY_OFF)])
    assert life.told[-1][:2] == ("withheld", "UNREACHABLE")
    assert "city" not in decode(life.blob or b"").traits


def test_a_stub_is_forgotten_and_remembered_over_and_over() -> None:
    life = silent(mail(), GRANT).live([seen("unsubscribed", T)]).wait(WAY_OFF)
    stub = life.blob
    for round_ in range(1, 4):
        life.live([seen("page", WAY_OFF + round_ * 500 * DAY)])
        assert not is_stub(life.blob or b"")
        later(life, WAY_OFF + round_ * 500 * DAY + 400 * DAY)
        assert life.blob == stub


def test_what_has_begun_is_brought_to_its_end_first() -> None:
    journey = mail("tour", steps=[{"wait": "60d"}, {"send": "mail"}])
    life = silent(journey, GRANT).live([seen("go", T, anonymous=True)])
    assert life.due == T + 60 * DAY
    life.wait(T + 59 * DAY)
    assert life.told == []
    life.wait(T + 60 * DAY)
    assert life.acted_at == [T + 60 * DAY]
    assert life.blob == b""
    late = mail("back", trigger={"since": "page", "wait": "90d"})
    life = silent(late, GRANT).live([seen("page", T, anonymous=True)]).wait(WAY_OFF)
    assert life.acted_at == [T + 90 * DAY]


def test_a_birthday_puts_nothing_off() -> None:
    birthday = mail("birthday", trigger={"date": "user.birthday"})
    life = silent(birthday, GRANT).live([seen("identify", T, traits={"birthday": "1990-03-01"})]).wait(T + 3000 * DAY)
    assert len(life.acted_at) == 1
    assert life.blob == b""


def test_segments_are_left_with_records() -> None:
    segments = {"segments": [{"segment": "vip", "when": 'seen("go")'}]}
    life = silent(segments, mail(), GRANT).live([seen("go", T)]).wait(WAY_OFF)
    changes = [(each.segment, each.change, each.at) for each in life.records if isinstance(each, Segment)]
    assert changes == [("vip", "entered", T), ("vip", "left", T + 400 * DAY)]


def test_whoever_may_not_be_remembered_is_forgotten_all_the_same_and_the_denial_stays() -> None:
    denied = seen("consent_withdrawn", T, purpose="storage")
    life = silent(mail(), GRANT).live([denied, seen("page", T + HOUR, anonymous=True)]).wait(WAY_OFF)
    assert is_stub(life.blob or b"")
    life.live([seen("go", WAY_OFF)])
    assert life.told == []


def test_an_event_at_the_very_instant_wins() -> None:
    life = silent().live([seen("page", T), seen("page", T + 400 * DAY)])
    assert decode(life.blob or b"").born == T
    life = silent().live([seen("page", T), seen("page", T + 400 * DAY + 1)])
    assert decode(life.blob or b"").born == T + 400 * DAY + 1


def test_a_redelivery_after_all_that_time_is_an_event_of_somebody_new_with_or_without_the_timer() -> None:
    told = seen("page", T, message_id="same")
    again = seen("page", T + 500 * DAY, message_id="same")
    untimed, timed = silent().live([told, again]), silent().live([told]).wait(WAY_OFF)
    timed.live([again])
    assert untimed.blob == timed.blob
    assert untimed.engine.counts["duplicates"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("anonymous", [False, True])
def test_timers_between_any_two_records_or_none_leave_the_same_bytes_and_records(*, anonymous: bool) -> None:
    documents = (
        {"segments": [{"segment": "vip", "when": 'seen("go", "20d")'}]},
        campaign(),
        mail("tour", trigger={"event": "go"}, entry={"again": "2d"}, steps=[{"wait": "25d"}, {"send": "mail"}]),
        mail("back", trigger={"since": "page", "wait": "45d"}),
        mail("birthday", trigger={"date": "user.birthday"}),
        {**GRANT, "retention": {"anonymous": "7d", "known": "30d"}, "quiet_hours": {"from": "20:00", "to": "08:00", "then": "defer"}},
    )
    for seed in range(60):
        chance = random.Random(seed)
        at, told = T, []
        for number in range(14):
            at += round(10 ** chance.uniform(3, 9.8))
            name = chance.choice(["page", "go", "product_added", "unsubscribed", "identify", "order_completed", "message_bounced"])
            more: dict[str, Any] = {"traits": {"birthday": "1990-03-01", "email": "a@b.c"}} if name == "identify" else {}
            more |= {"channel": "email"} if name == "message_bounced" else {}
            mid = f"m{chance.randrange(number + 1)}"
            told.append(add(at, received=at) if name == "product_added" else seen(name, at, anonymous=anonymous, message_id=mid, **more))
        lives = [silent(*documents), silent(*documents)]
        for happened in told:
            if chance.random() < 0.5:
                later(lives[1], chance.randint(min(T, happened.received), happened.received - 1))
            else:
                later(lives[1], happened.received - 1)
            for life in lives:
                life.live([happened])
        for life in lives:
            later(life, at)
        assert lives[0].blob == lives[1].blob, seed
        assert lives[0].records == lives[1].records, seed


def test_the_policy_says_how_long() -> None:
    assert compile_policy(GRANT).retention == RETENTION
    assert compile_policy({"retention": {"anonymous": "7d"}}).retention == Retention(anonymous=7 * DAY, known=400 * DAY)
    for wrong in ({"known": "6d"}, {"known": "never"}, {"all": "30d"}, "30d"):
        with pytest.raises(DocumentError, match=r"retention|7d|duration|unknown"):
            compile_policy({"retention": wrong})


def test_a_profile_of_an_older_savepoint_counts_from_its_newest_event() -> None:
    life = silent().live([seen("page", T)])
    old = decode(life.blob or b"")
    old.clock = 0
    step = life.engine.on_event(encode(old), seen("page", T + MINUTE))
    assert soon_after(T + MINUTE + 400 * DAY, step.due, 400 * DAY)
    assert life.engine.on_time(encode(old), "ada", T + 400 * DAY).blob == b""


def test_somebody_who_comes_every_day_has_few_timers() -> None:
    life = silent()
    asked = set()
    for day in range(400):
        life.live([seen("page", T + day * DAY)])
        asked.add(life.due)
    assert len(asked) <= 12
