"""Tables that others have made: what is read of them, what is refused, and two public tests through the same code."""

from pathlib import Path

import pytest

from bench.public_data import DATA
from services.lift.measure import Lift, measure
from services.lift.table import BadTable, Columns, read_table
from tests.public_data import needs


def read(folder: Path, text: str, *, control: str = "a", **columns: str) -> Lift:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    told = Columns(arm="arm", outcomes=("bought",), **{"unit": "who", **columns})
    return measure(next(iter(read_table(folder / "t.csv", told, control=control).values())))


def test_rows_of_one_person_are_added_up_and_said(tmp_path: Path) -> None:
    lift = read(tmp_path, "who,arm,bought\n1,a,1\n2,b,0\n2,b,1\n2,b,1\n")
    assert lift.people.metrics[0].values.tolist() == [1.0, 2.0]
    assert lift.people.notes == ("2 further rows of people who were there already were added to theirs",)


def test_somebody_in_both_arms_is_not_compared_but_counted(tmp_path: Path) -> None:
    lift = read(tmp_path, "who,arm,bought\n1,a,1\n2,b,0\n3,a,1\n3,b,1\n")
    assert len(lift.people) == 2
    assert lift.people.left.in_both == 1
    assert lift.people.assigned == (2, 2)


def test_words_for_yes_and_no_are_numbers(tmp_path: Path) -> None:
    lift = read(tmp_path, "\ufeffwho, arm ,bought\n1,a,TRUE\n2,b,no\n3,b,0.5\n")
    assert lift.people.metrics[0].values.tolist() == [1.0, 0.0, 0.5]
    assert lift.people.metrics[0].kind == "number"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("who,arm,bought\n1,a,\n2,b,1\n", "line 2: bought is empty (write 0 where nothing happened"),
        ("who,arm,bought\n1,a,1\n2,b,many\n", "line 3: bought is 'many', not a number"),
        ("who,arm,bought\n1,a,1\n2,b,inf\n", "line 3: bought is 'inf', not a number"),
        ("who,arm,bought\n1,a,1\n2,b\n", "line 3: fewer columns than the header"),
        ("who,arm,bought\n1,a,1\n,b,1\n", "line 3: who is empty"),
        ("who,arm,buoght\n1,a,1\n", "has no column 'bought' (did you mean 'buoght'?)"),
        ("who,arm,bought\n1,b,1\n2,c,1\n", "no row has 'a' in arm (the arms are 'b', 'c')"),
        ("who,arm,bought\n1,a,1\n", "every row has 'a' in arm"),
        ("who,arm,bought\n", "has no rows"),
        ("", "has no column 'who'"),
    ],
)
def test_a_table_that_cannot_be_compared_is_refused_with_the_line_and_the_cure(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadTable) as raised:
        read(tmp_path, text)
    assert told in str(raised.value)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"who,arm,bought\n\xff\xfe,a,1\n")
    with pytest.raises(BadTable, match="cannot be read"):
        read_table(tmp_path / "t.csv", Columns(arm="arm", outcomes=("bought",)), control="a")


@pytest.mark.slow
@needs("cookie_cats")
def test_cookie_cats_is_what_others_found_and_its_sample_ratio_is_flagged() -> None:
    columns = Columns(arm="version", outcomes=("retention_7",), unit="userid")
    lift = measure(read_table(DATA / "cookie_cats" / "cookie_cats.csv", columns, control="gate_40")["gate_30"], shares=(1, 1), once=True)
    kept = lift.effect("retention_7")
    assert round(kept.best.effect, 4) == 0.0082
    assert round(kept.p or 0, 4) == 0.0016
    assert lift.ratio is not None
    assert round(lift.ratio.p or 0, 4) == 0.0086
    assert lift.ratio.is_wrong


@pytest.mark.slow
@needs("hillstrom")
def test_hillstrom_is_what_others_found() -> None:
    columns = Columns(arm="segment", outcomes=("visit",), covariates=("recency", "history"))
    found = read_table(DATA / "hillstrom" / "hillstrom_quintanilla.csv", columns, control="No E-Mail")
    for arm, effect in (("Mens E-Mail", 0.0766), ("Womens E-Mail", 0.0452)):
        visits = measure(found[arm]).effect("visit")
        assert round(visits.plain.effect, 4) == effect
        assert visits.fixed is not None
        assert visits.always is not None
        assert visits.always.low < visits.fixed.low < effect < visits.fixed.high < visits.always.high
        assert visits.best.effect == pytest.approx(effect, abs=0.001)
