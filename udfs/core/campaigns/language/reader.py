"""What every part of a campaign document is read with: problems are collected, expressions compiled against one vocabulary."""

import re
from collections.abc import Callable
from typing import Any

from udfs.core.expressions.compiler import Expression, ExpressionError, compile_condition, compile_value
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.values.document_reader import DocumentReader, KeyPath
from udfs.core.values.problems import DocumentError

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a campaign, a model or a step may be called."""


class CampaignError(DocumentError):
    """A campaign that cannot be taken."""


class CampaignReader(DocumentReader):
    """Collects problems while the parts of a campaign are read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.names: set[str] = set()
        """Names read by expressions and templates that are judged after the trigger."""

    def condition(self, path: KeyPath, source: Any) -> Expression | None:
        """A condition at `path`."""
        return self._expression(path, source, compile_condition)

    def value(self, path: KeyPath, source: Any) -> Expression | None:
        """A value at `path`."""
        return self._expression(path, source, compile_value)

    def _expression(self, path: KeyPath, source: Any, compiler: Callable[[object, Vocabulary], Expression]) -> Expression | None:
        try:
            expression = compiler(source, self.vocabulary)
        except ExpressionError as error:
            self.problems.append(error.problem(*path))
            return None
        self.names |= expression.names
        return expression
