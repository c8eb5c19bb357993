"""A well-formed rule that can never match is refused, with its position and a suggestion."""

from pathlib import Path

import pytest

from services.documents.check import check
from services.documents.files import load_campaign_files
from tests.documents.writing import write

BEGIN = "campaign: a\n"
LATE = BEGIN + "trigger: {event: page}\nvariants: {mail: {channel: email, content: {body: x}, wait: WAIT}}\n"
RISING = BEGIN + "trigger: {event: page, becomes: ASKED}\nvariants: {mail: {channel: email, content: {body: x}}}\n"
JOURNEY = (
    BEGIN + "trigger: {event: page}\nwhen: ASKED\nsteps: [{wait: 30d}, {send: hello}]\nvariants: {hello: {channel: email, content: {body: x}}}\n"
)


def told(tmp_path: Path, text: str) -> list[tuple[int, int, str]]:
    found = check(load_campaign_files([write(tmp_path / "a.yaml", text)]))
    return [(finding.line, finding.column, f"{finding.message} ({finding.suggestion})") for finding in found]


@pytest.mark.parametrize(
    ("wait", "send", "hint"), [("24h", "", "48h"), ("3d", "", "6d"), ("6h", "send: {expires: 6h}\n", "12h"), ("300d", "", "400d")]
)
def test_a_variant_that_waits_as_long_as_its_message_lives(tmp_path: Path, wait: str, send: str, hint: str) -> None:
    ((line, column, words),) = told(tmp_path, LATE.replace("WAIT", wait) + send)
    assert (line, column) == (3, 61)
    assert "waits until its message has expired" in words
    assert "send: {expires: " in words
    assert told(tmp_path, LATE.replace("WAIT", "5h") + send) == []


def test_what_the_event_itself_says_never_becomes_true(tmp_path: Path) -> None:
    ((line, column, words),) = told(tmp_path, RISING.replace("ASKED", "event.price > 9"))
    assert (line, column) == (2, 33)
    assert "write it as `when`" in words
    [(_, _, words)] = told(tmp_path, RISING.replace("ASKED", "'intent(event.query) == \"low\"'"))
    assert "event.query belongs to the event" in words, "what a text means does not change either"
    for sensible in ("session.events > 3", "session.events > 3 and event.price > 9"):
        assert told(tmp_path, RISING.replace("ASKED", sensible)) == []


@pytest.mark.parametrize("asked", ["'opened(\"hello\")'", '\'user.vip and not clicked("hello", "7d")\''])
def test_a_journey_is_not_asked_about_its_messages_before_it_began(tmp_path: Path, asked: str) -> None:
    ((line, column, words),) = told(tmp_path, JOURNEY.replace("ASKED", asked))
    assert (line, column) == (3, 8 + asked.find("opened") - 1 if "opened" in asked else 7 + asked.find("clicked"))
    assert "ask in a branch" in words
    assert told(tmp_path, JOURNEY.replace("ASKED", '\'not opened("win-back", "7d")\'')) == []
