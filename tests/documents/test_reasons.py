"""`{{ because }}` in a campaign's file: what its check doubts, and what a scenario may say that it goes by."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import kairos
from services.documents.check import assess
from services.documents.files import load_campaign_files

CAMPAIGN = """\
campaign: tents
trigger: {event: product_viewed}
when: WHEN
score: {model: tents, cold_start: 0.2}
because:
  say: {views_7d: "because you looked at tents {{ value }} times this week"}
DEFAULTvariants:
  mail: {channel: email, content: {subject: Tents, body: "BODY"}}
"""
FEATURES = """\
features:
  - {name: views_7d, event: product_viewed, aggregate: count, window: 7d}
"""
SCENARIOS = """\
scenario: who looks often reads so
given: [{at: "10:00", event: product_viewed, properties: {product_id: dome}}]
models: {tents: 0.9}
because: {tents: {views_7d: ADDS}}
expect: [{at: "10:00", outcome: acted, content: {body: "TOLD"}}]
"""


def written(folder: Path, *, when: str = "score > 0.5", body: str = "Hi, {{ because }}", default: str | None = "because you know us") -> Path:
    (folder / "features.yaml").write_text(FEATURES)
    told = f'  default: "{default}"\n' if default else ""
    file = folder / "tents.yaml"
    file.write_text(CAMPAIGN.replace("WHEN", when).replace("DEFAULT", told).replace("BODY", body))
    return file


def doubts(file: Path) -> list[str]:
    checked = assess(load_campaign_files([file, file.parent / "features.yaml"]))
    assert not checked.findings, [str(each) for each in checked.findings]
    return [each.message for each in checked.doubts if "because" in each.message]


def refusals(file: Path) -> list[str]:
    return [each.message for each in assess(load_campaign_files([file, file.parent / "features.yaml"])).findings]


def test_a_reason_with_a_default_is_not_doubted(tmp_path: Path) -> None:
    assert doubts(written(tmp_path)) == []


@pytest.mark.parametrize(
    ("body", "times"), [("Hi, {{ because }}", 1), ("Hi{% if because %}, {{ because }}{% endif %}", 0), ("{{ because | default('x') }}", 0)]
)
def test_a_reason_without_one_leaves_a_gap_where_the_message_does_not_ask(tmp_path: Path, body: str, times: int) -> None:
    assert doubts(written(tmp_path, body=body, default=None)) == ["{{ because }} leaves a gap where nothing may be said"] * times


@pytest.mark.parametrize(
    ("phrase", "what"),
    [
        ("{{ features.views_7 }}", "nothing fills 'features.views_7'"),
        ("{{ cart.valeu }}", "nothing fills 'cart.valeu'"),
        ("{{ value.count }}", "nothing fills 'value.count': value is a number and has no fields"),
        ("{{ value[0] }}", "nothing fills 'value[0]': value is a number and has no fields"),
        ("{% for each in value %}{{ each }}{% endfor %}", "value is a number, and a loop runs over a list"),
        ("{% if value > 'two' %}often{% endif %}", "value is a number and 'two' is a text: they are never alike"),
        ("{{ cart.products }}", "a list cannot be printed as it is"),
    ],
)
def test_a_phrase_is_checked_like_the_message_in_which_it_stands(tmp_path: Path, phrase: str, what: str) -> None:
    file = written(tmp_path)
    file.write_text(file.read_text().replace("because you looked at tents {{ value }} times this week", phrase))
    assert refusals(file) == [what]


@pytest.mark.parametrize(
    ("default", "what"), [("{{ cart.valeu }}", "nothing fills 'cart.valeu'"), ("{{ cart }}", "an object cannot be printed as it is")]
)
def test_so_is_the_default(tmp_path: Path, default: str, what: str) -> None:
    assert refusals(written(tmp_path, default=default)) == [what]


def test_a_reason_in_a_text_that_cannot_be_read_is_not_missed(tmp_path: Path) -> None:
    assert refusals(written(tmp_path, body="{{ because() }}")) == [
        "a template calls nothing but item(…) and recommend(…): there are filters, as in {{ cart.value | money }}"
    ]


@pytest.mark.parametrize("body", ["{{ because.feature }}", "{{ because['feature'] }}", "{% if because.feature %}x{% endif %}"])
def test_the_reason_is_a_text_and_has_no_fields(tmp_path: Path, body: str) -> None:
    (found,) = assess(load_campaign_files([written(tmp_path, body=body), tmp_path / "features.yaml"])).findings
    assert (found.message, found.suggestion) == ("nothing fills 'because.feature': because is a text and has no fields", "write because")


@pytest.mark.parametrize("body", ["{{ because[0] | upper }}{{ because[1:] }}", "{{ because | truncate(40) }}"])
def test_a_part_of_the_reason_may_be_said(tmp_path: Path, body: str) -> None:
    assert doubts(written(tmp_path, body=body)) == []


@pytest.mark.parametrize(
    ("when", "times"), [("score < 0.2", 1), ("0.2 >= score.tents", 1), ("score > 0.2", 0), ("0.2 < score and score < 0.8", 0), ("views_7d < 3", 0)]
)
def test_a_message_for_a_low_score_gives_no_reason_for_a_high_one(tmp_path: Path, when: str, times: int) -> None:
    found = doubts(written(tmp_path, when=when))
    assert found == ["the message is for a low tents, and {{ because }} says what makes it high"] * times


@pytest.mark.parametrize(
    ("adds", "told", "passes"),
    [
        ("0.4", "Hi, because you looked at tents 1 times this week", True),
        ("-0.4", "Hi, because you know us", True),
        ("-0.4", "Hi, because you looked at tents 1 times this week", False),
    ],
)
def test_a_scenario_says_what_adds_to_an_answer(tmp_path: Path, adds: str, told: str, *, passes: bool) -> None:
    file = written(tmp_path)
    (tmp_path / "tents.scenarios.yaml").write_text(SCENARIOS.replace("ADDS", adds).replace("TOLD", told))
    ended = CliRunner().invoke(kairos, ["campaigns", "test", str(file)])
    assert (ended.exit_code == 0) is passes, ended.output


@pytest.mark.parametrize("because", ["[1]", "{tents: 1}", "{tents: {}}", "{tents: {views_7d: much}}"])
def test_a_scenario_that_says_it_wrongly_is_refused(tmp_path: Path, because: str) -> None:
    file = written(tmp_path)
    text = SCENARIOS.replace("{tents: {views_7d: ADDS}}", because).replace("TOLD", "x")
    (tmp_path / "tents.scenarios.yaml").write_text(text)
    ended = CliRunner().invoke(kairos, ["campaigns", "test", str(file)])
    assert ended.exit_code != 0
    assert "what each feature adds" in ended.output or "what a feature adds" in ended.output
