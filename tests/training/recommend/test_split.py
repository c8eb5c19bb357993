"""What is held out, and that nothing of it is learned from."""

import numpy as np
import pytest

from tests.builders import DAY, HOUR, MONDAY
from tests.training.recommend.worlds import clusters, sequences
from training.errors import HistoryError
from training.recommend.cases import Cases
from training.recommend.sequences import Sequences
from training.recommend.split import MAX_STEPS, by_sessions, leave_one_out, sessions, split


def rows(found: Sequences) -> list[list[int]]:
    return [found.items[begin:end].tolist() for begin, end in zip(found.starts[:-1], found.starts[1:], strict=True)]


def asked(cases: Cases) -> list[tuple[list[int], int]]:
    return [(cases.base.items[begin:end].tolist(), int(to)) for begin, end, to in zip(cases.begin, cases.end, cases.target, strict=True)]


def test_the_last_item_is_evaluated_and_the_one_before_it_chooses() -> None:
    parts = leave_one_out(sequences([[4, 2, 3, 1]], 5))
    assert asked(parts.test) == [([4, 2, 3], 1)]
    assert asked(parts.validation) == [([4, 2], 3)]
    assert rows(parts.train) == [[4, 2]]


def test_of_repeats_the_last_item_that_was_new_is_evaluated_because_seen_items_are_masked() -> None:
    parts = leave_one_out(sequences([[1, 2, 1, 3, 3, 1]], 5))
    assert asked(parts.test) == [([1, 2, 1], 3)]
    assert asked(parts.validation) == [([1], 2)]
    assert rows(parts.train) == [[1]]


def test_whoever_took_one_item_is_learned_from_and_whoever_took_two_is_evaluated_by_the_second() -> None:
    parts = leave_one_out(sequences([[1], [2, 2, 2], [3, 4]], 5))
    assert asked(parts.test) == [([3], 4)]
    assert asked(parts.validation) == []
    assert rows(parts.train) == [[1], [2, 2, 2], []]
    assert parts.left_out == {"people with a single item": 2}


def test_the_oracle_agrees_on_random_people() -> None:
    made = clusters(200)
    parts = leave_one_out(sequences(made, 40))
    test, validation, train = [], [], []
    for row in made:
        new = [n for n, item in enumerate(row) if item not in row[:n]]
        if len(new) > 1:
            test.append((row[: new[-1]], row[new[-1]]))
        if len(new) > 2:
            validation.append((row[: new[-2]], row[new[-2]]))
        train.append(row[: new[-2]] if len(new) > 1 else row)
    assert (asked(parts.test), asked(parts.validation), rows(parts.train)) == (test, validation, train)


def test_a_visit_ends_after_thirty_minutes_and_with_its_person() -> None:
    found = sequences([[1, 2], [3]], 5, begin={0: MONDAY, 1: MONDAY + 2 * 60_000})
    assert rows(sessions(found)[0]) == [[1, 2], [3]]
    assert rows(sessions(sequences([[1, 2, 3]], 5, gap=HOUR))[0]) == [[1], [2], [3]]
    visits, people = sessions(Sequences(found.items, np.array([0, 30 * 60_000, 30 * 60_000], np.int64), found.starts, 5))
    assert (rows(visits), people.tolist()) == ([[1, 2], [3]], [0, 1])


def test_later_visits_are_evaluated_step_by_step_and_repeats_are_asked() -> None:
    made = [[1, 2] for _ in range(9)] + [[3, 3, 4]]
    parts = by_sessions(sequences(made, 5))
    assert asked(parts.test) == [([3], 3), ([3, 3], 4)]
    assert asked(parts.validation) == [([1], 2)]
    assert (len(parts.train), len(parts.full)) == (8, 9)
    assert not len(parts.test.histories().seen)


def test_nothing_that_is_learned_from_ends_after_what_is_evaluated() -> None:
    made = clusters(80)
    parts = by_sessions(sequences(made, 40, begin={n: MONDAY + (n * 37 % 80) * DAY for n in range(80)}))
    first = parts.test.base.times[parts.test.end].min()
    assert parts.full.times.max() <= first
    assert parts.train.times.max() <= parts.validation.base.times[parts.validation.end].min()


def test_visits_at_the_same_time_are_divided_all_the_same() -> None:
    parts = by_sessions(sequences([[1, 2]] * 20, 5, gap=0, begin=dict.fromkeys(range(20), MONDAY)))
    assert (len(parts.test), len(parts.validation), len(parts.train)) == (2, 2, 16)


def test_of_a_long_visit_the_latest_steps_are_asked_and_the_others_counted() -> None:
    parts = by_sessions(sequences([[1, 2]] * 9 + [[n % 5 for n in range(1_000)]], 5, gap=1))
    assert len(parts.test) == MAX_STEPS
    assert parts.left_out == {f"steps of visits longer than {MAX_STEPS}": 1_000 - 1 - MAX_STEPS}


@pytest.mark.parametrize("protocol", ["leave-one-out", "sessions"])
def test_a_history_of_single_items_is_refused(protocol: str) -> None:
    with pytest.raises(HistoryError, match=r"nothing can be held out: .* with a single item"):
        split(sequences([[1], [2], [2]], 5), protocol)
