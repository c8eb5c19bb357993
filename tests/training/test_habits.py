"""What customers usually do with messages: hours where they are, the share of messages answered, and what must not count."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.documents.yaml12 import parse
from training.command import training
from training.errors import HistoryError
from training.habits import LEAST, habits
from training.history import from_file
from training.options import book
from udfs.core.policy.language.policy import compile_policy

DAY = 86_400_000
MONDAY = 1_772_409_600_000
"""2026-03-02 00:00 UTC."""
HOUR = 3_600_000


def receipt(name: str, user: str, decision: str | None, at: int, *, channel: str = "email", zone: str | None = "Europe/Berlin", **more: Any) -> Any:
    return {
        "messageId": f"{name}-{decision}-{at}",
        "type": "track",
        "event": name,
        "userId": user,
        "timestamp": at,
        "properties": {"channel": channel, **({"decision_id": decision} if decision else {}), **more},
        **({"context": {"timezone": zone}} if zone else {}),
    }


def story(users: int = LEAST, *, zone: str | None = "Europe/Berlin", read_at: int = MONDAY + 18 * HOUR) -> list[dict[str, Any]]:
    """Each gets two e-mails, and opens the first at `read_at`: 19 o'clock in Berlin."""
    events = []
    for number in range(users):
        user = f"user-{number}"
        for message in range(2):
            events.append(receipt("Message Sent", user, f"{user}-{message}", MONDAY + message * HOUR, zone=zone))
        events.append(receipt("Message Opened", user, f"{user}-0", read_at, zone=zone))
    return [*events, receipt("Page", "somebody", None, MONDAY + 10 * DAY)]


def written(folder: Path, events: Iterable[dict[str, Any]]) -> Path:
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in sorted(events, key=lambda each: each["timestamp"])))
    return file


def found(folder: Path, events: Iterable[dict[str, Any]], *, timezone: str | None = None) -> Any:
    return habits(from_file(written(folder, events), "jsonl").read(), book((), None), links_ids=True, timezone=timezone)


def test_hours_are_those_where_customers_are_and_half_the_messages_are_answered(tmp_path: Path) -> None:
    usual = found(tmp_path, story())
    assert [hour for hour, share in enumerate(usual.hours) if share] == [19]
    assert sum(usual.hours) == pytest.approx(1)
    assert (usual.answered, usual.messages) == ({"email": 0.5}, {"email": 2 * LEAST})


def test_a_customer_who_reads_a_lot_counts_as_much_as_any_other(tmp_path: Path) -> None:
    often = [receipt("Message Opened", "reads-all", f"reads-all-{number}", MONDAY + number * DAY + 5 * HOUR) for number in range(9)]
    usual = found(tmp_path, [*story(), *often])
    assert usual.hours[6] == pytest.approx(1 / (LEAST + 1))


def test_an_open_and_the_clicks_of_the_same_hour_are_one(tmp_path: Path) -> None:
    clicks = [receipt("Message Clicked", "user-0", "user-0-0", MONDAY + 18 * HOUR + 60_000)]
    later = [receipt("Message Clicked", "user-0", "user-0-0", MONDAY + 20 * HOUR)]
    assert found(tmp_path, [*story(), *clicks]).hours == found(tmp_path, story()).hours
    assert found(tmp_path, [*story(), *clicks, *later]).hours[21] == pytest.approx(0.5 / LEAST)


def test_what_machines_open_nobody_has_read(tmp_path: Path) -> None:
    events = [{**each, "properties": {**each["properties"], "machine": True}} if each["event"] == "Message Opened" else each for each in story()]
    usual = found(tmp_path, events)
    assert (usual.by_machine, usual.readers, usual.hours, usual.answered, usual.unread) == (LEAST, 0, [], {}, ["email"])


def test_messages_that_bounced_or_went_out_just_now_say_nothing(tmp_path: Path) -> None:
    bounced = [receipt("Message Bounced", f"user-{number}", f"user-{number}-1", MONDAY + 2 * HOUR) for number in range(LEAST)]
    assert found(tmp_path, [*story(), *bounced]).answered == {"email": 1.0}
    fresh = [receipt("Message Sent", f"user-{number}", f"new-{number}", MONDAY + 10 * DAY - HOUR) for number in range(LEAST)]
    assert found(tmp_path, [*story(), *fresh]).messages == {"email": 2 * LEAST}


def test_a_channel_nobody_opens_is_told_and_not_called_bad(tmp_path: Path) -> None:
    texts = [receipt("Message Sent", f"user-{number}", f"sms-{number}", MONDAY, channel="SMS ") for number in range(LEAST)]
    usual = found(tmp_path, [*story(), *texts])
    assert (usual.unread, list(usual.answered)) == (["sms"], ["email"])


def test_without_a_zone_customers_are_counted_and_left_out_unless_one_is_named(tmp_path: Path) -> None:
    usual = found(tmp_path, story(zone=None))
    assert (usual.hours, usual.readers, usual.without_zone) == ([], 0, LEAST)
    assert found(tmp_path, story(zone=None), timezone="Asia/Tokyo").hours[3] == 1.0


def test_receipts_of_no_message_are_counted(tmp_path: Path) -> None:
    usual = found(tmp_path, [*story(), receipt("Message Opened", "user-1", None, MONDAY + 19 * HOUR)])
    assert usual.without_id == 1
    assert usual.hours[20] == 0.0


def test_records_that_could_not_be_read_are_counted_and_told(tmp_path: Path) -> None:
    file = written(tmp_path, story())
    assert found(tmp_path, story()).unreadable == 0
    file.write_text("nope\n" + file.read_text() + "[5]\n")
    told = CliRunner().invoke(training, ["habits", "--history", str(file)])
    assert told.exit_code == 0, told.output
    assert "2 records that could not be read" in told.output


def test_who_reads_before_and_after_the_login_is_one(tmp_path: Path) -> None:
    """Opens under an anonymous id are hers once she has logged in."""
    events = []
    for each in story():
        if each["event"] == "Message Opened":
            told = {key: value for key, value in each.items() if key != "userId"}
            events += [{**told, "anonymousId": f"web-{each['userId']}"}]
            events += [
                {
                    "messageId": f"login-{each['userId']}",
                    "type": "identify",
                    "userId": each["userId"],
                    "anonymousId": f"web-{each['userId']}",
                    "timestamp": each["timestamp"] + 60_000,
                }
            ]
        else:
            events.append(each)
    assert found(tmp_path, events).readers == LEAST


def test_a_history_without_receipts_says_what_is_needed(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="no receipts of messages"):
        found(tmp_path, [receipt("Product Viewed", "ada", None, MONDAY)])


@pytest.mark.parametrize("content", [b"", b"user,opened\n1,2\n", b"\xff\xfe" + "{}".encode("utf-16-le") * 9])
def test_a_history_of_another_format_says_so_and_not_that_receipts_are_missing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.jsonl").write_bytes(content)
    source = from_file(tmp_path / "other.jsonl", "jsonl")
    with pytest.raises(HistoryError, match=r"no readable event.*: a file has a JSON object on each line"):
        habits(source.read(), book((), None), links_ids=False)


def test_with_few_customers_no_figure_is_told(tmp_path: Path) -> None:
    usual = found(tmp_path, story(LEAST // 2 - 1))
    assert (usual.hours, usual.answered) == ([], {})


def test_the_command_prints_lines_that_a_policy_takes(tmp_path: Path) -> None:
    file = written(tmp_path, story())
    done = CliRunner().invoke(training, ["habits", "--history", str(file)])
    assert done.exit_code == 0, done.output
    policy = compile_policy(parse(done.stdout, file=tmp_path / "policy.yaml").value)
    assert policy.send_hours[19] == 1.0
    assert policy.answered["email"] == 0.5
    as_json = CliRunner().invoke(training, ["habits", "--history", str(file), "--json"])
    assert json.loads(as_json.stdout)["readers"] == LEAST


def test_a_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(training, ["habits", "--history", str(written(tmp_path, story())), "--timezone", "Nowhere/Else"])
    assert done.exit_code == 2
    assert "Europe/London" in done.output
