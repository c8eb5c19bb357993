"""No library reports to its maker what runs here."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["udfs.scoring", "training"])
def test_onnxruntime_reports_nothing_wherever_it_is_imported(package: str) -> None:
    program = f"import {package}, os; import onnxruntime; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    around = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=around)
    assert ran.stdout.strip() == "1"
