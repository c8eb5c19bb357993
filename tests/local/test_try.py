"""`kairos try`: decisions to read, or as the job would write them, without a cluster and without its imports."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos

CAMPAIGN = """
campaign: {name}
trigger: {{idle: 30m, of: cart, unless: [order_completed]}}
when: cart.value > 99
variants:
  reminder: {{channel: email, content: {{subject: "Your cart waits", body: "Hello"}}}}
"""


def event(number: int, minute: int, name: str = "Product Added", **properties: Any) -> str:
    clock = f"2026-01-05T{10 + minute // 60:02}:{minute % 60:02}:00Z"
    return json.dumps({"messageId": str(number), "type": "track", "event": name, "userId": "ada", "timestamp": clock, "properties": properties})


TENT: dict[str, Any] = {"product_id": "tent", "price": 120}


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    (tmp_path / "features.yaml").write_text("features: []\n")
    path = tmp_path / "carts.yaml"
    path.write_text(CAMPAIGN.format(name="carts"))
    return path


def tried(folder: Path, lines: list[str], *options: str | Path) -> Result:
    path = folder / "events.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return CliRunner().invoke(kairos, ["try", *map(str, (path, *options))])


def test_a_decision_reads_as_one_line_with_the_first_words_of_its_message(tmp_path: Path, campaign: Path) -> None:
    result = tried(tmp_path, [event(1, 0, **TENT)], "--campaigns", campaign)
    assert result.exit_code == 0
    line, *summary = result.output.splitlines()
    assert line.split() == ["2026-01-05", "10:30:00", "ada", "carts", "acted", "reminder", "by", "email", "“Your", "cart", "waits”"]
    assert "1 event of 1 customer in" in summary[0]


def test_json_gives_each_decision_as_it_stands_on_its_topic_and_tells_what_was_refused_aside(tmp_path: Path, campaign: Path) -> None:
    result = tried(tmp_path, [event(1, 0, **TENT), "nonsense"], "--campaigns", campaign, "--json")
    (decision,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert (decision["user_id"], decision["outcome"], decision["at"]) == ("ada", "acted", 1_767_609_000_000)
    assert "UNKNOWN_FORMAT" in result.stderr


def test_who_comes_into_a_segment_and_who_goes_is_told_like_a_decision(tmp_path: Path, campaign: Path) -> None:
    (tmp_path / "segments.yaml").write_text('refresh: 1h\nsegments: [{segment: full, when: \'seen("product_added", "2h")\'}]\n')
    result = tried(tmp_path, [event(1, 0, **TENT)], "--campaigns", campaign)
    assert result.exit_code == 0, result.output
    told = [line.split()[1:] for line in result.output.splitlines() if "full" in line]
    assert told[0] == ["10:00:00", "ada", "entered", "full"]
    assert told[1][2:] == ["left", "full"], "within an hour after it is no longer true"
    assert [line[-2:] for line in told[2:]] == [["entered", "1"], ["left", "1"]]


def test_records_gives_everything_as_the_job_would_write_it(tmp_path: Path, campaign: Path) -> None:
    result = tried(tmp_path, [event(1, 0, **TENT), "nonsense"], "--campaigns", campaign, "--records")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(record["topic"], record["key"]) for record in records] == [("rejected", "unreadable"), ("decisions", "ada"), ("actions.email", "ada")]
    rejected, decision, action = (record["value"] for record in records)
    assert (rejected["reason"], rejected["length"]) == ("UNKNOWN_FORMAT", 8)
    assert decision["at"] == 1_767_609_000_000
    assert decision["trigger_event_id"] is None
    assert action["content"] == {"subject": "Your cart waits", "body": "Hello"}
    assert action["decision_id"] == decision["decision_id"]
    assert "1 customer in" in result.stderr  # the summary does not mix with the records


def test_an_unsorted_file_is_decided_in_order_of_time_and_says_so(tmp_path: Path, campaign: Path) -> None:
    result = tried(tmp_path, [event(2, 10, "Order Completed", order_id="1"), event(1, 0, **TENT)], "--campaigns", campaign)
    assert "sorted first" in result.stderr
    assert "no decisions" in result.stdout


def test_it_reads_standard_input(campaign: Path) -> None:
    result = CliRunner().invoke(kairos, ["try", "-", "--campaigns", str(campaign)], input=event(1, 0, **TENT))
    assert "acted" in result.stdout


def test_several_campaigns_follow_one_flag(tmp_path: Path, campaign: Path) -> None:
    other = tmp_path / "others.yaml"
    other.write_text(CAMPAIGN.format(name="others"))
    for options in (("--campaigns", campaign, other), ("--campaigns", campaign, "--campaigns", other), ("--campaigns", tmp_path)):
        found = tried(tmp_path, [event(1, 0, **TENT)], *options, "--json").stdout.splitlines()
        assert {json.loads(line)["campaign"] for line in found} == {"carts", "others"}


def test_time_moves_on_only_as_far_as_told(tmp_path: Path, campaign: Path) -> None:
    assert "no decisions" in tried(tmp_path, [event(1, 0, **TENT)], "--campaigns", campaign, "--drain", "29m").output
    assert "acted" in tried(tmp_path, [event(1, 0, **TENT)], "--campaigns", campaign, "--drain", "30m").output


def test_a_broken_campaign_is_shown_where_it_is_broken(tmp_path: Path, campaign: Path) -> None:
    campaign.write_text(campaign.read_text().replace("cart.value", "cart.valeu"))
    result = tried(tmp_path, [event(1, 0, **TENT)], "--campaigns", campaign)
    assert result.exit_code == 1
    assert "carts.yaml:4:" in result.output
    assert "cart.value" in result.output


@pytest.mark.slow
def test_it_loads_nothing_that_only_the_cluster_needs() -> None:
    program = "import sys, cli.try_; print([name for name in ('kafka', 'pyflink', 'rich', 'psutil') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_file_of_which_every_event_is_rejected_ends_with_an_error(tmp_path: Path) -> None:
    bad, mixed = (
        '{"a": 1}\n{"a": 2}\n',
        '{"a": 1}\n{"type": "track", "event": "go", "userId": "u", "messageId": "m", "timestamp": "2026-03-02T09:00:00Z"}\n',
    )
    for text, code in ((bad, 1), (mixed, 0)):
        (tmp_path / "e.jsonl").write_text(text)
        assert CliRunner().invoke(kairos, ["try", str(tmp_path / "e.jsonl")]).exit_code == code


def test_a_line_that_is_text_is_shown_as_text(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("hello there\n")
    assert "starts with 'hello there'" in CliRunner().invoke(kairos, ["try", str(tmp_path / "e.jsonl")]).output


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_is_refused_or_set_aside_is_named_by_its_line_in_the_file(tmp_path: Path, form: tuple[str, ...]) -> None:
    late, early = event(2, 10, **TENT | {"price": "1,234"}), event(1, 0, **TENT)
    batch = json.dumps({"batch": [json.loads(event(3, 20, **TENT)), {"type": "track", "event": "go"}]})
    output = tried(tmp_path, [late, "", early, "nonsense", batch], *form).output
    told = [line.split("line ", 1)[1] for line in output.splitlines() if "line " in line]
    assert {line.split()[0] + " " + line.split()[1] for line in told} == {"1: BAD_PROPERTY:", "4: UNKNOWN_FORMAT:", "5: MISSING_FIELD:"}


def test_with_times_of_arrival_a_line_has_its_number_too(tmp_path: Path) -> None:
    (tmp_path / "times").write_text("2026-01-05T10:00:00Z\n2026-01-05T10:01:00Z\n")
    output = tried(tmp_path, ["", event(1, 0, **TENT), "nonsense"], "--arrivals", tmp_path / "times").output
    assert "line 3: UNKNOWN_FORMAT" in output


def test_who_logs_in_is_linked_and_the_summary_says_how_a_cluster_does_so(tmp_path: Path, campaign: Path) -> None:
    web = {**json.loads(event(1, 0, **TENT)), "anonymousId": "web-1"}
    del web["userId"]
    lines = [json.dumps(web), json.dumps({**json.loads(event(2, 5, "page")), "anonymousId": "web-1"})]
    linked = tried(tmp_path, lines, "--campaigns", campaign).output
    assert "ada" in linked.splitlines()[0]
    assert (
        linked.splitlines()[-1]
        == "1 id was linked to a person; a job on a cluster links ids with --link-ids on; --ids-apart keeps the ids apart, as a job without it does"
    )
    apart = tried(tmp_path, lines, "--campaigns", campaign, "--ids-apart").output
    assert "web-1" in apart.splitlines()[0]
    assert "linked" not in apart


def test_a_scenario_that_links_ids_says_so_too(campaign: Path) -> None:
    campaign.with_name("carts.scenarios.yaml").write_text(
        "- scenario: an alias\n  given:\n"
        '    - {at: "09:02", user: web-1, event: product_added, properties: {product_id: tent, price: 120}}\n'
        '    - {at: "09:05", user: kim, event: alias, properties: {previous_id: web-1}}\n'
        '  expect: [{at: "09:32", user: kim, outcome: acted}]\n'
    )
    output = CliRunner().invoke(kairos, ["campaigns", "test", str(campaign)]).output
    assert output.splitlines()[-2:] == ["1 id was linked to a person; a job on a cluster links ids with --link-ids on", "1 scenario passed"]


def test_what_was_never_sent_is_missing_and_not_set_aside(tmp_path: Path) -> None:
    head = {"type": "track", "userId": "ada", "timestamp": "2026-03-02T09:00:00Z"}
    rows = [
        {**head, "event": "Product Added", "messageId": "1", "properties": {"id": "tent", "price": "cheap"}},
        {**head, "event": "Order Completed", "messageId": "2", "properties": {"oderId": "o1", "total": 5}},
        {**head, "event": "Order Completed", "messageId": "3", "properties": {"total": 5}},
    ]
    file = tmp_path / "events.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in rows))
    told = CliRunner().invoke(kairos, ["try", str(file)], catch_exceptions=False).output
    assert re.search(r"ada +missing   line 1: MISSING_PROPERTY: product_added says little without product_id: .* \('id' was sent: if that", told)
    assert re.search(r"ada +set aside line 1: BAD_PROPERTY: price must be", told)
    assert re.search(r"line 2: MISSING_PROPERTY: .*\('oderId' was sent: if that is what it means, call it order_id\)", told)
    assert "was sent" not in told.partition("line 3")[2].partition("\n")[0]
    assert re.search(r"missing +properties.order_id +MISSING_PROPERTY +2\n", told)


def test_a_record_that_names_nobody_is_nobodys_and_not_a_customers_of_such_a_name(tmp_path: Path) -> None:
    rows = ["nonsense", json.dumps({**json.loads(event(1, 0, **TENT)), "userId": "unreadable", "timestamp": "yesterday"})]
    rows.append(json.dumps({"type": "track", "userId": "unreadable", "messageId": "9", "timestamp": "2026-01-05T10:00:00Z"}))
    report = tmp_path / "out.html"
    output = tried(tmp_path, rows, "--report", report, "--why", "unreadable").output
    who = {line.split("line ")[1][0]: line.split("  ")[1].split(" ")[0] for line in output.splitlines() if re.match(r"\d{4}-.*line \d: ", line)}
    assert who == {"1": "—", "2": "unreadable", "3": "unreadable"}
    assert "UNKNOWN_FORMAT" not in output.partition("\nunreadable\n")[2]
    told = report.read_text()
    assert "nonsense" not in told.partition("timeline")[2].partition("Rejected events</h2>")[0]


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ("", True),
        ("addresses: elsewhere\n", False),
        ("addresses: {sms: elsewhere}\n", True),
        ("addresses_in_actions: false\n", False),
        ("addresses: required\n", False),
    ],
)
def test_messages_that_nobody_could_deliver_are_counted(tmp_path: Path, campaign: Path, policy: str, said: bool) -> None:  # noqa: FBT001
    rules = tmp_path / "policy.yaml"
    rules.write_text(f"consent: {{default: {{marketing: grant}}}}\n{policy}")
    cy = {"type": "identify", "messageId": "i", "userId": "cy", "timestamp": "2026-01-05T09:00:00Z", "traits": {"email": "cy@example.com"}}
    carts = [json.dumps({**json.loads(event(n, 0, **TENT)), "userId": user}) for n, user in enumerate(("ada", "bo", "cy"))]
    output = tried(tmp_path, [json.dumps(cy), *carts], "--campaigns", campaign, "--policy", rules).output
    line = "2 of 3 messages are for customers of whom no address is known (docs/policy.md#addresses)"
    assert (line in output.splitlines()) is said
    assert ("no address is known (docs" in output) is said
