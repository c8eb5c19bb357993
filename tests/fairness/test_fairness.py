"""Fairness: what is planted is found, what is not is not, and nothing that cannot be known is said."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.fairness.audit import CONVERTED, OPPORTUNITY, REACHED, Compared, Verdict, audit
from services.fairness.people import BadGroups, People, Person, by_feature, by_file, people_of
from udfs.core.values.errors import InvalidInput

Json = dict[str, Any]


def decision(user: str, *, outcome: str = "acted", number: int = 1, score: float | None = None, **features: Any) -> Json:
    scores = {} if score is None else {"score": {"score": score, "model": "m:1", "reason": "SCORED"}}
    told = {"decision_id": f"{user}-{number}", "user_id": user, "campaign": "news", "outcome": outcome, "at": number, "features": features}
    return {**told, "scores": scores}


def came(user: str, conversions: int, *, number: int = 1, status: str = "final", revision: int = 0) -> Json:
    told = {"decision_id": f"{user}-{number}", "user_id": user, "campaign": "news", "status": status, "revision": revision}
    return {**told, "outcome": "acted", "conversions": conversions, "starts": 1, "ends": 2, "at": 3}


def written(path: Path, records: Iterable[Json]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def crowd(seed: int, rates: dict[str, float], *, people: int = 800) -> tuple[People, dict[str, dict[str, str]]]:
    """So many people of each group, who are reached at these rates."""
    chance = Random(seed)
    persons = {f"{group}{n}": Person(reached=chance.random() < rate) for group, rate in rates.items() for n in range(people)}
    return People(persons, ()), {"band": {name: name[0] for name in persons}}


def found(compared: Iterable[Compared], measure: str, group: str) -> Compared:
    (one,) = [each for each in compared if (each.measure, each.group) == (measure, group)]
    return one


def test_a_bias_that_was_planted_is_found() -> None:
    told = audit(*crowd(1, {"a": 0.4, "b": 0.2, "c": 0.4}))
    biased, fair = found(told, REACHED, "b"), found(told, REACHED, "c")
    assert (biased.verdict, biased.stops) == (Verdict.DISPARATE, True)
    assert 0.3 < biased.low < biased.ratio < biased.high < 0.7
    assert not fair.stops


def test_none_is_invented() -> None:
    stops = [each for seed in range(300) for each in audit(*crowd(seed, {"a": 0.3, "b": 0.3, "c": 0.3, "d": 0.3}, people=120)) if each.stops]
    assert len(stops) <= 3, "0.05 of reports would be 15; the bound makes it fewer"


@pytest.mark.slow
def test_intervals_hold_for_all_comparisons_together() -> None:
    apart = 0
    for seed in range(300):
        told = audit(*crowd(seed, {"a": 0.3, "b": 0.3, "c": 0.3, "d": 0.3}, people=400))
        apart += any(each.low > 1 or each.high < 1 for each in told if each.measure == REACHED)
    assert apart <= 300 * 0.05 + 3 * math.sqrt(300 * 0.05 * 0.95)


def test_a_group_in_which_nobody_is_reached_is_told() -> None:
    nobody = found(audit(*crowd(2, {"a": 0.5, "b": 0.0}, people=100)), REACHED, "b")
    assert (nobody.value, nobody.verdict) == (0.0, Verdict.DISPARATE)


def test_few_people_are_not_compared() -> None:
    assert {each.verdict for each in audit(*crowd(3, {"a": 0.5, "b": 0.1}, people=19))} == {Verdict.FEW}


def test_too_little_data_is_unclear_and_not_fair() -> None:
    assert found(audit(*crowd(4, {"a": 0.3, "b": 0.3}, people=60)), REACHED, "b").verdict is Verdict.UNCLEAR


def test_who_is_held_out_by_chance_would_have_been_reached(tmp_path: Path) -> None:
    file = written(tmp_path / "d.jsonl", [decision("a", outcome="control"), decision("b", outcome="held_out"), decision("c", outcome="withheld")])
    people = people_of([file], "news").persons
    assert {name: person.reached for name, person in people.items()} == {"a": True, "b": True, "c": False}


def test_a_person_counts_once_however_often_it_was_decided(tmp_path: Path) -> None:
    records = [decision("a", number=n, outcome="acted" if n == 3 else "withheld", score=n / 10, band="x" if n < 5 else "y") for n in range(1, 6)]
    people = people_of([written(tmp_path / "d.jsonl", records)], "news")
    (person,) = people.persons.values()
    assert person.reached
    assert person.score("score") == pytest.approx(0.3)
    assert person.features == {"band": "y"}, "the latest decision says the group"


def test_what_was_deferred_is_no_decision_yet_and_only_final_outcomes_count(tmp_path: Path) -> None:
    records = [decision("a"), decision("b", outcome="deferred"), came("a", 1, status="provisional"), came("a", 0, revision=1)]
    people = people_of([written(tmp_path / "d.jsonl", records)], "news").persons
    assert set(people) == {"a"}
    assert people["a"].converted is False, "the higher revision"


def test_a_cold_start_is_no_score(tmp_path: Path) -> None:
    cold = decision("a", score=0.3)
    cold["scores"]["score"]["reason"] = "NO_MODEL"
    assert people_of([written(tmp_path / "d.jsonl", [cold])], "news").scores == []


def test_scores_outcomes_and_the_opportunity_of_those_who_reached_the_goal() -> None:
    """Of two groups with the same outcomes one is scored lower: those of it who would convert have less of a chance."""
    persons = {}
    for n in range(2_000):
        group, converted = "ab"[n % 2], n % 20 < 6
        score = (0.6 if converted else 0.2) - (0.45 if group == "b" else 0.0) + n % 7 / 100
        persons[f"{group}{n}"] = Person(reached=True, scored={"score": [max(0.01, score)]}, converted=converted)
    told = audit(People(persons, ["score"]), {"band": {name: name[0] for name in persons}})
    assert found(told, f"{OPPORTUNITY}:score", "b").stops
    assert found(told, "score:score", "b").verdict is Verdict.DISPARATE
    assert not found(told, "score:score", "b").stops, "scores are shown, and stop nothing"
    assert found(told, CONVERTED, "b").verdict is Verdict.WITHIN


def test_groups_of_a_file_count_those_of_whom_nothing_was_decided(tmp_path: Path) -> None:
    people = people_of([written(tmp_path / "d.jsonl", [decision(f"a{n}") for n in range(100)])], "news")
    groups = tmp_path / "groups.csv"
    groups.write_text("user_id,band\n" + "".join(f"a{n},x\nb{n},y\n" for n in range(100)) + "z,\n", encoding="utf-8")
    (one,) = [each for each in audit(people, by_file(groups)) if each.measure == REACHED]
    assert {one.value, one.reference_value} == {0.0, 1.0}
    assert one.stops


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "needs a header"),
        ("user_id\na\n", "needs a header"),
        ("id,band\na,x\n", "needs a header"),
        ("user_id,band\na,x\nb,x\n", "1 value,"),
        ("user_id,band\na,x\na,y\n", "two groups"),
        ("user_id;band\na;x\nb;y\n", "needs a header"),
        ("user_id,band\na,x\n\nb,y,z\n", "line 4 has 3 cells, and the header 2"),
        ("user_id,band,city\na,x,rome\nb,y\n", "line 3 has 2 cells, and the header 3"),
        ("user_id,band\na,x\n,y\n", "line 3 names nobody"),
        ("user_id,band\na,x\nb,\x1b[31my\n", "line 3: .* control character"),
        ('user_id,band\na,x\nb,"y\nz"\n', "control character"),
        ('user_id,band\na,x\nb,"y\n', "line 3: unexpected end of data"),
        ("user_id,\na,x\nb,y\n", "column 2 has no readable name"),
        ("user_id,band,band\na,x,p\nb,y,q\n", "column 3 is called band, like an earlier one"),
        ("user_id,user_id,band\na,a,x\nb,b,y\n", "column 2 is called user_id"),
        ("user_id,age\n" + "".join(f"u{n},{n}\n" for n in range(60)), "60 values"),
        ("\x00\xff", "not text in UTF-8"),
    ],
)
def test_groups_that_cannot_be_used_are_refused(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(BadGroups, match=says):
        by_file(path)


def test_a_file_of_columns_by_other_marks_says_which_to_use(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    for mark in ";\t|":
        path.write_text(f"user_id{mark}band\na{mark}x\nb{mark}y\n")
        with pytest.raises(BadGroups) as refused:
            by_file(path)
        assert refused.value.hint == "separate columns by commas"


def test_a_file_as_spreadsheets_write_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes('\ufeffuser_id, band ,city\r\na,"größer, älter",\r\nb,日本 ,x\r\n,,\r\na,"größer, älter",y\r\n'.encode())
    assert by_file(path) == {"band": {"a": "größer, älter", "b": "日本"}, "city": {"b": "x", "a": "y"}}


def test_a_feature_that_no_decision_has_is_told(tmp_path: Path) -> None:
    people = people_of([written(tmp_path / "d.jsonl", [decision("a", band="x"), decision("b", band="y")])], "news")
    assert by_feature(people, ["band"]) == {"band": {"a": "x", "b": "y"}}
    with pytest.raises(BadGroups, match="band"):
        by_feature(people, ["bnad"])


@pytest.mark.parametrize("record", [{"outcome": "acted"}, {**came("a", 1), "conversions": "x"}, {**decision("a"), "scores": 3}])
def test_a_record_that_is_neither_is_named_with_its_line(tmp_path: Path, record: Json) -> None:
    with pytest.raises(InvalidInput, match="line 2"):
        people_of([written(tmp_path / "d.jsonl", [decision("a"), record])], "news")


def test_another_campaign_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="news"):
        people_of([written(tmp_path / "d.jsonl", [decision("a")])], "nwes")


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(kairos, ["fairness", "news", *arguments])


def test_the_command_tells_and_stops(tmp_path: Path) -> None:
    records = [decision(f"{band}{n}", outcome="acted" if band == "x" or n % 4 == 0 else "withheld", band=band) for band in "xy" for n in range(200)]
    file = str(written(tmp_path / "d.jsonl", records))
    told = ran("--from", file, "--by", "band", "--gate")
    assert told.exit_code == 1
    assert "band y, reached:" in told.output
    assert "disparate" in told.output
    assert "x0" not in told.output, "nobody is named"
    plain = ran("--from", file, "--by", "band", "--json")
    assert plain.exit_code == 0
    assert json.loads(plain.output)["stops"] == 1
    assert ran("--from", file).exit_code == 1
    assert ran("--from", file, "--by", "band", "--groups", file).exit_code == 2
    assert ran("--from", file, "--by", "band", "--least", "0.1", "--gate").exit_code == 0


def test_a_file_of_other_ids_passes_no_gate(tmp_path: Path) -> None:
    """Nobody in it was reached, so every ratio is as unclear as the next, and the gate would be open."""
    file = str(written(tmp_path / "d.jsonl", [decision("a"), decision("b", outcome="withheld")]))
    groups = tmp_path / "groups.csv"
    groups.write_text("user_id,band\n" + "".join(f"{n},{'xy'[n % 2]}\n" for n in range(100)))
    told = ran("--from", file, "--groups", str(groups), "--gate")
    assert told.exit_code == 1
    assert "none of its ids is in the decisions" in told.output
    groups.write_text(groups.read_text() + "b,x\n")
    assert ran("--from", file, "--groups", str(groups), "--gate").exit_code == 0, "that nobody of them was reached can be so"


def test_what_followed_a_decision_counts_for_the_id_it_was_about_also_once_she_has_logged_in(tmp_path: Path) -> None:
    """The outcome is final after the login, and so is of the person."""
    told = [decision("web-1"), decision("kim", number=2), {**came("web-1", 1), "user_id": "kim"}, came("kim", 0, number=2)]
    people = people_of([written(tmp_path / "told.jsonl", told)], "news")
    assert {user: person.converted for user, person in people.persons.items()} == {"web-1": True, "kim": False}
