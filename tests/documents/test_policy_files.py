"""Policy files: told from campaigns, checked and published with the same care, and what a scenario runs under."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from jobs.control import read_control
from services.control.publish import publish
from services.documents.check import check
from services.documents.contradictions import contradictions
from services.documents.files import CampaignFile, load_campaign_files, only
from services.documents.findings import BadFile
from services.documents.scenarios import load_scenarios
from services.local.book import book_of
from tests.documents.writing import write
from udfs.core.campaigns.compile_book import compile_book
from udfs.core.values.chance import lot

TEXT = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
POLICY = """\
caps:
  - {id: one-mail-a-day, channel: email, max: 1, within: 24h}
consent: {default: {marketing: grant}}
"""


@pytest.fixture
def policy(folder: Path) -> Path:
    return write(folder / "policy.yaml", POLICY)


def run(*words: object) -> Result:
    return CliRunner().invoke(kairos, [*map(str, words)], catch_exceptions=False)


def test_the_documented_policy_has_no_fault(tmp_path: Path) -> None:
    (block,) = re.findall(r'^```yaml title="policy.yaml"\n(.*?)^```$', TEXT, re.MULTILINE | re.DOTALL)
    assert check([only(write(tmp_path / "rules.yaml", block), "policy")]) == []


def test_a_policy_is_known_by_its_rules_or_by_its_name(folder: Path, policy: Path) -> None:
    assert [file.kind for file in load_campaign_files([folder])] == ["campaign", "features", "policy"]
    assert only(write(folder / "rules.yaml", POLICY), "policy").key == "policy"
    assert only(write(policy, POLICY.replace("caps", "cpas").replace("consent", "cnsent")), "policy").kind == "policy"
    with pytest.raises(BadFile, match="is a file of campaign, not of policy"):
        only(folder / "comeback.yaml", "policy")
    with pytest.raises(BadFile, match="has no `campaign`: is not a campaign, features, segments, a policy or recommendations"):
        load_campaign_files([write(folder / "other.yaml", "trigger: {event: page}\n")])


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("max: 1", "mx: 1", "2:42", "did you mean 'max'"),
        ("channel: email", "channel: E-Mail", "2:35", "did you mean 'email'"),
        ("24h", "90d", "2:58", "at most 30d"),
        ("grant", "allow", "3:32", "one of deny, grant"),
        ("caps:", "cpas:", "1:1", "did you mean 'caps'"),
    ],
)
def test_a_mistake_is_found_where_it_stands(policy: Path, old: str, new: str, place: str, words: str) -> None:
    write(policy, POLICY.replace(old, new))
    done = run("policy", "check", policy)
    assert done.exit_code == 1
    assert f"{policy}:{place}: " in done.stderr
    assert words in done.stderr


def test_a_rule_about_nobody_is_doubted_but_taken(folder: Path, policy: Path) -> None:
    write(policy, POLICY + "holdout: {share: 5%, epoch: a, exempt: [transactional, vips]}\n")
    write(policy, policy.read_text().replace("channel: email", "campaign: [comeback, comebak]"))
    doubts = contradictions(only(policy, "policy"), [{"campaign": "comeback", "tags": ["vip"]}])
    assert [(doubt.line, doubt.suggestion) for doubt in doubts] == [(2, "did you mean 'comeback'?"), (4, "did you mean 'vip'?")]
    done = run("campaigns", "check", folder)
    assert done.exit_code == 0
    assert "there is no campaign 'comebak': this rule has no effect so far" in done.stderr


def test_a_purpose_that_nothing_has_is_doubted(folder: Path, policy: Path) -> None:
    write(policy, "consent:\n  default: {newsleter: deny, marketing: deny, research: deny}\n  categories: {Ads: marketng}\n")
    features = {"features": [{"name": "a", "purpose": "research"}, {"name": "b"}]}
    doubts = contradictions(only(policy, "policy"), [{"campaign": "news", "purpose": "newsletter"}], [features])
    assert [(doubt.line, doubt.column, doubt.suggestion) for doubt in doubts] == [
        (2, 13, "did you mean 'newsletter'?"),
        (3, 21, "did you mean 'marketing'?"),
    ]
    done = run("campaigns", "check", folder)
    assert done.exit_code == 0
    assert "there is no purpose 'newsleter': this rule has no effect so far" in done.stderr


@pytest.mark.parametrize("name", ["policy.yaml", "unk.yaml"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("qiet_hours: {}\n", "did you mean 'quiet_hours'?"),
        ("", "is empty"),
        ("null\n", "is empty"),
        ("[1]\n", "a policy is a mapping of rules"),
        ("campaign: a\n", "is a file of campaign, not of policy"),
        ("throughput: {E-mail: 5 per second}\n", ":1:14: 'E-mail' is no name of a channel"),
    ],
)
def test_what_is_given_as_a_policy_is_one_whatever_it_is_called(tmp_path: Path, name: str, text: str, words: str) -> None:
    done = run("policy", "check", write(tmp_path / name, text))
    assert done.exit_code == 1
    assert words in done.stderr
    assert "begin with `campaign" not in done.stderr


@pytest.mark.parametrize("text", ["{}\n", "description: only words\n"])
def test_every_part_may_be_left_out(tmp_path: Path, folder: Path, text: str) -> None:
    file = write(tmp_path / "elsewhere" / "rules.yaml", text)
    done = run("policy", "check", file)
    assert done.exit_code == 0, done.stderr
    assert book_of([folder], policy=file).policy.caps == ()


@pytest.mark.parametrize("most", ["9" * 5000, "0x" + "f" * 5000, f"'{'9' * 5000}'"])
def test_a_mistake_of_thousands_of_digits_is_told_briefly(policy: Path, most: str) -> None:
    write(policy, f"caps:\n  - {{id: a, channel: email, max: {most}, within: {'9' * 400}d}}\n")
    done = run("policy", "check", policy)
    assert done.exit_code == 1
    assert len(done.stderr) < 1500


def test_a_named_policy_wins_over_the_one_in_the_folder(folder: Path, policy: Path) -> None:
    assert book_of([folder]).policy.caps[0].id == "one-mail-a-day"
    other = write(folder / "strict" / "policy.yaml", POLICY.replace("one-mail-a-day", "strict"))
    assert book_of([folder], policy=other).policy.caps[0].id == "strict"


def under(folder: Path, policy: str) -> CampaignFile | None:
    (scenario,) = load_scenarios(write(folder / "comeback.scenarios.yaml", f"scenario: a tent\n{policy}\ngiven: []\nexpect: []\n"))
    return scenario.policy


def test_a_scenario_runs_under_the_policy_that_it_names(folder: Path, policy: Path) -> None:
    assert under(folder, "") is None
    beside, inline = under(folder, "policy: policy.yaml"), under(folder, "policy: {holdout: {share: 5%, epoch: a}}")
    assert beside is not None
    assert beside.document["caps"][0]["max"] == 1
    assert inline is not None
    assert inline.document["holdout"]["epoch"] == "a"


def test_a_mistake_in_a_scenarios_policy_is_found_where_it_stands(folder: Path, policy: Path) -> None:
    with pytest.raises(BadFile, match=r"scenarios\.yaml:2:10: unknown key 'hldout'"):
        under(folder, "policy: {hldout: {share: 5%, epoch: a}}")
    with pytest.raises(BadFile, match=r"nowhere\.yaml:1:1: cannot be read"):
        under(folder, "policy: nowhere.yaml")
    with pytest.raises(BadFile, match="holds rules"):
        under(folder, "policy: 5")
    write(policy, POLICY.replace("max", "mx"))
    with pytest.raises(BadFile, match=r"policy\.yaml:2:42: unknown key 'mx'"):
        under(folder, "policy: policy.yaml")


def test_what_a_policy_forbids_is_withheld_in_the_scenario(folder: Path) -> None:
    text = """\
scenario: a tent, and no consent
policy: {consent: {default: {marketing: deny}}}
given: [{at: 10:00, event: product_added, properties: {product_id: tent, price: 120}}]
expect: [{at: 10:30, outcome: withheld, reason: NO_CONSENT, attempt: 0, deferred_until: null}]
---
scenario: a tent in the night
policy: {consent: {default: {marketing: grant}}, quiet_hours: {from: "10:00", to: "12:00", spread: 1s}}
given: [{at: 10:00, event: product_added, properties: {product_id: tent, price: 120}}]
expect: [{at: 10:30, outcome: deferred, reason: QUIET_HOURS}, {at: "12:00:00.%s", outcome: acted, attempt: 1}]
"""
    jitter = int(lot("release", "u1") * 1000)
    write(folder / "comeback.scenarios.yaml", text % f"{jitter:03}")
    done = run("campaigns", "test", folder)
    assert "2 scenarios passed" in done.output, done.output


@pytest.mark.cluster
def test_a_policy_is_published_shown_replaced_and_taken_back(brokers: str, control: str, folder: Path, policy: Path) -> None:
    where = ("--brokers", brokers, "--control-topic", control)
    assert "no policy is published" in run("policy", "show", *where).output
    publish(brokers, control, load_campaign_files([folder]))
    assert compile_book(read_control(brokers, control)[0]).policy.caps[0].id == "one-mail-a-day"
    write(policy, POLICY.replace("channel: email", "campaign: comebak"))
    done = run("policy", "publish", policy, *where)
    assert "policy  version" in done.output
    assert "did you mean 'comeback'" in done.stderr
    shown = run("policy", "show", *where).output
    assert "{id: one-mail-a-day, campaign: comebak, max: 1, within: 24h}" in shown
    assert only(write(folder / "shown.yaml", shown), "policy").document == json.loads(run("policy", "show", "--json", *where).output)["document"]
    assert "1 caps, consent" in run("campaigns", "list", *where).output
    write(policy, POLICY.replace("max", "mx"))
    assert run("policy", "publish", policy, *where).exit_code == 1
    assert "the policy is taken back" in run("policy", "remove", *where).output
    assert compile_book(read_control(brokers, control)[0]).policy.version is None
    assert "no policy is published" in run("policy", "remove", *where).output
    assert [line.split()[3] for line in run("audit", "policy", *where).output.splitlines()] == ["published", "published", "removed"]


@pytest.mark.parametrize("text", ["caps: []\n", "consent: {categories: {C1: marketing}}\n", "consent: {default: {storage: grant}}\n"])
def test_a_policy_that_says_nothing_of_marketing_is_warned_about_with_the_key_to_write(folder: Path, text: str) -> None:
    told = run("policy", "check", write(folder / "policy.yaml", text))
    assert told.exit_code == 0
    assert "marketing is denied to whoever has not agreed" in told.output
    assert "consent: {default: {marketing: grant}}" in told.output
    assert "marketing is denied" in run("campaigns", "check", folder).output


@pytest.mark.parametrize("word", ["grant", "deny"])
def test_a_policy_that_says_it_is_not_warned_about(tmp_path: Path, word: str) -> None:
    assert "marketing" not in run("policy", "check", write(tmp_path / "rules.yaml", f"consent: {{default: {{marketing: {word}}}}}\n")).output
