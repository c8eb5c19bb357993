"""Metrics of a user's own: which are accepted, and what is said of the others."""

import re
from pathlib import Path

import pytest

from services.documents.findings import BadFile
from services.documents.yaml12 import parse
from services.kpis.language import UnknownMetric, chosen, metrics_of, read_metrics, shipped
from services.kpis.tables import TABLES

OWNERS = {
    "funnel metrics, drop-off percentages at each stage": ("funnel-drop-off", "stage-drop-off"),
    "open rates": ("open-rate",),
    "click-through": ("click-rate", "click-to-open-rate"),
    "click-through rate on personalised elements, on the recommendation carousel": ("promotion-click-rate", "recommendation-click-rate"),
    "add-to-cart rate from recommended products": ("recommendation-add-rate", "add-to-cart-rate"),
    "dwell time, engagement time": ("dwell-time", "session-duration"),
    "pages per session": ("pages-per-session",),
    "conversion rate": ("conversion-rate", "session-conversion-rate", "customer-conversion-rate"),
    "conversion against those who got no message": ("conversion-rate-held-out",),
    "average order value": ("average-order-value",),
    "average cart value": ("average-cart-value",),
    "revenue per user": ("revenue-per-user",),
    "revenue per session": ("revenue-per-session",),
    "bounce rate, a guardrail": ("bounce-rate",),
    "retention rate, churn": ("retention-7d", "retention-30d", "churn-30d"),
    "customer retention rate, repeat usage": ("repeat-purchase-rate-90d",),
    "time to repeat purchase": ("time-to-repeat-purchase",),
    "customer lifetime value over 90 and 180 days": ("clv-90d", "clv-180d"),
    "checkout rate, cart abandonment": ("checkout-rate", "cart-abandonment"),
    "newsletter engagement rate": ("engagement-rate",),
    "lead capture": ("sign-up-rate",),
    "linear and time-decay attribution": ("credited-revenue", "credited-revenue-linear"),
}


def read(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "metrics.yaml"
    file.write_text(text)
    return file


def test_every_kpi_of_the_owners_texts_comes_with_kairos() -> None:
    known = {each.name: each for each in shipped()}
    assert [name for names in OWNERS.values() for name in names if name not in known] == []
    assert known["bounce-rate"].is_guardrail
    assert known["bounce-rate"].better == "lower"


def test_a_metric_of_the_same_name_takes_the_place_of_one_that_comes_with_kairos(tmp_path: Path) -> None:
    file = read(tmp_path, "metrics:\n  open-rate:\n    means: Ours.\n    numerator: {count: messages}\n    unit: number\n")
    known = {each.name: each for each in [*shipped(), *read_metrics([file])]}
    assert known["open-rate"].means == "Ours."
    assert len(known) == len(shipped())


BODY = "metrics:\n  mine:\n    means: It is mine.\n    unit: {unit}\n    {body}\n"


@pytest.mark.parametrize(
    ("unit", "body", "says", "hint"),
    [
        ("percent", "numerator: {count: mesages}\n    denominator: {count: messages}", "no table 'mesages'", "'messages'"),
        ("percent", "numerator: {count: messages, where: openned}\n    denominator: {count: messages}", "no column 'openned'", "'opened'"),
        ("number", "numerator: {sum: orders.nett}", "no column 'nett'", "'net'"),
        ("number", "numerator: {sum: messages.channel}", "messages.channel is not a number", "numbers of messages"),
        ("number", "numerator: {sum: events.event}", "not a number", "count its rows"),
        ("number", "numerator: {sum: orders}", "orders", "orders.net"),
        ("number", "numerator: {}", "does not say what to count", "{count: orders}"),
        ("number", "numerator: {count: orders, people: orders}", "has count and people", "one of them"),
        ("number", "denominator: {count: orders}", "a numerator or a funnel", ""),
        ("percent", "numerator: {count: orders}", "a percentage of what", "denominator"),
        ("percent", "numerator: {count: orders}\n    denominator: {count: sessions}", "some of the rows", "unit: number"),
        ("percent", "numerator: {any: orders}\n    denominator: {count: people}", "any needs a window", "window: 30d"),
        ("percent", "numerator: {any: orders}\n    window: 30d", "denominator that counts rows", "denominator"),
        (
            "percent",
            "numerator: {any: orders}\n    denominator: {count: people}\n    window: {after: 60d, until: 30d}",
            "ends before it begins",
            "{after",
        ),
        ("percent", "numerator: {any: orders}\n    denominator: {count: people}\n    window: 30 days", "30 days", "30m"),
        ("number", "numerator: {mean: sessions.pages}\n    denominator: {count: people}", "divided by nothing", "{mean: orders.net}"),
        ("percent", "numerator: {sum: orders.net}\n    denominator: {count: orders}", "is money", ""),
        ("money", "numerator: {count: orders}", "does not come to money", ""),
        ("number", "numerator: {median: orders.since_last}", "duration", "sessions.seconds"),
        ("euro", "numerator: {count: orders}", "'euro'", "percent, number, money, duration"),
        ("number", "numerator: {count: orders, wher: number == 1}", "unknown key 'wher'", "'where'"),
        ("number", "numerator: {count: orders}\n    same: properties.x", "with a window", ""),
        ("percent", "funnel: {of: people, stages: {a: true, b: event == 'x'}}", "a funnel of people has a time", "within"),
        ("percent", "funnel: {of: sessions, within: 1d, stages: {a: true, b: true}}", "a funnel of sessions has no time", "leave `within` out"),
        ("number", "funnel: {of: sessions, stages: {a: true, b: true}}", "unit is percent", ""),
        ("percent", "funnel: {of: sessions, stages: {a: true}}", "stages", ""),
        ("percent", "funnel: {of: sessions, stages: {a: true, b: evnt == 'x'}}", "no column 'evnt'", "'event'"),
        ("number", "numerator: {count: orders, where: number = 1}", "not a condition", "=="),
        ("number", "numerator: {count: orders, where: number == 'one'}", "never equal", ""),
        ("number", "numerator: {count: orders, where: properties.total > 1}", "orders has no properties.total", "only events"),
        ("number", "numerator: {count: orders, where: total}", "not a condition", "orders > 0"),
        ("number", "numerator: {count: messages, where: 'channel > \"email\"'}", "neither less nor more", "=="),
        ("number", "numerator: {count: messages, where: 'channel in \"email\"'}", "after in stands a list", '["email", "push"]'),
        ("number", "numerator: {count: messages, where: seen(opened)}", "seen() is not part of conditions", ""),
        ("number", "numerator: {count: messages, where: opened is null}", "", "=="),
    ],
)
def test_what_is_wrong_is_said_with_its_line_and_what_to_write(tmp_path: Path, unit: str, body: str, says: str, hint: str) -> None:
    with pytest.raises(BadFile) as caught:
        read_metrics([read(tmp_path, BODY.format(unit=unit, body=body))])
    text = str(caught.value)
    assert says in text
    assert hint in text
    assert all(finding.line >= 2 for finding in caught.value.findings)


def test_a_mistake_in_a_condition_is_shown_under_its_word(tmp_path: Path) -> None:
    file = read(tmp_path, "metrics:\n  mine:\n    means: x\n    unit: number\n    numerator: {count: messages, where: opened and clikced}\n")
    with pytest.raises(BadFile) as caught:
        read_metrics([file])
    finding = caught.value.findings[0]
    assert (finding.line, finding.column) == (5, finding.text.index("clikced") + 1)
    assert finding.suggestion == "did you mean 'clicked'?"


def test_a_mistake_in_a_common_condition_is_said_once(tmp_path: Path) -> None:
    body = "numerator: {count: messages, where: opened}\n    denominator: {count: messages}\n    where: chanel == 'email'"
    with pytest.raises(BadFile) as caught:
        read_metrics([read(tmp_path, BODY.format(unit="percent", body=body))])
    assert len(caught.value.findings) == 1


@pytest.mark.parametrize(
    "text", ["", "[]", "metrics: {}", "metric: {}", "metrics:\n  Open Rate:\n    means: x\n    unit: number\n    numerator: {count: orders}\n"]
)
def test_files_that_hold_no_metrics_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadFile):
        read_metrics([read(tmp_path, text)])


def test_a_metric_that_nobody_has_defined_is_not_found() -> None:
    with pytest.raises(UnknownMetric, match="did you mean 'open-rate'"):
        list(chosen(shipped(), ["open-rat"]))


def test_the_page_says_what_the_code_does() -> None:
    """Every table with its columns, every metric that comes with Kairos with its meaning, and metrics that can be taken as they stand."""
    page = Path("docs/kpis.md").read_text(encoding="utf-8")
    for table in TABLES.values():
        assert f"| `{table.name}` | {table.means} |" in page
        named = "`messages`, `held_out`" if table.name in ("messages", "held_out") else f"`{table.name}`"
        for name, column in table.columns.items():
            assert f"| {named} | `{name}` | {column.means} |" in page
    for each in shipped():
        assert f"| `{each.name}`{' (guardrail)' * each.is_guardrail} | {each.unit} | {each.means} |" in page
    assert f"[{_in_words(len(shipped()))}](#the-metrics-that-come-with-kairos)" in page.lower()
    blocks = re.findall(r'```yaml title="metrics.yaml"\n(.*?)```', page, re.DOTALL)
    assert blocks
    for block in blocks:
        assert metrics_of(parse(block, file=Path("metrics.yaml")))[1] == []


def _in_words(number: int) -> str:
    return {43: "forty-three"}[number]
