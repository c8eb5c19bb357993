"""Decisions that are none as the job writes them: anybody can write to a topic, and a file may have been edited."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from udfs.core.values.errors import InvalidInput, KairosError


@contextmanager
def read_as_written(attempts: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Within it the attempts of one decision are read. Raises InvalidInput with its id where a part of them is of another shape."""
    try:
        yield
    except KairosError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        named = attempts[-1].get("decision_id") if attempts else None
        message = f"the decision {named} is not as the job writes it ({type(problem).__name__}: {problem}), so nothing can be said of it"
        raise InvalidInput(message) from problem
