"""Files as shops have them: whatever is in them, figures or a sentence come out, by both protocols, and never a traceback."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.builders import DAY, MINUTE, MONDAY
from tests.training.recommend.worlds import clusters, shop, viewed, write
from training.command import training

PROTOCOLS = ("leave-one-out", "sessions")


def run(history: Path, protocol: str, *arguments: str) -> Result:
    return CliRunner().invoke(training, ["recommend", "--history", str(history), "--evaluate", protocol, "--json", *arguments])


def fine(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, (result.output, result.exception)
    found: dict[str, Any] = json.loads(result.stdout, parse_constant=_no_number)
    return found


def _no_number(name: str) -> Any:
    msg = f"{name} is not a number in JSON"
    raise ValueError(msg)


def sentence(result: Result) -> str:
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (result.output, result.exception)
    return " ".join(result.output.split())


def people(number: int = 12, items: int = 4, **more: Any) -> Iterator[dict[str, Any]]:
    """Each a day after the one before, an item a minute; every time and every message id is another."""
    for n in range(number):
        for place in range(items):
            yield viewed(f"u{n}", f"i{(n + place) % 7}", MONDAY + n * DAY + place * MINUTE, f"{n}-{place}") | more


NOTHING: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no readable event"),
    "blank lines": (lambda: b"\n \n\n", "no readable event"),
    "a text of two bytes each": (lambda: "\n".join(json.dumps(each) for each in people()).encode("utf-16"), "rejected, first line 1"),
    "one list of all events": (lambda: json.dumps(list(people()), indent=1).encode(), "one event per line is needed"),
    "nobody": (lambda: b"\n".join(json.dumps(each | {"userId": None}).encode() for each in people()), "rejected, first line 1"),
    "a table": (lambda: b"user,item\nada,tent\n", "rejected, first line 1"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_file_without_a_usable_line_says_so_and_why(tmp_path: Path, name: str) -> None:
    made, told = NOTHING[name]
    (tmp_path / "events.jsonl").write_bytes(made())
    for protocol in PROTOCOLS:
        assert told in sentence(run(tmp_path / "events.jsonl", protocol))


def test_a_packed_file_that_is_cut_off_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(b"\n".join(json.dumps(each).encode() for each in people(200)))
    (tmp_path / "events.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    assert "events.jsonl.gz cannot be read" in sentence(run(tmp_path / "events.jsonl.gz", "leave-one-out"))


def test_one_customer_alone_has_figures(tmp_path: Path) -> None:
    file = shop(tmp_path / "one.jsonl", [[n % 30 for n in range(60)]])
    assert fine(run(file, "leave-one-out"))["evaluation"]["cases"] == 1
    assert fine(run(file, "sessions"))["evaluation"]["cases"] > 1


def test_one_item_that_everybody_takes_leaves_nothing_to_find(tmp_path: Path) -> None:
    file = shop(tmp_path / "same.jsonl", [[0, 0, 0]] * 20)
    assert "nothing can be held out: 20 people with a single item" in sentence(run(file, "leave-one-out"))
    found = fine(run(file, "sessions"))
    assert found["strategies"]["popularity"]["HR@10"] == 1 and found["strategies"]["item-to-item"]["HR@10"] <= 1


@pytest.mark.parametrize("name", ["at one time", "in 1970", "in the year 9999", "without a time"])
def test_strange_times_have_figures(tmp_path: Path, name: str) -> None:
    when: dict[str, Any] = {
        "at one time": {"timestamp": "2026-03-02T10:00:00Z"},
        "in 1970": {"timestamp": "1970-01-01T00:00:00Z"},
        "in the year 9999": {"timestamp": "9999-12-31T23:59:59Z"},
        "without a time": {"timestamp": None},
    }
    file = write(tmp_path / "events.jsonl", people(**when[name]))
    for protocol in PROTOCOLS:
        result = run(file, protocol, "--strategy", "item-to-item", "--strategy", "trending")
        assert result.exit_code == 0 or "nothing" in sentence(result)
        if result.exit_code == 0:
            assert 0 <= fine(result)["strategies"]["trending"]["HR@10"] <= 1


def test_backwards_shuffled_and_doubled_lines_say_the_same_as_the_file_in_order(tmp_path: Path) -> None:
    events = list(people())
    plain, messy = write(tmp_path / "a.jsonl", events), write(tmp_path / "b.jsonl", [*events[::-2], *events[::-1], *events])
    for protocol in PROTOCOLS:
        ours, theirs = (fine(run(each, protocol, "--strategy", "item-to-item", "--strategy", "v-sknn")) for each in (plain, messy))
        assert ours["strategies"] == theirs["strategies"] and ours["evaluation"] == theirs["evaluation"]
        assert theirs["history"]["told_again"] == 2 * len(events) - len(events) // 2


def test_lines_of_another_system_are_read(tmp_path: Path) -> None:
    lines = b"\r\n".join(json.dumps(each).encode() for each in people())
    (tmp_path / "windows.jsonl").write_bytes(b"\xef\xbb\xbf" + lines + b"\r\n")
    found = fine(run(tmp_path / "windows.jsonl", "leave-one-out", "--strategy", "popularity"))
    assert found["history"]["rejected_lines"] == 0 and found["history"]["interactions"] == 48


def test_the_first_line_of_such_a_file_has_its_own_time(tmp_path: Path) -> None:
    """Two people alone: whoever came first must not come at the time of the other."""
    events = [viewed("ada", "i0", MONDAY + DAY, "1"), viewed("ada", "i1", MONDAY, "2"), viewed("ada", "i2", MONDAY + 2 * DAY, "3")]
    (tmp_path / "windows.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(json.dumps(each).encode() for each in events))
    result = run(tmp_path / "windows.jsonl", "leave-one-out", "--strategy", "popularity")
    assert fine(result)["evaluation"]["cases"] == 1 and "no time" not in result.stderr


def flat(key: str, item: str = "product_id", when: str = "timestamp", **more: Any) -> list[dict[str, Any]]:
    """The events of `people` as tables have them."""
    told = [(each["userId"], each["properties"]["product_id"], each["timestamp"]) for each in people()]
    return [{key: "product_viewed", "user_id": person, item: product, when: at} | more for person, product, at in told]


@pytest.mark.parametrize(
    "lines",
    [
        flat("event"),
        flat("event", item="item_id"),
        flat("event", item="sku", name="an article", price=5),
        flat("event", when="time"),
        flat("event", when="ts"),
        flat("type"),
        flat("event_type"),
        flat("event_name", when="event_time"),
        [{"type": "Product Viewed", **{key: value for key, value in each.items() if key not in ("event", "type")}} for each in people()],
        [{"eventType": "product_viewed", **{key: value for key, value in each.items() if key not in ("event", "type")}} for each in people()],
    ],
    ids=str,
)
def test_properties_beside_the_event_and_names_in_another_place_are_read_and_told(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    plain, other = write(tmp_path / "plain.jsonl", people()), write(tmp_path / "other.jsonl", lines)
    for protocol in PROTOCOLS:
        ours = fine(run(plain, protocol, "--strategy", "popularity", "--strategy", "item-to-item"))
        result = run(other, protocol, "--strategy", "popularity", "--strategy", "item-to-item")
        assert fine(result)["strategies"] == ours["strategies"]
        assert "48 lines (lines 1, 2, 3, 4, 5 and 43 more) are read as if" in " ".join(result.stderr.split())


def test_a_packed_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_bytes(gzip.compress(b"\n".join(json.dumps(each).encode() for each in people())))
    (tmp_path / "plain.jsonl.gz").write_bytes(b"\n".join(json.dumps(each).encode() for each in people()))
    for name in ("events.jsonl", "plain.jsonl.gz"):
        assert fine(run(tmp_path / name, "leave-one-out", "--strategy", "popularity"))["history"]["interactions"] == 48


@pytest.mark.parametrize("told", [{"product_ids": ["i1", "i2"]}, {"products": ["i1", "i2"]}, {"products": []}, {"product": {"id": "i1"}}, {}])
def test_orders_that_name_no_product_say_what_is_missing(tmp_path: Path, told: dict[str, Any]) -> None:
    events = [each | {"event": "order_completed", "properties": told} for each in people()]
    file = write(tmp_path / "events.jsonl", events)
    said = sentence(run(file, "leave-one-out"))
    assert "of these events, or lines of them, have no product_id, sku or name of a product" in said and "no readable event" not in said


def test_lines_of_an_order_without_an_id_are_left_out_and_counted(tmp_path: Path) -> None:
    def order(each: dict[str, Any]) -> dict[str, Any]:
        item = each["properties"]["product_id"]
        lines = [{"product_id": item, "quantity": 1}, {"product_id": None}, {"product_id": ""}, None, 7, {}]
        return each | {"event": "order_completed", "properties": {"order_id": each["messageId"], "items": lines}}

    found = fine(run(write(tmp_path / "events.jsonl", map(order, people())), "leave-one-out", "--strategy", "popularity"))
    assert (found["history"]["interactions"], found["history"]["without_product"]) == (48, 5 * 48)


def test_one_message_id_for_all_is_told(tmp_path: Path) -> None:
    file = write(tmp_path / "events.jsonl", people(messageId="the-same-for-all"))
    result = run(file, "leave-one-out", "--strategy", "popularity")
    assert "repeats of the same message" in result.stderr or "nothing can be held out" in sentence(result)


def test_ids_of_every_kind_are_items(tmp_path: Path) -> None:
    odd = [7, "7", 7.5, True, "\ud800", "ÄÖ 👟", "x" * 5_000, 10**30, "i0", [1], {"a": 1}, None]
    events = [viewed(f"u{n % 5}", item, MONDAY + n * MINUTE, n) for n, item in enumerate(odd * 6)]
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in events))
    for protocol in PROTOCOLS:
        found = fine(run(path, protocol, "--strategy", "popularity", "--strategy", "item-to-item"))
        assert found["history"]["people"] == 5 and found["history"]["without_product"] >= 6


def test_one_strategy_is_compared_with_itself(tmp_path: Path) -> None:
    file = shop(tmp_path / "events.jsonl", clusters(60, 20))
    for protocol in PROTOCOLS:
        found = fine(run(file, protocol, "--strategy", "popularity"))
        assert list(found["strategies"]) == ["popularity"]
        assert found["verdict"]["text"]
