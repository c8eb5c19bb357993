"""After a failover in the same JVM the interpreter lives on, but Flink has deleted the zip that its modules came from."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.devstack.package import package

ROOT = Path(__file__).parents[2]
OURS = ("udfs", "jobs", "schemas")
SCRIPT = (
    "import sys",
    "from pathlib import Path",
    "import udfs.operators.decide",
    "assert udfs.operators.decide.__file__.startswith(sys.argv[1]), udfs.operators.decide.__file__",
    "Path(sys.argv[1]).unlink()",
    "from udfs.codecs.avro import event_schemas",
    "from udfs.codecs.catalogue import catalogue",
    "from udfs.codecs.decode import decode_all",
    "from udfs.codecs.mappings import senders",
    'for name in ("Order Completed", "purchase", "orders/create", "Completed Order", "Product Added"):',
    '    value = b\'{"type": "track", "userId": "ada", "messageId": "m", "timestamp": 1767607200000, "event": "%s"}\' % name.encode()',
    '    (found,) = [each for each in decode_all(b"ada", value, 1767607200000) if type(each).__name__ == "Event"]',
    "    print(found.name)",
    "assert event_schemas().writers and catalogue().events and senders().everywhere",
)


@pytest.mark.slow
def test_what_is_read_from_the_zip_has_been_read_before_the_first_event(tmp_path: Path) -> None:
    """Else every event of a kind that had not come before is refused: orders, too, and who has bought is reminded of the cart."""
    zipped = package(tmp_path / "job.zip")

    environment = {**os.environ, "PYTHONPATH": str(zipped)}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(SCRIPT), str(zipped)], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-1500:]
    assert "order_completed" in done.stdout.split()


@pytest.mark.slow
def test_nothing_that_runs_on_a_task_manager_imports_our_own_modules_later_than_at_its_start() -> None:
    late = []
    for file in (ROOT / "udfs").rglob("*.py"):
        functions = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        for node in (inside for function in functions for inside in ast.walk(function)):
            late += [f"{file.name}: {name}" for name in imported(node) if name.split(".")[0] in OURS]
    assert late == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [each.name for each in node.names] if isinstance(node, ast.Import) else []
