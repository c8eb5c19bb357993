"""The directory says who there is: one record for each day that somebody comes, one when something changes, and an end."""

from typing import Any

from tests.builders import DAY, HOUR, MINUTE, MONDAY, Life, book, campaign, event
from udfs.core.directory import Forgotten, Person
from udfs.core.engine import Engine
from udfs.core.profile.stored import decode
from udfs.core.records import Event

T = MONDAY + 10 * HOUR
GRANT: dict[str, Any] = {"consent": {"default": {"marketing": "grant"}}}
SEGMENTS: dict[str, Any] = {"segments": [{"segment": "lookers", "when": "session.product_views > 1"}], "refresh": "1d"}


def somebody(*documents: dict[str, Any]) -> Life:
    return Life(Engine(book(*(documents or (campaign(), GRANT))), people=True))


def seen(name: str, at: int, **more: Any) -> Event:
    return event(name, at, received=at, **more)


def written(life: Life) -> list[Person | Forgotten]:
    return [record for record in life.records if isinstance(record, (Person, Forgotten))]


def test_a_day_of_visits_is_one_record() -> None:
    life = somebody().live([seen("page", T + n * MINUTE) for n in range(50)])
    (person,) = written(life)
    assert person == Person(user_id="ada", anonymous=False, first_seen="2026-01-05", last_seen="2026-01-05", segments=[], country=None, opted_in=[])
    life.live([seen("page", T + DAY), seen("page", T + DAY + HOUR)])
    assert [each.last_seen for each in written(life) if isinstance(each, Person)] == ["2026-01-05", "2026-01-06"]


def test_nothing_is_written_unless_a_directory_is_kept() -> None:
    assert written(Life(Engine(book(campaign(), GRANT))).live([seen("page", T)])) == []


def test_a_change_of_country_is_written_at_once() -> None:
    life = somebody().live([seen("page", T), seen("page", T + 1, context={"locale": "de-AT"}), seen("identify", T + 2, traits={"country": "FR"})])
    assert [each.country for each in written(life) if isinstance(each, Person)] == [None, "AT", "FR"]


def test_consent_is_written_when_it_is_given_and_when_it_is_withdrawn() -> None:
    given = {"purpose": "marketing", "channel": "email"}
    life = somebody().live([seen("page", T), seen("consent_given", T + 1, **given), seen("page", T + 2), seen("consent_withdrawn", T + 3, **given)])
    assert [each.opted_in for each in written(life) if isinstance(each, Person)] == [[], ["marketing/email"], []]


def test_who_comes_into_a_segment_is_written_with_it() -> None:
    life = somebody(SEGMENTS, GRANT).live([seen("product_viewed", T + n * MINUTE, product_id=f"p{n}") for n in range(4)])
    assert [each.segments for each in written(life) if isinstance(each, Person)] == [[], ["lookers"]]


def test_who_is_forgotten_ends_and_may_begin_again() -> None:
    life = somebody().live([seen("page", T)])
    life.wait(T + 1000 * DAY)
    assert written(life)[-1] == Forgotten(user_id="ada")
    life.live([seen("page", T + 1001 * DAY)])
    assert isinstance(written(life)[-1], Person)


def test_without_consent_to_storage_the_record_ends_once_and_none_is_written() -> None:
    no = {"purpose": "storage"}
    life = somebody().live([seen("page", T), seen("consent_withdrawn", T + 1, **no), seen("page", T + 2), seen("page", T + DAY)])
    assert [type(each) for each in written(life)] == [Person, Forgotten]


def test_a_profile_of_an_older_savepoint_is_written_at_its_next_event() -> None:
    before = Life(Engine(book(campaign(), GRANT))).live([seen("page", T)])
    life = somebody()
    life.blob = before.blob
    life.live([seen("page", T + 1)])
    assert len(written(life)) == 1


def test_it_costs_a_customer_a_few_bytes() -> None:
    with_it, without = somebody().live([seen("page", T)]), Life(Engine(book(campaign(), GRANT))).live([seen("page", T)])
    assert with_it.blob is not None
    assert without.blob is not None
    assert decode(with_it.blob).listed
    assert len(with_it.blob) - len(without.blob) <= 8
