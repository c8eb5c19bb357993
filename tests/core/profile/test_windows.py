"""Windows and conversions in a profile: packed and read again, and of two profiles that are one person."""

from udfs.core.decision.figures import figures
from udfs.core.profile import windows
from udfs.core.profile.state import Profile
from udfs.core.profile.windows import ACTED, OF_REVENUE, Conversion, Held, Window


def window(number: int, at: int, *, closed: bool = False) -> Window:
    return Window(
        number=number,
        decision_id=bytes([at]) * 16,
        at=at,
        ends=at + 100,
        campaign="news",
        version="v1",
        variant="mail",
        channel="email",
        outcome=ACTED,
        basis=0,
        half_life=10,
        kind=OF_REVENUE,
        closed=closed,
    )


def test_what_is_kept_is_read_again_with_the_next_end() -> None:
    profile = Profile(born=1, now=1)
    held = Held(2, [window(1, 5, closed=True), window(2, 9)], [Conversion(b"a" * 8, 12, [(1, None), (2, None)], 60.0)])
    windows.keep(profile, held, settled=900)
    assert profile.measured is not None
    assert profile.measured.closes == 109
    assert windows.held(profile) == held


def test_where_no_window_is_left_nothing_is_kept() -> None:
    profile = Profile(born=1, now=1)
    windows.keep(profile, Held(1, [window(1, 5)]), settled=900)
    windows.keep(profile, Held(1), settled=1)
    assert profile.measured is None
    assert windows.held(profile) == Held()


def test_where_every_window_has_ended_the_next_instant_is_when_it_can_go() -> None:
    profile = Profile(born=1, now=1)
    windows.keep(profile, Held(1, [window(1, 5, closed=True)]), settled=900)
    assert profile.measured is not None
    assert profile.measured.closes == 900


def test_two_profiles_of_one_person_share_a_conversion_that_both_know() -> None:
    anonymous = Held(1, [window(1, 5)], [Conversion(b"a" * 8, 12, [(1, None)], 60.0), Conversion(b"b" * 8, 13, [(1, None)], 10.0)])
    known = Held(4, [window(3, 4), window(4, 6)], [Conversion(b"a" * 8, 12, [(3, None), (4, None)], 60.0)])
    both = windows.merged(known, anonymous)
    assert [(each.number, each.at) for each in both.windows] == [(1, 4), (2, 5), (3, 6)]
    assert [(each.mark[:1], [number for number, _ in each.hits]) for each in both.conversions] == [(b"a", [1, 2, 3]), (b"b", [2])]
    found = figures(both)
    assert [round(found[number].credit[2], 6) for number in (1, 2, 3)] == [0.333333, 1.333333, 0.333333]
    assert [found[number].value for number in (1, 2, 3)] == [60, 70, 60]


def test_windows_that_are_opened_after_a_merge_have_numbers_of_their_own() -> None:
    both = windows.merged(Held(1, [window(1, 5)]), Held(4, [window(4, 6)]))
    assert both.opened >= max(each.number for each in both.windows)


def test_a_merge_with_nothing_is_the_same() -> None:
    held = Held(1, [window(1, 5)], [Conversion(b"a" * 8, 12, [(1, None)], 60.0)])
    assert windows.merged(held, Held()) == windows.merged(Held(), held) == held
