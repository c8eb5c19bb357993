"""What the view says of what it saw."""

from io import StringIO
from typing import Any

from rich.console import Console

from services.view.figures import Figures, Latencies
from services.view.lines import latency_lines, message_line, progress, summary
from services.view.screen import Screen
from services.view.words import body, clock, head, milliseconds

BEGAN = 1_764_000_000_000


def decision(**changes: Any) -> dict[str, Any]:
    return {
        "campaign": "demo-cart-20s",
        "outcome": "acted",
        "reason": "ELIGIBLE",
        "trigger_event_id": "m1",
        "at": BEGAN + 1_000,
        "decided_at": BEGAN + 1_040,
        **changes,
    }


def action(**changes: Any) -> dict[str, Any]:
    content = {"subject": "10% off", "body": "Hi Ada,\n\n your  tent waits."}
    names = {"user_id": "ada", "campaign": "demo-cart-20s", "variant": "discount", "channel": "email"}
    return {**names, "at": BEGAN, "content": content, "offer": None, **changes}


def figures() -> Figures:
    seen = Figures(began=BEGAN)
    seen.sent_events(0, 0.0)
    seen.sent_events(300, 2.0)
    seen.decision(decision(), seen=BEGAN + 1_200)
    seen.decision(decision(outcome="control", reason="EXPERIMENT_CONTROL", trigger_event_id=None, decided_at=BEGAN + 1_700), seen=BEGAN + 1_900)
    seen.action(action())
    return seen


def drawn(seen: Figures, *, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, file=StringIO(), force_terminal=False)
    console.print(Screen(title="Kairos demo").draw(seen, passed="0:05 of 2:00", hint="Ctrl-C to end", width=width, height=height))
    file = console.file
    assert isinstance(file, StringIO)
    return file.getvalue().splitlines()


def test_decisions_are_counted_by_campaign_outcome_and_reason() -> None:
    assert figures().decisions == {("demo-cart-20s", "acted", "ELIGIBLE"): 1, ("demo-cart-20s", "control", "EXPERIMENT_CONTROL"): 1}
    assert figures().outcomes() == {"acted": 1, "control": 1}


def test_an_event_and_a_silence_are_timed_apart() -> None:
    seen = figures()
    assert seen.after_event.percentile(0.5) == 40
    assert seen.to_reader.percentile(0.5) == 200
    assert seen.after_silence.percentile(0.5) == 700


def test_what_was_triggered_before_the_job_ran_counts_but_is_not_timed() -> None:
    seen = Figures(began=BEGAN)
    seen.decision(decision(at=BEGAN - 1), seen=BEGAN + 50)
    assert seen.decisions.total() == 1
    assert seen.after_event.percentile(0.99) is None
    assert seen.first_decision == BEGAN + 50


def test_percentiles_are_values_that_were_seen() -> None:
    latencies = Latencies()
    for value in range(1, 101):
        latencies.add(value)
    assert (latencies.percentile(0.5), latencies.percentile(0.99)) == (51, 100)


def test_the_rate_is_of_the_last_seconds() -> None:
    seen = Figures(began=BEGAN)
    for second in range(20):
        seen.sent_events(min(second, 10) * 100, float(second))
    assert seen.rate == 0.0
    assert figures().rate == 150.0


def test_a_message_is_its_words_on_one_line() -> None:
    content = action()["content"]
    assert head(content) == "10% off"
    assert body(content) == "Hi Ada, your tent waits."
    assert body({"title": "T", "line": "one", "url": "https://shop.example"}) == "one · https://shop.example"
    assert head({"body": "b"}) == ""
    assert milliseconds(None) == "-"
    assert milliseconds(1_234) == "1,234 ms"


def test_the_screen_fits_a_terminal_of_80_by_24_and_shows_what_counts() -> None:
    seen = figures()
    for number in range(30):
        seen.action(action(user_id=f"user-{number}", content={"subject": "10% off", "body": "your tent waits." + " And waits." * 20}))
    lines = drawn(seen, width=80, height=24)
    assert len(lines) <= 24
    assert all(len(line) <= 80 for line in lines)
    text = "\n".join(lines)
    assert f"│ {clock(BEGAN)} " in text
    for words in ("150 events/s", "EXPERIMENT_CONTROL", "event → decided", "40 ms", "user-29", "10% off", "your tent waits", "0:05 of 2:00"):
        assert words in text


def test_before_anything_happened_the_screen_says_what_to_wait_for() -> None:
    text = "\n".join(drawn(Figures(began=BEGAN), width=100, height=30))
    assert "none yet" in text
    assert "the latest messages appear here" in text


def test_a_message_with_square_brackets_is_text_and_not_markup() -> None:
    seen = Figures(began=BEGAN)
    seen.action(action(content={"title": "[bold]sale[/nothing]", "body": "[link] here"}))
    assert "[bold]sale[/nothing]" in "\n".join(drawn(seen, width=100, height=30))


def test_plain_lines_say_the_same() -> None:
    seen = figures()
    assert progress(seen) == "300 events (150/s); decisions: 1 acted, 1 control; event → decided p50 40 ms, p99 40 ms"
    assert message_line(seen.messages[0]) == "email to ada (demo-cart-20s/discount): 10% off | Hi Ada, your tent waits."
    lines = [*summary(seen, now=BEGAN / 1000 + 60), *latency_lines(seen)]
    assert lines[0] == "300 events, 2 decisions, 1 messages; the job ran for 60 s"
    assert any("EXPERIMENT_CONTROL" in line for line in lines)
    assert sum("p99" in line for line in lines) == 3


def test_rejected_records_are_counted_by_reason() -> None:
    seen = figures()
    seen.rejection({"reason": "EMPTY", "accepted": False, "skipped": 0})
    seen.rejection({"reason": "BAD_PROPERTY", "accepted": True, "skipped": 4})
    assert (seen.rejected, seen.set_aside) == ({"EMPTY": 1}, 5)
    assert "5 fields set aside" in "\n".join(drawn(seen, width=100, height=30))
    assert "1 rejected" in "\n".join(drawn(seen, width=100, height=30))
