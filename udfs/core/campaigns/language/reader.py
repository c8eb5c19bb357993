"""What every part of a campaign document is read with: problems are collected, expressions compiled against one vocabulary."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from udfs.core.campaigns.exits import Exits
from udfs.core.campaigns.language.shape import EXIT
from udfs.core.expressions.compiler import Expression, ExpressionError, compile_condition, compile_value
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.values.document_reader import DocumentReader, KeyPath
from udfs.core.values.problems import DocumentError, shown
from udfs.core.values.shapes import keys

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What a campaign, a model or a step may be called."""


PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class CampaignError(DocumentError):
    """A campaign that cannot be taken."""


class CampaignReader(DocumentReader):
    """Collects problems while the parts of a campaign are read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.names: set[str] = set()
        """Names read by expressions and templates that are evaluated after the trigger."""

    def condition(self, path: KeyPath, source: Any) -> Expression | None:
        """A condition at `path`."""
        return self._expression(path, source, compile_condition)

    def value(self, path: KeyPath, source: Any) -> Expression | None:
        """A value at `path`."""
        return self._expression(path, source, compile_value)

    def exits(self, path: KeyPath, found: Any) -> Exits:
        """Events that end something: names, or `{event: payment_succeeded, same: invoice_id}` for what is about one thing only."""
        exits: dict[str, tuple[str, ...]] = {}
        for number, each in enumerate(found if isinstance(found, list) and found else [found]):
            where = (*path, number) if isinstance(found, list) and found else path
            if not isinstance(each, Mapping):
                exits |= dict.fromkeys(self.events(where, each), ())
                continue
            self.keys(where, each, keys(EXIT))
            if "event" not in each or "same" not in each:
                self.refuse(where, "an exit that is about one thing has an event and same, such as {event: payment_succeeded, same: invoice_id}")
                continue
            for name in self.events((*where, "event"), each["event"]):
                if name in exits:
                    self.refuse((*where, "event"), f"{name} stands here twice", "write it once")
                exits[name] = self._same((*where, "same"), each["same"])
        return exits

    def _same(self, path: KeyPath, found: Any) -> tuple[str, ...]:
        words = tuple(word.removeprefix("event.") for word in self.words(path, found, "the properties that both events have"))
        for word in words:
            if not PROPERTY.fullmatch(word):
                self.refuse(path, f"{shown(word)} is no property: write its name, such as invoice_id")
        return words

    def _expression(self, path: KeyPath, source: Any, compiler: Callable[[object, Vocabulary], Expression]) -> Expression | None:
        try:
            expression = compiler(source, self.vocabulary)
        except ExpressionError as error:
            self.problems.append(error.problem(*path))
            return None
        self.names |= expression.names
        return expression
