"""Scenarios are read strictly, and told times are the times meant."""

from datetime import date
from pathlib import Path

import pytest

from services.documents.findings import BadFile
from services.documents.scenarios import load_scenarios, parse_time, spoken
from tests.documents.writing import write

MONDAY = date(2026, 1, 5)
MIDNIGHT = 1_767_571_200_000
GOOD = """\
scenario: one
given: [{at: 10:00, event: product_viewed, properties: {product_id: tent}}]
expect: []
"""


@pytest.mark.parametrize(
    ("text", "millis"),
    [
        ("10:00", 36_000_000),
        ("10:00:30", 36_030_000),
        ("10:00:30.250", 36_030_250),
        ("+2d 10:00", 2 * 86_400_000 + 36_000_000),
        ("-1d 23:59", -60_000),
        ("2026-01-05T10:00:00Z", 36_000_000),
        ("2026-01-05T10:00:00+02:00", 28_800_000),
        ("2026-01-05T10:00", 36_000_000),
    ],
)
def test_a_time_is_of_the_scenarios_day(text: str, millis: int) -> None:
    assert parse_time(text, day=MONDAY) == MIDNIGHT + millis
    assert parse_time(spoken(MIDNIGHT + millis, day=MONDAY), day=MONDAY) == MIDNIGHT + millis


@pytest.mark.parametrize("text", ["25:00", "ten", "", None, 10, "+d 10:00", "2026-13-01T00:00:00"])
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        parse_time(text, day=MONDAY)


@pytest.mark.parametrize("layout", [GOOD + "---\n" + GOOD, "- " + GOOD.strip().replace("\n", "\n  ") + "\n- " + GOOD.strip().replace("\n", "\n  ")])
def test_a_file_holds_several_as_documents_or_as_a_list(tmp_path: Path, layout: str) -> None:
    scenarios = load_scenarios(write(tmp_path / "a.scenarios.yaml", layout))
    assert [scenario.name for scenario in scenarios] == ["one", "one"]
    assert scenarios[1].given[0].payload["event"] == "product_viewed"
    assert scenarios[1].given[0].payload["userId"] == "u1"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("expect:", "expected:", 3, "did you mean 'expect'?"),
        ("at: 10:00", "at: noon", 2, "is not a time"),
        ("event: product_viewed", "evnt: product_viewed", 2, "an event has a time and a name"),
        ("properties: {product_id: tent}", "properties: tent", 2, "is a mapping"),
        ("properties:", "property:", 2, "did you mean 'properties'?"),
        ("expect: []", "expect: [{outcome: acted}]", 3, "a time and an outcome"),
        ("expect: []", "expect: [{at: 10:00, outcome: acted, chanel: email}]", 3, "did you mean 'channel'?"),
        ("expect: []", "expect: [{at: 10:00, outcome: sent}]", 3, "write acted"),
        ("expect: []", "expect: [{at: 10:00, outcome: Skipped}]", 3, "write withheld"),
        ("expect: []", "expect: [{at: 10:00, outcome: withheldd}]", 3, "did you mean 'withheld'?"),
        ("expect: []", "expect: [{at: 10:00, outcome: exited}]", 3, "leave the line out"),
        ("expect: []", "expect: [{at: 10:00, outcome: null}]", 3, "there is no outcome 'null'"),
        ("expect: []", "expect: [{at: 10:00, outcome: withheld, reason: cap_reached}]", 3, "write CAP_REACHED"),
        ("expect: []", "expect: [{at: 10:00, outcome: withheld, reason: QUIET_HOUR}]", 3, "did you mean 'QUIET_HOURS'?"),
        ("expect: []", "recalls: [{at: 10:00, reason: bought}]\nexpect: []", 3, "there is no reason 'bought'"),
        ("expect: []", "expect: nothing", 3, "`expect` is a list"),
        ("expect: []", "recalls: none\nexpect: []", 3, "`recalls` is a list, empty when nothing must happen"),
        ("expect: []", "recalls: [{variant: only}]\nexpect: []", 3, "a recall has a time"),
        ("expect: []", "recalls: [{at: 10:00, varint: only}]\nexpect: []", 3, "did you mean 'variant'?"),
        ("expect: []", "recalls: [{at: noon}]\nexpect: []", 3, "is not a time"),
        ("expect: []", "until: then\nexpect: []", 3, "is not a time"),
        ("expect: []", "campaigns: some\nexpect: []", 3, "campaigns: all"),
        ("scenario: one", "scenrio: one", 1, "begins with `scenario"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in GOOD
    with pytest.raises(BadFile) as caught:
        load_scenarios(write(tmp_path / "a.scenarios.yaml", GOOD.replace(old, new)))
    told = [str(finding) for finding in caught.value.findings if finding.line == line]
    assert any(words in text for text in told), str(caught.value)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="has no scenario"):
        load_scenarios(write(tmp_path / "a.scenarios.yaml", "# nothing\n"))
