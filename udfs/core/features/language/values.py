"""Reads which value of an event a feature sums up: `of`, `by`, `each`, `times` and `n`, each as a function of the event's values by root.

Texts come from strangers: what is kept of them is clipped, except for an address, which is kept whole or not at all.
"""

from collections.abc import Mapping
from typing import Any

from udfs.core.expressions import logic
from udfs.core.features.aggregates import BY_KEY, NUMERIC
from udfs.core.features.features import Read
from udfs.core.features.keyed import MAX_LATEST
from udfs.core.features.language import amounts
from udfs.core.features.language.shape import MAX_FIELDS, RECORDS, REPEATS, ROOTS, WITHOUT_VALUE
from udfs.core.values.bounded import MAX_TEXT, clipped
from udfs.core.values.contacts import without_query
from udfs.core.values.money import COSTS
from udfs.core.values.names import twins
from udfs.core.values.problems import Problem

Path = tuple[str | int, ...]
MAX_KEY = 100
"""Characters of a key, or of a value that is counted by its frequency."""
USUAL_N = 3
DOUBTED = frozenset({"last", "first", "distinct"})
"""Aggregates that repeat or compare what was sent, and are wrong where an amount among it cannot be read."""
_PAGES = frozenset({"url", "referrer"})
"""Of the context: addresses of pages. What stands in their queries is often who somebody is, and is not kept."""
_LARGEST = 1e300
_WHOLE = 1 << 63
"""Beyond it a whole number cannot be stored as one."""


class Values:
    """Notes problems in the list that it is given."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def of(self, path: Path, definition: Mapping[str, Any], kind: str) -> Read | None:
        """What is summed up; None where it is the events themselves, or what is written is wrong."""
        source = definition.get("of")
        if kind in WITHOUT_VALUE:
            if "of" in definition:
                self._refuse(path, "of", f"{kind} sums up events, not a value of theirs")
            return None
        if isinstance(source, list):
            return self._record(path, source, kind)
        as_told = kind in REPEATS
        read = self._read(path, "of", source, definition, f"{kind} needs the value it sums up, such as properties.price", as_told=as_told)
        times = (
            self._read(path, "times", definition["times"], definition, "times is a number of the event, such as item.quantity")
            if "times" in definition
            else None
        )
        if times is not None and kind != "sum":
            self._refuse(path, "times", "times goes with aggregate: sum")
        if read is None:
            return None
        if kind == "top":
            return _short(read)
        if kind in NUMERIC and "name" in (source, definition.get("times")):
            self._refuse(path, "of" if source == "name" else "times", f"{kind} adds up numbers, and name is the event's own name, a text")
            return None
        root, *steps = str(source).split(".")
        if kind not in NUMERIC:
            return amounts.told(root, steps, read) if kind in DOUBTED else read
        number = amounts.amount(root, steps, kind)
        if times is None:
            return number
        root, *steps = str(definition["times"]).split(".")
        return amounts.product(number, amounts.amount(root, steps, kind))

    def by(self, path: Path, definition: Mapping[str, Any], kind: str) -> Read | None:
        """For each value of what it is kept, as a text."""
        if "by" not in definition:
            return None
        if kind not in BY_KEY:
            self._refuse(path, "by", f"{kind} is not kept by key: one of {', '.join(sorted(BY_KEY))}")
            return None
        read = self._read(path, "by", definition["by"], definition, "by is what it is kept for, such as properties.category")
        if read is None:
            return None
        if definition["by"] == "name":
            return read
        root, *steps = str(definition["by"]).split(".")
        return amounts.key(root, _short(read), _walk(root, steps))

    def each(self, path: Path, definition: Mapping[str, Any]) -> Read | None:
        """The list of the event whose items are summed up."""
        if "each" not in definition:
            return None
        source = definition["each"]
        root, _, rest = str(source).partition(".")
        if not isinstance(source, str) or root not in {"properties", "traits", "context"} or not rest:
            self._refuse(path, "each", "each is a list of the event, such as properties.products")
            return None
        last = str(definition.get("of")).rpartition(".")[2]
        steps = rest.split(".")
        return amounts.lines(steps, _walk(root, steps), must=definition.get("aggregate") in NUMERIC and last in COSTS)

    def n(self, path: Path, definition: Mapping[str, Any], kind: str) -> int:
        """How many last_n keeps."""
        n: Any = definition.get("n", USUAL_N)
        if "n" in definition and kind != "last_n":
            self._refuse(path, "n", f"n goes with aggregate: last_n, not with {kind}")
        elif isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MAX_LATEST:
            self._refuse(path, "n", f"n is how many are kept, a whole number from 1 to {MAX_LATEST}")
            return USUAL_N
        return int(n) if isinstance(n, int) else USUAL_N

    def _record(self, path: Path, source: list[Any], kind: str) -> Read | None:
        if kind not in RECORDS:
            self._refuse(path, "of", f"{kind} sums up one value: a list of them is for {' and '.join(RECORDS)}")
            return None
        names = [str(each).rpartition(".")[2] for each in source]
        if not 1 <= len(source) <= MAX_FIELDS or len(set(names)) < len(names):
            self._refuse(path, "of", f"a record has 1 to {MAX_FIELDS} fields, whose last names differ, such as [properties.name, properties.url]")
            return None
        fields = [
            (name, self._read(path, "of", each, {"each": True}, "a field is written like properties.name", as_told=True))
            for name, each in zip(names, source, strict=True)
        ]
        reads = [(name, read) for name, read in fields if read is not None]
        if len(reads) < len(fields):
            return None

        def record(values: Mapping[str, Any]) -> Any:
            found = {name: read(values) for name, read in reads}
            return None if found[names[0]] is None else found

        return record

    def _read(self, path: Path, key: str, source: Any, definition: Mapping[str, Any], message: str, *, as_told: bool = False) -> Read | None:
        if source == "name":
            return lambda values: values["name"]
        root, _, rest = str(source).partition(".")
        if not isinstance(source, str) or root not in ROOTS or not rest:
            self._refuse(path, key, message)
            return None
        if root == "item" and "each" not in definition:
            self._refuse(path, key, "item is what stands in a list: name the list, such as each: properties.products")
            return None
        steps = rest.split(".")
        walk = _walk(root, steps, as_told=as_told and root == "properties")
        if root == "context" and steps[-1] in _PAGES:
            walk = _without_query(walk)

        def read(values: Mapping[str, Any]) -> Any:
            value = walk(values)
            if isinstance(value, str):
                return value if len(value) <= MAX_TEXT else None if "://" in value else clipped(value)
            if not isinstance(value, (int, float)) or not -_LARGEST < value < _LARGEST:
                return None
            return value if -_WHOLE < value < _WHOLE else float(value)

        return read

    def _refuse(self, path: Path, key: str, message: str) -> None:
        self.problems.append(Problem((*path, key), message))


def _walk(root: str, names: list[str], *, as_told: bool = False) -> Read:
    """`as_told`: amounts in the currency in which they were sent, and not in the shop's."""
    root = "told" if as_told else root

    def walk(values: Mapping[str, Any]) -> Any:
        value: Any = values[root]
        for step in steps:
            value = logic.part(value, *step)
        return value

    def step_in(values: Mapping[str, Any]) -> Any:
        """The usual case: nothing is nested, and the name is one word."""
        held: Any = values[root]
        return held.get(only) if isinstance(held, dict) else None

    steps = [(name, twins(name)) for name in names]
    only, others = steps[0]
    return walk if len(steps) > 1 or others else step_in


def _without_query(walk: Read) -> Read:
    def read(values: Mapping[str, Any]) -> Any:
        value = walk(values)
        return without_query(value) if isinstance(value, str) else value

    return read


def _short(read: Read) -> Read:
    def short(values: Mapping[str, Any]) -> Any:
        value = read(values)
        return value[:MAX_KEY] if isinstance(value, str) else value

    return short
