"""The examples in the docstrings are true."""

import doctest

import pytest

from udfs.codecs import kinds, names
from udfs.core.values import instants


@pytest.mark.parametrize("module", [instants, kinds, names])
def test_the_examples_of(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert (result.failed, result.attempted > 0) == (0, True)
