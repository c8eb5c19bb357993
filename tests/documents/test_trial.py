"""A scenario passes when exactly what it expects happens, and says in words what was different when it does not."""

from pathlib import Path

import pytest

from services.documents.files import features_for, load_campaign_files
from services.documents.scenarios import load_scenarios
from services.local.trial import Trial, try_out
from tests.documents.writing import CAMPAIGN, write

STORY = """\
scenario: a tent left in the cart
given:
  - {at: 09:00, event: identify, traits: {first_name: Ana}}
  - {at: 10:00, event: product_added, properties: {product_id: tent, price: 120, quantity: 1}}
"""


def play(folder: Path, story: str) -> Trial:
    files = load_campaign_files([folder])
    (scenario,) = load_scenarios(write(folder / "comeback.scenarios.yaml", story))
    campaign = next(file for file in files if file.name == "comeback")
    return try_out(scenario, campaign=campaign, files=files, features=features_for(files))


@pytest.mark.parametrize(
    "expect",
    [
        "[{at: 10:30, outcome: acted}]",
        "[{at: 10:30, outcome: acted, channel: email, variant: only, reason: ELIGIBLE, campaign: comeback, user: u1, content: {body: Hi Ana}}]",
    ],
)
def test_a_scenario_passes_when_what_it_names_is_so(folder: Path, expect: str) -> None:
    assert play(folder, f"{STORY}expect: {expect}\n").passed


@pytest.mark.parametrize(
    ("expect", "words"),
    [
        ("[]", ["unexpected  10:30 outcome acted, reason ELIGIBLE"]),
        ("[{at: 10:31, outcome: acted}]", ["expected    10:31 outcome acted", "got         10:30 outcome acted", "at is 10:30"]),
        ("[{at: 10:30, outcome: withheld}]", ["outcome is 'acted'"]),
        ("[{at: 10:30, outcome: acted, content: {body: Hi Bob}}]", ["content.body is 'Hi Ana'"]),
        ("[{at: 10:30, outcome: acted, offer: {percent: 15}}]", ["offer.percent is None"]),
        ("[{at: 10:30, outcome: acted}, {at: 11:00, outcome: acted}]", ["as expected 10:30", "missing     11:00 outcome acted"]),
        ("[{at: 10:00, outcome: acted}, {at: 10:30, outcome: acted}]", ["missing     10:00 outcome acted", "as expected 10:30"]),
    ],
)
def test_a_difference_is_told_in_words(folder: Path, expect: str, words: list[str]) -> None:
    trial = play(folder, f"{STORY}expect: {expect}\n")
    assert not trial.passed
    told = "\n".join(trial.lines)
    assert all(word in told for word in words), told
    assert "the engine counted: actions 1" in told


def test_a_failed_scenario_tells_what_was_not_met_in_the_words_of_explain(folder: Path) -> None:
    trial = play(folder, STORY.replace("120", "45") + "expect: [{at: 10:30, outcome: acted}]\n")
    told = (
        "why         u1: 2026-01-05 10:30:00  the silence of the cart for 30m was over, but its condition does not hold: cart.value is 45, needs > 99"
    )
    assert told in trial.lines


def test_an_event_that_the_job_would_reject_fails_the_scenario_with_the_reason(folder: Path) -> None:
    trial = play(folder, STORY.replace("product_id: tent, ", "") + "expect: []\n")
    assert not trial.passed
    assert "product_id" in "\n".join(trial.lines)
    assert ":4:" in trial.lines[0]


def test_until_ends_the_story_early(folder: Path) -> None:
    assert play(folder, STORY + "until: 10:29:59\nexpect: []\n").passed
    assert play(folder, STORY + "until: 10:30\nexpect: [{at: 10:30, outcome: acted}]\n").passed


def test_events_go_in_as_they_are_written_late_ones_too(folder: Path) -> None:
    late = "  - {at: 10:20, event: page}\n  - {at: 10:10, event: order_completed, properties: {order_id: o1}}\n"
    assert play(folder, STORY + late + "expect: []\n").passed


def test_other_campaigns_run_beside_this_one_only_when_asked(folder: Path) -> None:
    write(folder / "second.yaml", CAMPAIGN.replace("campaign: comeback", "campaign: second").replace("30m", "20m"))
    assert play(folder, STORY + "expect: [{at: 10:30, outcome: acted}]\n").passed
    both = "[{at: 10:20, outcome: acted, campaign: second}, {at: 10:30, outcome: acted, campaign: comeback}]"
    assert play(folder, STORY + f"campaigns: all\nexpect: {both}\n").passed


def test_customers_of_one_story_do_not_touch_each_other(folder: Path) -> None:
    bob = "  - {at: 10:10, user: bob, event: order_completed, properties: {order_id: o1}}\n"
    assert play(folder, STORY + bob + "expect: [{at: 10:30, outcome: acted, user: u1}]\n").passed


BOUGHT = f"""{STORY}  - {{at: 10:31, event: order_completed, properties: {{order_id: o1, total: 120}}}}
expect: [{{at: 10:30, outcome: acted}}]
"""


@pytest.mark.parametrize(
    "recalls", ["", "recalls: [{at: 10:31}]", "recalls: [{at: 10:31, variant: only, channel: email, reason: EXITED, user: u1, campaign: comeback}]"]
)
def test_a_message_that_is_called_back_is_compared_if_the_story_says_so(folder: Path, recalls: str) -> None:
    assert play(folder, f"{BOUGHT}{recalls}\n").passed


@pytest.mark.parametrize(
    ("recalls", "words"),
    [
        ("[]", "unexpected  10:31 outcome recalled, reason EXITED"),
        ("[{at: 10:32}]", "at is 10:31"),
        ("[{at: 10:31, variant: other}]", "variant is 'only'"),
        ("[{at: 10:31}, {at: 10:40, variant: only}]", "missing     10:40 outcome recalled, variant only"),
    ],
)
def test_a_difference_in_recalls_is_told_in_words(folder: Path, recalls: str, words: str) -> None:
    trial = play(folder, f"{BOUGHT}recalls: {recalls}\n")
    assert not trial.passed
    assert words in "\n".join(trial.lines)


def test_a_recall_that_does_not_come_is_missed(folder: Path) -> None:
    trial = play(folder, f"{STORY}expect: [{{at: 10:30, outcome: acted}}]\nrecalls: [{{at: 10:31}}]\n")
    assert "missing     10:31 outcome recalled" in trial.lines


def test_a_user_in_the_holdout_is_named_with_the_cure(folder: Path) -> None:
    everybody = "policy: {holdout: {share: 100%, epoch: e}, consent: {default: {marketing: grant}}}\n"
    told = "\n".join(play(folder, f"{STORY}{everybody}expect: [{{at: 10:30, outcome: acted}}]\n").lines)
    assert "u1 is in the holdout of the policy, by a draw over the user's id: give the events another user, such as user: u2" in told
    meant = "\n".join(play(folder, f"{STORY}{everybody}expect: [{{at: 10:31, outcome: held_out}}]\n").lines)
    assert "by a draw" not in meant


def test_without_a_spread_a_scenario_states_the_end_of_quiet_hours_itself(folder: Path) -> None:
    rules = "policy: {quiet_hours: {from: '10:00', to: '11:00', zone: UTC, spread: 0m}, consent: {default: {marketing: grant}}}\n"
    expect = "expect: [{at: 10:30, outcome: deferred, deferred_until: 11:00}, {at: 11:00, outcome: acted}]\n"
    trial = play(folder, STORY + rules + expect)
    assert trial.passed, trial.lines
