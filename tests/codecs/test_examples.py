"""The examples in the docstrings are true."""

import doctest

import pytest

from udfs.codecs import kinds
from udfs.core.values import instants, names, numbers


@pytest.mark.parametrize("module", [instants, kinds, names, numbers])
def test_the_examples_of(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert (result.failed, result.attempted > 0) == (0, True)
