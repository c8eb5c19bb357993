"""SIGTERM ends a command as Ctrl-C does, also one that was started in the background, where Ctrl-C is ignored."""

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell does for `command &`
import cli.main

def follow():
    try:
        print("begun", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        print("ended by itself", flush=True)

cli.main.kairos = follow
cli.main.main()
"""


@pytest.mark.slow
def test_a_command_that_follows_something_is_ended_by_sigterm() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "begun\n"
        running.send_signal(signal.SIGTERM)
        assert running.communicate(timeout=30)[0] == "ended by itself\n"
    assert running.returncode == 0
