"""`kairos lift` and `kairos holdout`, from files and from the lake."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from tests.lake.filled import events as put_events
from tests.lake.filled import put
from tests.lift.builders import START
from tests.lift.dumps import campaign_records, decision, outcome, programme_events, programme_records, write

CAMPAIGN = """\
campaign: cart
trigger: {idle: 30m, of: cart, unless: [order_completed]}
control_group: 10%
variants: {only: {channel: email, content: {subject: Hello, body: x}}}
goal: {event: order_completed, within: 3d, value: revenue}
"""
POLICY = "holdout: {share: 10%, epoch: 2026-q1}\nconsent: {default: {marketing: grant}}\n"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(kairos, ["lift", *map(str, words)])


def told(*words: str | Path) -> dict[str, Any]:
    ran = run(*words, "--json")
    assert ran.exit_code == 0, ran.output
    (found,) = json.loads(ran.stdout).values()
    return dict(found)


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    folder = tmp_path / "campaigns"
    folder.mkdir()
    (folder / "cart.yaml").write_text(CAMPAIGN)
    (folder / "policy.yaml").write_text(POLICY)
    return folder


def test_a_campaign_is_compared_with_its_control_group(tmp_path: Path, campaigns: Path) -> None:
    file = write(tmp_path / "records.jsonl", campaign_records())
    found = told("cart", "--from", file, "--campaigns", campaigns, "--cost", "email=0.01")
    assert found["people"] == [1_800, 200]
    reached = found["effects"]["reached"]
    assert (reached["treated"], reached["control"]) == pytest.approx((0.3, 0.2))
    assert reached["effect"] == pytest.approx(0.1)
    assert reached["fixed"][0] > 0
    assert reached["incremental"] == pytest.approx(180)
    assert found["effects"]["net"]["effect"] == pytest.approx(4.0 - 0.01)
    assert found["sample_ratio"]["p"] == pytest.approx(1.0)
    assert found["horizon_ms"] == 3 * 86_400_000
    shown = run("cart", "--from", file, "--campaigns", campaigns)
    assert "cart: 1,800 people (treated) against 200 (control), 3d from the first exposure" in shown.output
    assert "sample ratio: as drawn: 1,800 treated and 200 control ids where 1,800 and 200 were due" in shown.output


def test_the_lake_says_the_same_of_pseudonyms(tmp_path: Path, campaigns: Path) -> None:
    records = [*campaign_records()]
    for table in ("decisions", "outcomes"):
        put(tmp_path / "lake", table, [(value["user_id"], value, value["at"]) for topic, value in records if topic == table], name="part-0")
    from_lake = told("cart", "--lake", tmp_path / "lake", "--campaigns", campaigns, "--covariate", "orders_90d")
    from_file = told("cart", "--from", write(tmp_path / "r.jsonl", iter(records)), "--campaigns", campaigns, "--covariate", "orders_90d")
    assert from_lake == from_file
    assert from_lake["figures"] == ["orders_90d"]


@pytest.mark.slow
def test_the_programme_is_compared_with_the_holdout_by_orders_that_stand(tmp_path: Path, campaigns: Path) -> None:
    file = write(tmp_path / "records.jsonl", programme_records())
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(map(msgspec.json.encode, programme_events())) + b"\n")
    found = told("--from", file, "--events", events, "--campaigns", campaigns)
    assert found["people"] == [1_800, 200]
    assert found["effects"]["reached"]["treated"] == pytest.approx(0.3)
    assert found["effects"]["reached"]["control"] == pytest.approx(0.2)
    assert found["effects"]["value"]["effect"] == pytest.approx(4.0)
    assert found["sample_ratio"]["observed"] == [1_800, 200]
    lake = tmp_path / "lake"
    put(lake, "decisions", [(value["user_id"], value, value["at"]) for _, value in programme_records()], name="part-0")
    put_events(lake, [{**each, "timestamp": START + 50 * 86_400_000} if each["userId"] == "late" else _placed(each) for each in programme_events()])
    again = told("--lake", lake, "--campaigns", campaigns)
    assert again["effects"] == found["effects"]


def _placed(event: dict[str, Any]) -> dict[str, Any]:
    from udfs.core.values.instants import parse_instant

    return {**event, "timestamp": parse_instant(event["timestamp"])}


def test_campaigns_that_hold_nobody_out_are_no_part_of_the_programme(tmp_path: Path, campaigns: Path) -> None:
    """The holdout gets receipts too: they say of nobody in which group they are."""
    file = write(tmp_path / "records.jsonl", programme_records())
    events = tmp_path / "events.jsonl"
    events.write_bytes(b"\n".join(map(msgspec.json.encode, programme_events())) + b"\n")
    found = told("--from", file, "--events", events)
    assert found["in_both_groups"] == 0
    assert found["sample_ratio"] is None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("carts",), "nothing of campaign 'carts' in these files: they know cart"),
        ((), "the programme is measured by orders, and no events were read"),
        (("cart", "--metric", "net"), "there is no metric 'net'"),
        (("cart", "--cost", "email"), "--cost email: write a channel and what a message costs"),
        (("cart", "--since", "soon"), "--since soon:"),
        (("cart", "--arm", "x"), "go with --table"),
        (("cart", "--against", "holdout", "--covariate", "orders_90d"), "--covariate is not for the holdout"),
    ],
)
def test_what_is_asked_wrongly_is_a_line_and_no_traceback(tmp_path: Path, words: tuple[str, ...], line: str) -> None:
    ran = run(*words, "--from", write(tmp_path / "records.jsonl", campaign_records(people=40)))
    assert ran.exit_code
    assert line in ran.output
    assert ran.exception is None or isinstance(ran.exception, SystemExit)


@pytest.mark.parametrize("text", ["{", "[]", '{"outcome": "acted"}', '{"outcome": "acted", "campaign": "cart", "at": "x"}', '{"a": 1}', ""])
def test_files_that_hold_something_else_are_refused_with_the_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.jsonl").write_text(text)
    ran = run("cart", "--from", tmp_path / "x.jsonl")
    assert ran.exit_code == 1
    assert ran.output.startswith("Error: ")
    assert "line 1" in ran.output or "no decision and no outcome" in ran.output


def test_a_table_of_ones_own_goes_through_the_same_statistics(tmp_path: Path) -> None:
    rows = "".join(f"{n},{'message' if n % 2 else 'none'},{int(n % 20 < (8 if n % 2 else 4))}\n" for n in range(2_000))
    (tmp_path / "t.csv").write_text("who,group,bought\n" + rows)
    ran = run("--table", tmp_path / "t.csv", "--unit", "who", "--arm", "group", "--control", "none", "--outcome", "bought")
    assert ran.exit_code == 0, ran.output
    assert "message: 1,000 people (message) against 1,000 (none)" in ran.output
    assert "keep: bought rises by at least" in ran.output
    assert "in all" in ran.output


@pytest.mark.slow
def test_holdout_says_what_the_job_draws(campaigns: Path) -> None:
    from udfs.core.values import chance

    groups = set()
    for number in range(60):
        user = f"u{number}"
        ran = CliRunner().invoke(kairos, ["holdout", user, "--campaigns", str(campaigns), "--json"])
        assert ran.exit_code == 0, ran.output
        found = json.loads(ran.stdout)
        held = chance.lot("holdout:2026-q1", user) < 0.1
        control = chance.lot("control:cart", user) < 0.1
        assert found["held_out"] is held
        assert found["campaigns"][0]["group"] == ("held out" if held else "control group" if control else "only")
        groups.add(found["campaigns"][0]["group"])
    assert groups == {"held out", "control group", "only"}


def test_holdout_asks_the_id_that_was_assigned_first(tmp_path: Path, campaigns: Path) -> None:
    """web-1 was assigned as a stranger, then logged in as somebody new."""
    events: list[dict[str, Any]] = [
        {"type": "track", "event": "Product Added", "anonymousId": "web-1", "properties": {"product_id": "tent", "price": 120, "quantity": 1}},
        {"type": "track", "event": "Page Seen", "anonymousId": "web-1"},
        {"type": "identify", "userId": "ada", "anonymousId": "web-1"},
    ]
    lines = [json.dumps({**each, "messageId": f"m{n}", "timestamp": f"2026-03-02T0{7 + n}:00:00Z"}) for n, each in enumerate(events)]
    (tmp_path / "e.jsonl").write_text("\n".join(lines) + "\n")
    words = ["holdout", "ada", "--campaigns", str(campaigns), "--events", str(tmp_path / "e.jsonl")]
    ran = CliRunner().invoke(kairos, words)
    assert ran.exit_code == 0, ran.output
    assert "web-1, which was assigned first, draws" in ran.output
    words[1] = "nobody"
    ran = CliRunner().invoke(kairos, words)
    assert ran.exit_code == 1
    assert "no event of 'nobody'" in ran.output


EXPERIMENT = """\
campaign: cart
trigger: {idle: 30m, of: cart, unless: [order_completed]}
variants:
  plain: {channel: email, content: {subject: Hello, body: x}}
  loud: {channel: email, content: {subject: HELLO, body: x}}
  green: {weight: 2, channel: email, content: {subject: Hello, body: x}}
goal: {event: order_completed, within: 3d, value: revenue}
experiment: {hypothesis: Loud words sell, minimum_effect: 10%, sample: SAMPLE, stop: {early: EARLY}}
"""


def arms_records() -> Any:
    """A quarter each sees plain and loud, half sees green; 20, 30 and 21 % order."""
    for number in range(4_000):
        variant, rate = (("plain", 20), ("loud", 30), ("green", 21), ("green", 21))[number % 4]
        told = decision(number, f"u{number}", "acted", START + number * 60_000, variant=variant)
        yield "decisions", told
        yield "outcomes", outcome(told, int(number // 4 % 100 < rate))
    yield "decisions", decision(9_999, "late", "withheld", START + 20 * 86_400_000)


def test_an_experiment_compares_each_variant_with_its_base_by_its_own_rule(tmp_path: Path, campaigns: Path) -> None:
    file = write(tmp_path / "records.jsonl", arms_records())
    (campaigns / "cart.yaml").write_text(EXPERIMENT.replace("SAMPLE", "1000").replace("EARLY", "harm"))
    ran = run("cart", "--from", file, "--campaigns", campaigns, "--json")
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.stdout)
    assert list(found) == ["cart, loud", "cart, green"]
    loud, green = found.values()
    assert (loud["groups"], loud["people"], green["people"]) == (["loud", "plain"], [1_000, 1_000], [2_000, 1_000])
    assert (loud["planned"], green["planned"]) == (2_000, 3_000)
    assert loud["effects"]["reached"]["effect"] == pytest.approx(0.1)
    assert loud["effects"]["value_per_conversion"]["effect"] == pytest.approx(0, abs=1e-9)
    assert green["sample_ratio"]["expected"] == pytest.approx([2_000, 1_000])
    assert loud["advice"]["word"] == "keep"
    assert green["advice"]["sentence"].startswith("stop: the sample is complete, and no effect on reached was found")


@pytest.mark.slow
def test_before_its_sample_is_complete_an_experiment_ends_only_as_its_rule_says(tmp_path: Path, campaigns: Path) -> None:
    file = write(tmp_path / "records.jsonl", arms_records())
    words = {}
    for early in ("never", "harm", "both"):
        (campaigns / "cart.yaml").write_text(EXPERIMENT.replace("SAMPLE", "5000").replace("EARLY", early))
        ran = run("cart", "--from", file, "--campaigns", campaigns, "--json")
        words[early] = json.loads(ran.stdout)["cart, loud"]["advice"]
    assert [words[early]["word"] for early in ("never", "harm", "both")] == ["wait", "wait", "keep"]
    assert "until the sample is complete" in words["harm"]["sentence"]


def test_any_two_arms_are_compared_on_demand(tmp_path: Path, campaigns: Path) -> None:
    file = write(tmp_path / "records.jsonl", arms_records())
    found = told("cart", "--from", file, "--variant", "green", "--against", "loud")
    assert found["groups"] == ["green", "loud"]
    assert found["effects"]["reached"]["effect"] == pytest.approx(-0.09)
    for words, line in ((("--variant", "lout"), "did you mean 'loud'?"), (("--variant", "loud", "--against", "loud"), "compared with itself")):
        ran = run("cart", "--from", file, *words)
        assert ran.exit_code == 1
        assert line in ran.output


@pytest.mark.parametrize("choose", ["bandit", "split"])
def test_the_variants_of_a_bandit_are_compared_with_a_word_on_who_chose_them(tmp_path: Path, choose: str) -> None:
    two = "variants: {a: {channel: email, content: {body: x}}, b: {channel: email, content: {body: y}}}"
    text = CAMPAIGN.replace("variants: {only: {channel: email, content: {subject: Hello, body: x}}}", f"{two}\nchoose: {choose}")
    (tmp_path / "cart.yaml").write_text(text)
    records = []
    for number in range(80):
        made = decision(number, f"u{number}", "acted", START + number, variant="ab"[number % 2])
        records += [("decisions", made), ("outcomes", outcome(made, int(number % 4 == 0)))]
    file = write(tmp_path / "records.jsonl", iter(records))
    shown = run("cart", "--variant", "b", "--against", "a", "--from", file, "--campaigns", tmp_path / "cart.yaml")
    assert shown.exit_code == 0, shown.output
    assert ("a bandit chooses the variant by what it knows at that time" in shown.output) == (choose == "bandit")
    assert "a bandit chooses" not in run("cart", "--from", file, "--campaigns", tmp_path / "cart.yaml").output
