"""Tests that read public data, which is never part of the project: where a set is absent, such a test skips and says so."""

import pytest

from bench.public_data import DATA


def needs(name: str) -> pytest.MarkDecorator:
    """A mark that skips a test where `name`, a file or folder of the public data, is absent."""
    return pytest.mark.skipif(not (DATA / name).exists(), reason=f"the public data has no {name} here: set KAIROS_DATA to the folder that holds it")
