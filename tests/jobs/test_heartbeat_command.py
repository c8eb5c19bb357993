"""Which topic the process of the heartbeats writes into, as its command line says."""

from pathlib import Path

import pytest

from services.heartbeat import __main__ as command
from services.heartbeat import beat


def told(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(beat, "run", lambda brokers, wanted, **_: found.extend([brokers, *wanted()]))
    monkeypatch.setattr("sys.argv", ["heartbeat", *arguments])
    monkeypatch.delenv("KAIROS_KAFKA_PROPERTIES", raising=False)
    command.main()
    return found


def test_it_is_that_of_the_job_whose_options_it_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch) == ["127.0.0.1:9092", "events"]
    assert told(monkeypatch, "--parallelism=2", "--events-topic=shop-events", "--deployment=shop") == ["127.0.0.1:9092", "shop-events"]
    assert told(monkeypatch, "--topic=other", "--events-topic=shop-events", "--brokers=kafka:1") == ["kafka:1", "other"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--events-topik=x"], "unrecognized arguments: --events-topik=x"),
        (["--clock=replay"], "a replay has no heartbeats"),
        (["--home=HERE", "--events-topic=x"], "with --home its jobs say which topics they read, not --events-topic=x"),
    ],
)
def test_what_would_go_into_no_topic_of_a_job_or_a_wrong_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit):
        told(monkeypatch, *(each.replace("HERE", str(tmp_path)) for each in arguments))
    assert message in capsys.readouterr().err


def test_an_address_that_cannot_be_meant_ends_the_process_instead_of_being_asked_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("nonsense", "https://kafka:9092"):
        with pytest.raises(SystemExit, match="is not the address of a broker"):
            told(monkeypatch, "--brokers", address)
