"""A job that warms up TaskManagers which wait: it loads Python and its packages there, and ends. `flink run -py jobs/warm.py --slots 1`.

A TaskManager that takes over after a failure needs seconds to start Python and to import what the operator uses. One that waits can do
that before. Only packages are loaded, none of our own modules: an interpreter keeps the modules of its first job forever, and the job
that comes may have newer ones.
"""

import argparse
import importlib
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from pyflink.common import WatermarkStrategy
from pyflink.datastream import FlatMapFunction
from pyflink.datastream.connectors.number_seq import NumberSequenceSource
from pyflink.datastream.functions import RuntimeContext

OURS = ("jobs", "udfs", "schemas", "services", "cli", "training", "bench", "tests", "simulation", "docker")
CLIENT = ("py4j", "pyflink", "apache_beam")
"""What the client has imported to build a job. A TaskManager loads these by itself when it starts an operator."""


def packages() -> list[str]:
    """The modules of installed packages that the operator of the main job imports."""
    importlib.import_module("onnxruntime")
    importlib.import_module("udfs.operators.decide")
    importlib.import_module("udfs.scoring.session")
    return sorted(name for name in sys.modules if name.split(".")[0] not in (*OURS, *CLIENT, "__main__"))


def loading(names: Sequence[str]) -> FlatMapFunction:
    """A function that imports these modules when it starts. It refers to nothing of ours, so it travels by value."""

    class Loading(FlatMapFunction):  # type: ignore[misc]  # the base class has no types
        def open(self, runtime_context: RuntimeContext) -> None:
            absent = []
            for name in names:
                try:
                    importlib.import_module(name)
                except ImportError:
                    absent.append(name)
            if absent:  # nothing is wrong: the operator will say so if it misses one of them
                sys.stderr.write(f"the client has modules that are not here: {', '.join(absent)}\n")

        def flat_map(self, value: Any) -> Iterable[Any]:
            return ()

    return Loading()


def main(arguments: Sequence[str]) -> None:
    """Build the job and hand it to the cluster. It takes `--slots` slots, whichever are free."""
    from jobs.environment import environment_with
    from jobs.options import WARM_UP

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slots", type=int, default=1, help="TaskManagers to warm up, one slot each  [default: 1]")
    slots = parser.parse_args(arguments).slots
    env = environment_with({"parallelism.default": str(slots), "restart-strategy.type": "none"}, checkpoint_dir="")
    numbers = env.from_source(NumberSequenceSource(1, slots), WatermarkStrategy.no_watermarks(), "numbers")
    numbers.flat_map(loading(packages())).name("load packages")
    env.execute(WARM_UP)


if __name__ == "__main__":
    main(sys.argv[1:])
