"""What tests of the operator share."""

import pytest

from tests.operators.fakes import FakeContext


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()
