"""`kairos report`, over files and over a lake: the table, JSON, the page, and what is refused."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from tests.lake.filled import DAY, HOUR, KNOWN, START, events, put, track
from udfs.lake.tables import Rules

HISTORY = Path("docs/examples/goal/history.jsonl").resolve()
CAMPAIGNS = Path("docs/examples/goal").resolve()


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = CliRunner().invoke(kairos, ["try", str(HISTORY), "--campaigns", str(CAMPAIGNS), "--records"])
    file = tmp_path_factory.mktemp("records") / "records.jsonl"
    file.write_text(done.stdout)
    return file


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(kairos, ["report", *map(str, words)])


def test_a_report_over_files_shows_figures_with_their_counts(records: Path) -> None:
    done = run(
        "--events", HISTORY, "--records", records, "--metric", "open-rate", "--metric", "revenue-per-user", "--currency", "usd", "--by", "campaign"
    )
    assert done.exit_code == 0, done.output
    assert "(UTC), from" in done.stdout
    assert "Amounts that name no currency are in USD" in done.stdout
    rows = [line.split() for line in done.stdout.splitlines()]
    assert ["open-rate", "all", "50.0", "%", "1", "of", "2", "small"] in rows
    assert ["cart-reminder", "50.0", "%", "1", "of", "2", "small"] in rows
    assert ["revenue-per-user", "all", "50.00", "USD", "100.00", "for", "2", "small"] in rows
    assert "revenue-per-user cannot be divided by campaign" in done.stderr


@pytest.mark.slow
def test_a_report_as_json_has_every_figure_and_note(records: Path) -> None:
    done = run("--events", HISTORY, "--records", records, "--json", "--by", "week", "--zone", "Europe/Berlin")
    told = json.loads(done.stdout)
    assert (told["zone"], told["currency"], told["by"]) == ("Europe/Berlin", None, ["week"])
    metrics = {each["metric"]: each for each in told["metrics"]}
    assert metrics["open-rate"]["figures"][0] == {
        "group": {},
        "value": 0.5,
        "numerator": 1.0,
        "denominator": 2,
        "sample": 2,
        "small": True,
        "too_young": 0,
        "not_known": 0,
    }
    assert metrics["clv-90d"]["figures"][0]["value"] is None
    assert metrics["clv-90d"]["figures"][0]["why"].startswith("too young")
    assert metrics["bounce-rate"]["guardrail"] is True
    assert any(note.startswith("Small") for note in told["notes"])


def test_a_report_over_a_lake_matches_receipts_by_hashed_decisions(tmp_path: Path) -> None:
    """A lake holds no id of a decision, also not in receipts; with whatever case and hyphens they repeat it."""
    decision = "9c729651-3547-5245-9e00-7e9fdd261b54"
    made = {"decision_id": decision, "user_id": "ada", "campaign": "news", "channel": "email", "outcome": "acted", "attempt": 0, "at": START}
    put(tmp_path, "decisions", [("ada", made, START)], name="part-0", rules=Rules(pseudonyms=KNOWN))
    told = [
        track("ada", "message_delivered", START + HOUR, properties={"decision_id": decision}),
        track("ada", "message_opened", START + HOUR, properties={"decision_id": decision.upper().replace("-", "")}),
    ]
    events(tmp_path, told)
    events(tmp_path, [track("bob", "page", START + DAY)], name="part-1")
    done = run("--lake", tmp_path, "--metric", "open-rate", "--json")
    figure = json.loads(done.stdout)["metrics"][0]["figures"][0]
    assert (figure["numerator"], figure["denominator"]) == (1, 1)
    for file in tmp_path.rglob("part-*"):
        assert decision.encode() not in file.read_bytes()


@pytest.mark.slow
def test_an_empty_lake_has_no_figures_and_says_so(tmp_path: Path) -> None:
    done = run("--lake", tmp_path / "nowhere", "--json")
    told = json.loads(done.stdout)
    assert "There are no events: what was read is empty." in told["notes"]
    shares = [figure for each in told["metrics"] for figure in each["figures"] if each["unit"] == "percent"]
    assert all(figure["value"] is None and figure["why"] for figure in shares)


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href") and value and not value.startswith("#")]


@pytest.mark.slow
def test_the_page_is_one_file_with_pictures_that_loads_nothing(records: Path, tmp_path: Path) -> None:
    html = tmp_path / "out.html"
    done = run("--events", HISTORY, "--records", records, "--by", "week,campaign", "--html", html)
    assert f"report: {html}" in done.stdout
    page = _Parts()
    page.feed(html.read_text())
    assert page.tags.count("svg") > 10
    assert not {"script", "img", "link", "iframe"} & set(page.tags)
    assert page.outside == []
    assert "default-src 'none'" in html.read_text()


def test_names_from_outside_are_escaped_in_the_page(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>&\"'"
    made = {"decision_id": "d", "user_id": "ada", "campaign": evil, "channel": "email", "outcome": "acted", "attempt": 0, "at": START}
    put(tmp_path, "decisions", [("ada", made, START)], name="part-0", rules=Rules(pseudonyms=KNOWN))
    events(tmp_path, [track("bob", "page", START + DAY)])
    html = tmp_path / "out.html"
    assert run("--lake", tmp_path, "--by", "campaign", "--metric", "delivery-rate", "--html", html).exit_code == 0
    assert "<script>" not in html.read_text()
    assert "&lt;script&gt;" in html.read_text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--by", "weak"], "'weak' is not one of campaign, segment"),
        (["--from", "1.3.2026"], "write 2026-03-02"),
        (["--from", "2026-03-09", "--to", "2026-03-02"], "the period ends on 2026-03-02, before it begins"),
        (["--zone", "Mars"], "not a time zone"),
        (["--currency", "euros"], "write three letters, as EUR"),
        (["--metric", "open-rat"], "did you mean 'open-rate'?"),
        (["--lake", "somewhere", "--events", str(HISTORY)], "a lake or files, not both"),
        (["--records", str(HISTORY)], "holds no decisions"),
        (["--html", "/nowhere/at/all.html"], "there is no folder"),
        (["--metrics", str(CAMPAIGNS / "cart.yaml")], "unknown key"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(words: list[str], says: str, tmp_path: Path) -> None:
    done = run(*words, *([] if "--lake" in words or "--records" in words else ["--lake", str(tmp_path)]))
    assert done.exit_code in (1, 2)
    assert says in done.output
    assert "Traceback" not in done.output


@pytest.mark.slow
@pytest.mark.parametrize("line", ["not json", "[1]", '{"topic": "decisions", "value": {"decision_id": "d", "user_id": "u", "at": "soon"}}'])
def test_records_that_are_none_are_refused_with_their_line(line: str, tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text(f'{{"topic": "people", "value": null}}\n{line}\n')
    done = run("--records", file)
    assert done.exit_code == 1
    assert "line 2" in done.output


def test_list_shows_what_there_is_and_checks_files(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("metrics:\n  mine:\n    means: All orders.\n    numerator: {count: orders}\n    unit: number\n")
    done = run("--list", "--metrics", file)
    assert "open-rate" in done.stdout
    assert "All orders." in done.stdout


@pytest.mark.slow
def test_the_policy_makes_one_currency_of_several(tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text("consent: {default: {marketing: grant}}\ncurrency: {base: USD, rates: {EUR: 1.5}}\n")
    orders = [("a", 10, "EUR"), ("b", 1, None)]
    events(
        tmp_path / "lake",
        [
            track("ada", "Order Completed", START + at * HOUR, properties={"order_id": name, "total": total, **({"currency": unit} if unit else {})})
            for at, (name, total, unit) in enumerate(orders)
        ],
    )
    done = run("--lake", tmp_path / "lake", "--policy", policy, "--metric", "revenue", "--json")
    told = json.loads(done.stdout)
    assert (told["currency"], told["rates"]) == ("USD", {"EUR": 1.5})
    assert [(each["value"], each["currency"]) for each in told["metrics"][0]["figures"]] == [(16.0, "USD")]
    refused = run("--lake", tmp_path / "lake", "--policy", policy, "--currency", "EUR")
    assert "the policy says USD" in refused.output
