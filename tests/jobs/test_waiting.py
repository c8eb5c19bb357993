"""A program that starts again after a failover waits for a broker that does not answer, and for nothing else."""

import socket
import subprocess
import sys

import pytest

from jobs.kafka.connect import KafkaRefused, KafkaUnavailable
from jobs.waiting import patient


def test_it_asks_again_until_there_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    failures = [KafkaUnavailable("nothing listens"), KafkaUnavailable("nothing listens")]

    def ask() -> str:
        if failures:
            raise failures.pop()
        return "here"

    assert patient(ask, seconds=5, pause_s=0) == "here"
    assert capsys.readouterr().err == "waiting, for 5 s at most: nothing listens\n", "said once, and not at each try"


def test_what_is_refused_is_not_asked_for_again() -> None:
    asked, refused = [], KafkaRefused("no such user")

    def ask() -> None:
        asked.append(1)
        raise refused

    with pytest.raises(KafkaRefused):
        patient(ask, seconds=5, pause_s=0)
    assert len(asked) == 1


@pytest.mark.slow
@pytest.mark.parametrize("patience", [0.0, 0.2])
def test_without_patience_or_at_its_end_the_program_fails_with_the_reason(patience: float) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # it is held and does not listen
        program = f"from jobs.decide import main; main(['--brokers', '127.0.0.1:{closed.getsockname()[1]}'], patience_s={patience})"
        done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert "nothing listens at 127.0.0.1" in done.stderr.splitlines()[-1]
    assert ("waiting, for 0 s at most" in done.stderr) is bool(patience)
