"""`kairos tail` says so, apart from its output, where there is nothing to show."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner

from cli.main import kairos


class Written(NamedTuple):
    """A record, as Kafka's client gives it."""

    topic: str
    key: bytes
    value: bytes
    timestamp: int


def tailed(monkeypatch: pytest.MonkeyPatch, *words: str, records: tuple[Written, ...] = ()) -> tuple[str, str]:
    def follow(*_: Any, **__: Any) -> Iterator[Written]:
        return iter(records)

    monkeypatch.setattr("services.kafka.tail.follow", follow)
    done = CliRunner().invoke(kairos, ["tail", *words, "--brokers", "none:1", "--no-follow"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("decisions", "--from", "earliest"), "no decisions yet\n"),
        (("decisions", "--from", "earliest", "--json"), "no decisions yet\n"),
        (("decisions", "--from", "earliest", "--user", "ada"), "no decisions yet that match\n"),
        (("rejected", "--from", "earliest"), "no records on the topic rejected yet\n"),
        (("decisions",), "no new decisions: --from earliest shows those that are there\n"),
    ],
)
def test_where_there_is_nothing_it_says_so_on_standard_error(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str) -> None:
    assert tailed(monkeypatch, *words) == ("", told)


def test_where_there_is_something_it_says_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    event = Written("events", b"ada", b'{"event": "go"}', 1_767_603_600_000)
    assert tailed(monkeypatch, "events", "--from", "earliest", records=(event,))[1] == ""
    nobody = tailed(monkeypatch, "events", "--from", "earliest", "--user", "bo", records=(event,))
    assert nobody == ("", "no events yet that match\n")
