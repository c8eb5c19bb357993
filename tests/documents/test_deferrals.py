"""A rule that may hold a message back until it has expired gets a warning with rule, campaign and a fix; and the fix works."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.control.doubts import before_publishing, doubts_of
from services.control.publish import publish
from services.documents.files import CampaignFile, load_campaign_files
from services.documents.findings import Finding
from services.local.book import book_of
from tests.builders import DAY, HOUR, MONDAY, event
from tests.documents.writing import write
from udfs.core.engine import Engine
from udfs.core.records import Decision

TWO = "campaign: NAME\ntrigger: {event: page}\nPRIORITYvariants: {mail: {channel: email, content: {body: x}WAIT}}\nSEND"
CAP = "caps:\n  - {id: daily, channel: email, max: 1, within: 24h, then: defer}\n"


def campaign(folder: Path, name: str, *, send: str = "", wait: str = "", more: str = "") -> Path:
    text = TWO.replace("NAME", name).replace("PRIORITY", more).replace("WAIT", f", wait: {wait}" if wait else "")
    return write(folder / f"{name}.yaml", text.replace("SEND", f"send: {{expires: {send}}}\n" if send else ""))


def doubts(folder: Path, policy: str) -> list[Finding]:
    write(folder / "policy.yaml", policy)
    files: list[CampaignFile] = load_campaign_files([folder])
    return before_publishing(files)


def run(*words: object) -> Result:
    return CliRunner().invoke(kairos, [*map(str, words)], catch_exceptions=False)


def test_the_cap_and_the_campaign_are_named_where_the_cap_stands(tmp_path: Path) -> None:
    campaign(tmp_path, "news")
    campaign(tmp_path, "long", send="3d")
    (found,) = doubts(tmp_path, CAP)
    assert (found.file.name, found.line) == ("policy.yaml", 2)
    assert found.text[found.column - 1 :].startswith("defer}")
    assert "cap 'daily' holds a message back for up to 1d" in found.message
    assert "campaign 'news' expire within 1d" in found.message
    assert "long" not in found.message
    assert found.suggestion == "extend their lifetime, such as `send: {expires: 25h}` in the campaign, or write `then: drop`"


@pytest.mark.parametrize("policy", [CAP, CAP + 'quiet_hours: {from: "22:00", to: "11:00"}\n'])
def test_what_is_doubted_ends_expired_and_the_cure_cures(tmp_path: Path, policy: str) -> None:
    def ends() -> list[str]:
        engine = Engine(book_of([tmp_path]))
        step = engine.on_event(None, event("page", MONDAY + 12 * HOUR))
        records = list(step.records)
        while step.due is not None and step.due < MONDAY + 40 * DAY:
            step = engine.on_time(step.blob, "u1", step.due)
            records += step.records
        return [record.reason.value for record in records if isinstance(record, Decision) and record.outcome.value != "deferred"]

    for name in ("first", "second"):
        campaign(tmp_path, name)
    policy += "consent: {default: {marketing: grant}}\n"
    found = doubts(tmp_path, policy)
    assert sorted(ends()) == ["ELIGIBLE", "EXPIRED"]
    cured = re.search(r"expires: (\w+)", str(found[0].suggestion))
    assert cured
    for name in ("first", "second"):
        campaign(tmp_path, name, send=cured[1])
    assert doubts(tmp_path, policy) == []
    assert ends() == ["ELIGIBLE", "ELIGIBLE"]


@pytest.mark.parametrize(
    ("policy", "send", "wait", "words"),
    [
        ("caps: [{id: a, channel: any, max: 3, per: week, then: defer}]", "", "", "cap 'a' holds a message back for up to 1w"),
        ("caps: [{id: a, channel: any, max: 3, per: month, then: defer}]", "30d", "", "cap 'a' holds a message back for up to 31d"),
        ("caps: [{id: a, channel: any, max: 1, per: day, then: defer}]", "6h", "", "for up to 1d"),
        ("caps: [{id: a, channel: any, max: 1, within: 6h, then: defer}]", "12h", "8h", "expire within 4h after a wait of 8h"),
        ('quiet_hours: {from: "22:00", to: "08:00"}', "10h", "", "quiet_hours holds a message back for up to 10h"),
        ('quiet_hours: {from: "22:00", to: "08:00"}', "12h", "3h", "expire within 9h after a wait of 3h"),
        ("throughput: {email: 10 per hour}", "90m", "", "throughput of email holds a message back for up to 2h"),
    ],
)
def test_every_rule_that_can_defer_is_weighed(tmp_path: Path, policy: str, send: str, wait: str, words: str) -> None:
    campaign(tmp_path, "news", send=send, wait=wait)
    (found,) = doubts(tmp_path, policy)
    assert words in found.message


@pytest.mark.parametrize(
    ("policy", "send", "more"),
    [
        (CAP.replace(", then: defer", ""), "", ""),
        (CAP, "3d", ""),
        (CAP.replace("email", "sms"), "", ""),
        (CAP.replace("channel: email", "campaign: other"), "", ""),
        (CAP.replace("max: 1", "max: 0"), "", ""),
        (CAP, "", "purpose: transactional\n"),
        ("caps: [{id: a, channel: any, max: 1, per: day, then: defer}]", "", ""),
        ('quiet_hours: {from: "22:00", to: "08:00"}', "", ""),
        ('quiet_hours: {from: "22:00", to: "08:00", then: drop}', "1h", ""),
        ('quiet_hours: {from: "22:00", to: "08:00", exempt: [vip]}', "1h", "tags: [vip]\n"),
        ("throughput: {email: 10 per hour, sms: 1 per hour}", "6h", ""),
        ("throughput: {email: 10 per minute}", "6h", ""),
    ],
)
def test_a_rule_that_does_not_outlast_a_message_is_not_doubted(tmp_path: Path, policy: str, send: str, more: str) -> None:
    campaign(tmp_path, "news", send=send, more=more)
    assert doubts(tmp_path, policy) == []


def test_checks_warn_and_go_on(tmp_path: Path) -> None:
    news = campaign(tmp_path, "news")
    alone = write(tmp_path / "elsewhere" / "rules.yaml", CAP)
    write(tmp_path / "policy.yaml", CAP)
    for words, said in (
        (("campaigns", "check", tmp_path), "campaign 'news' expire within 1d"),
        (("campaigns", "check", news), f"{news}:1:11: by the policy, cap 'daily'"),
        (("policy", "check", tmp_path / "policy.yaml"), "campaign 'news' expire within 1d"),
        (("policy", "check", alone), "a message expires after 1d by default"),
    ):
        done = run(*words)
        assert done.exit_code == 0, done.output
        assert said in done.stderr
        assert "send: {expires: 25h}" in done.stderr


def test_many_campaigns_are_counted(tmp_path: Path) -> None:
    for number in range(6):
        campaign(tmp_path, f"c{number}")
    (found,) = doubts(tmp_path, CAP)
    assert "'c0' expire within 1d, 'c1' expire within 1d, 'c2' expire within 1d (and those of 3 more campaigns too early)" in found.message


@pytest.mark.cluster
def test_publishing_warns_whichever_comes_last(brokers: str, control: str, tmp_path: Path) -> None:
    where = ("--brokers", brokers, "--control-topic", control)
    news, policy = campaign(tmp_path / "a", "news"), write(tmp_path / "b" / "rules.yaml", CAP)
    publish(brokers, control, load_campaign_files([news]))
    assert "campaign 'news' expire within 1d" in run("policy", "publish", policy, *where).stderr
    assert "by the policy, cap 'daily'" in run("campaigns", "publish", news, *where).stderr
    assert doubts_of(load_campaign_files([campaign(tmp_path / "a", "news", send="3d")]), book_of([news], policy=policy)) == []
