"""`kairos try --report`: what the page says, that it can be trusted with hostile events, and that it stays small."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli.main import kairos
from services.report.notes import SAMPLES
from services.report.words import OUTCOMES, REASONS, REJECTIONS
from udfs.codecs.reasons import RejectionReason
from udfs.core.records import Outcome, Reason

CAMPAIGN = """
campaign: carts
description: Bring carts back
trigger: {idle: 30m, of: cart, unless: [order_completed]}
when: cart.value > 99
entry: {once_per: cart.id}
variants:
  reminder:
    channel: email
    content: {subject: "Your {{ (cart.items | first).name }} waits", body: "Hello {{ user.first_name | default('there') }}"}
send: {expires: 6h}
"""
EXAMPLE = Path(__file__).parents[2] / "docs/examples/events.jsonl"


def event(user: str, minute: int, name: str = "Product Added", *, kind: str = "track", **more: Any) -> str:
    clock = f"2026-01-05T{10 + minute // 60:02}:{minute % 60:02}:00Z"
    told = {"messageId": f"{user}-{minute}-{name}", "type": kind, "event": name, "userId": user, "timestamp": clock}
    return json.dumps({**told, **more})


def added(user: str, minute: int, *, price: float = 120, **properties: Any) -> str:
    return event(user, minute, properties={"product_id": "tent", "name": "Tent", "price": price, "quantity": 1, **properties})


class Page(HTMLParser):
    """What a browser would make of it: its text, and every element with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] != "style":
            self.words.append(data)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "campaigns").mkdir()
    (tmp_path / "campaigns/features.yaml").write_text("features: []\n")
    (tmp_path / "campaigns/carts.yaml").write_text(CAMPAIGN)
    return tmp_path


def run(folder: Path, lines: list[str], *options: str) -> Result:
    (folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="surrogateescape")
    base = ["try", str(folder / "events.jsonl"), "--campaigns", str(folder / "campaigns"), "--report", str(folder / "out.html")]
    return CliRunner().invoke(kairos, [*base, *options])


def reported(folder: Path, lines: list[str], *options: str) -> Page:
    result = run(folder, lines, *options)
    assert result.exit_code == 0, result.output
    return Page((folder / "out.html").read_text(encoding="utf-8"))


def test_it_tells_what_was_read_what_became_of_each_trigger_and_the_message_as_it_is_read(folder: Path) -> None:
    ada = [event("ada", 0, kind="identify", traits={"first_name": "Ada"}), added("ada", 1)]
    bo = [added("bo", 2, price=50)]
    cy = [added("cy", 3), event("cy", 9, "Order Completed", properties={"order_id": "1"})]
    page = reported(folder, [*ada, *bo, *cy]).text
    assert "5 events of 3 customers, on Monday 5 January 2026 between 10:00 and 10:09 (UTC)." in page
    assert "What 1 campaign would have done with events.jsonl" in page
    triggered, unmet, warming, blocked, decided, cancelled = 2, 1, 0, 0, 1, 1
    assert f"Condition: cart.value > 99 {triggered} {unmet} {warming} {blocked} {decided} {cancelled}" in page
    assert "Trigger: a cart untouched for 30m, unless order_completed" in page
    assert "carts reminder E-mail 1 0 0 0" in page
    assert "10:31 30 minutes later Sent: carts variant reminder channel E-mail E-mail Your Tent waits Hello Ada" in page
    assert "To be delivered by: Monday 5 January 2026, 16:31" in page
    assert "10:32 30 minutes later Time passed Condition not met: carts" in page
    assert "Order completed order_id 1 Cancelled: carts" in page
    assert "None: every line of the file was read as an event." in page


def test_a_decision_against_says_why_and_until_when_it_is_put_off(folder: Path) -> None:
    (folder / "policy.yaml").write_text(
        'consent: {default: {marketing: grant}}\nquiet_hours: {from: "10:00", to: "12:00", fallback: UTC}\n'
        "caps: [{id: one, channel: any, max: 1, per: day}]\n"
    )
    lines = [added("ada", 0), added("ada", 0, cart_id="other")]
    page = reported(folder, lines, "--policy", str(folder / "policy.yaml")).text
    assert "Put off: carts" in page
    assert REASONS[Reason.QUIET_HOURS] in page
    assert "until Monday 5 January 2026, 12:" in page
    assert re.search(r"Quiet hours|QUIET_HOURS", page)


def by(page: Page, user: str) -> str:
    """The timeline of one customer, as text."""
    return page.text.partition("timeline")[2].partition(f" {user} ")[2].partition("Rejected events")[0]


def test_the_timeline_of_who_logged_in_has_what_came_before_under_the_anonymous_id(folder: Path) -> None:
    web: dict[str, Any] = {"userId": None, "anonymousId": "web-1"}
    lines = [
        event("w", 0, **web, properties={"product_id": "tent", "name": "Tent", "price": 120, "quantity": 1}),
        event("w", 40, "Product Added", **web, properties={"product_id": "mat", "name": "Mat", "price": 9, "quantity": 1}),
        event("ada", 50, "page", anonymousId="web-1"),
        event("bo", 60, "page", anonymousId="web-1"),
        event("w", 61, "Wish", **web),
    ]
    page = reported(folder, lines)
    told, note = by(page, "ada").partition(" bo ")[0], "Under the id web-1, before it was known to be this customer."
    assert told.count("Product added") == 2
    assert told.count(note) == 3, "two events, and what was decided between them"
    assert "Sent: carts" in told
    assert "Wish" not in told, "by then the device was Bo's"
    assert "Wish" in by(page, "bo")
    assert "Product added" not in by(reported(folder, lines, "--ids-apart"), "ada")


def test_a_condition_that_was_not_met_is_told_with_what_it_found_and_needs(folder: Path) -> None:
    page = reported(folder, [added("ada", 0, price=50), event("bo", 0, properties={"product_id": "tent"})]).text
    assert "Condition not met: carts ( cart.value is 50, needs > 99 )" in page
    assert "Condition not met: carts ( cart.value is not known, needs > 99 )" in page


def test_a_duplicate_is_marked_and_counted_in_the_singular(folder: Path) -> None:
    page = reported(folder, [added("ada", 0), added("ada", 0), event("ada", 1, "Wow")]).text
    assert page.count("Ignored: a duplicate, with an id that was known.") == 1
    assert "1 was a duplicate and was ignored." in page
    assert "1 has a name that the catalogue does not list: used unchanged." in page
    assert "1 customer " in page
    more = reported(folder, [added("ada", 0)] * 3 + [event("ada", 1, "Wow"), event("ada", 2, "Wow")]).text
    assert "2 were duplicates and were ignored." in more
    assert "2 have names that the catalogue does not list: used unchanged." in more


def test_names_of_properties_are_those_that_campaigns_use(folder: Path) -> None:
    page = reported(folder, [event("ada", 0, kind="identify", traits={"firstName": "Ada", "createdAt": "2025-01-01", "loyalty_tier": "gold"})]).text
    assert "firstName Ada" in page
    assert "createdAt 2025-01-01" in page
    assert "loyalty_tier gold" in page


def test_each_product_of_a_list_that_was_added_is_in_the_timeline(folder: Path) -> None:
    products = [{"product_id": "tent", "price": 120}, {"product_id": "mat", "price": 9}]
    assert by(reported(folder, [event("ada", 0, properties={"products": products})]), "ada").count("Product added product_id") == 2


def test_what_is_missing_is_counted_apart_from_what_was_set_aside(folder: Path) -> None:
    page = reported(folder, [event("ada", 0, properties={"id": "tent", "price": "cheap"}), event("bo", 0, properties={"price": 1})]).text
    assert "1 field set aside 2 fields missing" in page
    assert "2 fields that events should have were missing. The events themselves were processed." in page
    assert "Missing property: properties.product_id 2 records" in page
    assert "Set aside: Missing" not in page
    assert "('id' was sent: if that is what it means, call it product_id)" in page


def test_rejections_are_grouped_with_their_cure_and_at_most_ten_samples_of_each(folder: Path) -> None:
    broken = [json.dumps({"type": "track", "userId": "u", "messageId": str(n), "timestamp": 1767614400000}) for n in range(25)]
    page = reported(folder, [added("ada", 0), *broken, "nonsense"])
    assert "Missing field: event 25 records " + REJECTIONS[RejectionReason.MISSING_FIELD] in page.text
    assert "… and 15 more." in page.text
    assert "Unknown format 1 record" in page.text
    assert "26 records could not be taken" in page.text
    assert page.text.count('"type": "track", "userId": "u"') == SAMPLES
    assert "set aside" not in page.text


def test_what_was_set_aside_is_told_apart_from_what_was_rejected(folder: Path) -> None:
    cheap = [event("ada", n, properties={"product_id": "tent", "price": "cheap"}) for n in range(1, 26)]
    page = reported(folder, [added("ada", 0), *cheap]).text
    assert "25 fields could not be read and were set aside. The events themselves were processed." in page
    assert "Set aside: Bad property: properties.price 25 records " + REJECTIONS[RejectionReason.BAD_PROPERTY] in page
    assert "None: every line of the file was read as an event." in page


def test_what_comes_in_with_events_is_shown_and_never_run(folder: Path) -> None:
    attack = "</title><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>'\"{{ 7 * 7 }}"
    lines = [
        event(attack, 0, kind="identify", traits={"first_name": attack, attack: attack}),
        added(attack, 1, name=attack, note="\u202egnp.exe\u0000\u0007"),
        event("bo", 2, attack, properties={"products": [{"name": attack}], "link": "javascript:alert(3)"}),
        json.dumps({"type": "track", "event": attack, "userId": "cy", "timestamp": attack, "messageId": "m"}),
        attack,
    ]
    (folder / "campaigns/html.yaml").write_text(
        "campaign: html\ntrigger: {event: product_added}\n"
        "variants: {only: {channel: email, content: {subject: hi, html: '<p>{{ event.name }}</p><script>bad()</script><p>two</p>'}}}\n"
    )
    page = reported(folder, lines)
    harmless = "html head meta title style body main header footer section article div p span ul ol li h1 h2 h3"
    harmless += " table thead tbody tr th td b strong small em bdi time pre br"
    assert {tag for tag, _ in page.elements} <= set(harmless.split())
    names = {name for _, attributes in page.elements for name in attributes}
    assert names <= {"lang", "charset", "name", "content", "http-equiv", "class", "style", "data-label"}, "no address, no handler"
    html = (folder / "out.html").read_text(encoding="utf-8")
    assert not re.search(r"url\(|@import", html)
    assert "default-src 'none'" in html
    assert "alert(1)" in page.text, "it is shown, as text"
    assert "{{ 7 * 7 }}" in page.text
    assert "\u202e" not in html
    assert "\x00" not in html and "\x07" not in html
    assert "bad()" not in page.text, "of a message in HTML only the words are shown"


def test_no_time_is_told_in_epoch_milliseconds(folder: Path) -> None:
    page = reported(folder, [added("ada", 0, seen_at=1_767_609_000_000, note="since 1767609000000")])
    assert not re.search(r"\b1\d{12}\b", page.text.partition("Rejected events")[0])
    assert "seen_at Monday 5 January 2026, 10:30" in page.text


@pytest.mark.slow
def test_the_same_run_gives_the_same_report_from_standard_input_too(tmp_path: Path) -> None:
    pages = []
    for name in ("one.html", "two.html"):
        result = CliRunner().invoke(kairos, ["try", str(EXAMPLE), "--report", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
    piped = CliRunner().invoke(kairos, ["try", "-", "--report", str(tmp_path / "piped.html")], input=EXAMPLE.read_text())
    assert piped.exit_code == 0, piped.output
    assert (tmp_path / "piped.html").read_text().replace("standard input", EXAMPLE.name) == pages[0].decode()


def test_an_empty_file_and_one_of_rejected_events_only_have_their_report(folder: Path) -> None:
    empty = reported(folder, []).text
    assert "The file holds no events." in empty
    assert "no event was accepted" in empty
    assert run(folder, ["nonsense", "{}"]).exit_code == 1, "nothing could be taken: that is no success, but there is a report"
    refused = Page((folder / "out.html").read_text(encoding="utf-8")).text
    assert "2 records could not be taken" in refused
    assert "2 events of 0 customers" in refused
    assert "No decision was made" in refused


@pytest.mark.slow
def test_fifty_thousand_events_give_a_report_that_can_still_be_mailed(folder: Path) -> None:
    long = "x" * 3_000
    lines = [added(f"u{n % 700}", n % 600, price=n % 240, cart_id=str(n % 40), **{f"p{n % 50}": long if n % 10 == 0 else n}) for n in range(50_000)]
    lines = [line.replace("-Product Added", f"-{n}") for n, line in enumerate(lines)]
    broken = [
        json.dumps({"type": "track", "event": "Page", "userId": f"u{n}", "messageId": "m", "timestamp": 1, f"field{n}": long}) for n in range(500)
    ]
    page = reported(folder, [*lines, *broken, event("one", 1, properties={"product_id": "tent", "a" * 200: long})])
    assert (folder / "out.html").stat().st_size < 1_000_000
    assert "Timelines of 10 of 701 customers" in page.text


def test_a_report_that_cannot_be_written_is_refused_before_the_run(folder: Path) -> None:
    nowhere = run(folder, [added("ada", 0)], "--report", str(folder / "missing/out.html"))
    assert nowhere.exit_code == 2
    assert "there is no folder" in nowhere.output
    over = run(folder, [added("ada", 0)], "--report", str(folder / "events.jsonl"))
    assert over.exit_code == 2
    assert added("ada", 0) in (folder / "events.jsonl").read_text()


@pytest.mark.parametrize(("words", "codes"), [(OUTCOMES, Outcome), (REASONS, Reason), (REJECTIONS, RejectionReason)])
def test_every_outcome_and_reason_has_words(words: dict[str, str], codes: Any) -> None:
    assert set(words) == set(codes)
    assert all(unescape(text) and "_" not in text for text in words.values())
