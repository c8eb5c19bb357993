"""The truth is sealed off: nothing of the product reads it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("udfs", "jobs", "services", "training", "campaigns", "schemas", "docker")
SEALED = {"simulation.truth", "simulation.testimony", "simulation.closed_loop"}
MAY = {"cli/shop.py", "simulation/truth.py", "simulation/testimony.py", "simulation/closed_loop.py"}


def imports(file: Path) -> Iterator[str]:
    """Everything a file imports, wherever in it, in every way of writing it."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.split(":")[0] in SEALED:
            yield node.value.split(":")[0]  # importlib, or a table of commands


def files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.slow
@pytest.mark.parametrize("folder", PRODUCT)
def test_the_product_imports_nothing_of_the_simulation(folder: str) -> None:
    for file in files(folder):
        assert not [name for name in imports(file) if name.split(".")[0] == "simulation"], file


@pytest.mark.slow
def test_the_truth_is_read_by_its_command_the_benchmarks_and_the_tests_only() -> None:
    readers = {str(file.relative_to(ROOT)) for file in files(*PRODUCT, "cli", "simulation") if SEALED & set(imports(file))}
    assert readers <= MAY


def test_nothing_on_the_wire_tells_the_truth() -> None:
    from simulation.segment_spec import encoded
    from simulation.world import World

    world = World(seed=1, start=1_764_000_000_000, customers=50, strangers=0.5)
    text = b"".join(encoded(each) for each in world.until(world.start + 2 * 86_400_000))
    for word in (b"leaning", b"nudge", b"sensitivity", b"impulse", b"purse", b"tastes", b"tolerance", b"rhythm", b'"bot"'):
        assert word not in text
