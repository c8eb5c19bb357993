"""What is wrong with an expression, and where."""

from udfs.core.values.errors import InvalidInput
from udfs.core.values.problems import Problem


class ExpressionError(InvalidInput):
    """An expression that cannot be taken: what is wrong, at which column (0-based), and what was probably meant."""

    def __init__(self, message: str, *, offset: int | None = None, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.offset = offset

    def problem(self, *path: str | int) -> Problem:
        """As a problem at `path` of a document."""
        return Problem(path, self.message, self.hint, self.offset)
