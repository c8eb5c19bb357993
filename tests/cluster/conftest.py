"""Warnings are errors, with one exception for tests that talk to a broker."""

import gc
import warnings
from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """kafka-python leaves the socket of a connection it gave up to the garbage collector, which says so wherever it happens to run."""
    for item in items:
        if Path(__file__).parent in item.path.parents or item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The same for those sockets when all is over: pytest collects the garbage once more, after the last test and without its marks."""
    if any(item.get_closest_marker("cluster") for item in session.items):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "unclosed <socket", ResourceWarning)
            gc.collect()
