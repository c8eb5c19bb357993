"""Labelled texts: each with what it means."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from training.errors import HistoryError
from training.intent.files import cells
from udfs.core.features.models import OUT_OF_SCOPE

MAX_INTENTS = 1_000
MAX_NAME = 100
"""Characters of an intent."""
TEST_SHARE = 5
"""Without a test file every fifth text is for the test, by its hash."""


class Text(msgspec.Struct, frozen=True, array_like=True):
    """A text and what it means."""

    text: str
    intent: str


@dataclass
class Texts:
    """What was read, and what of it was left out, by reason."""

    train: list[Text] = field(default_factory=list)
    test: list[Text] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    first: str = ""
    """The first that was left out: where, and why."""

    @property
    def told(self) -> str:
        """What was left out, in words; empty if nothing was."""
        reasons = "; ".join(f"{number:,} {why}" for why, number in self.left_out.items())
        return f"left out: {reasons}" + (f"; the first: {self.first}" if self.first else "") if reasons else ""

    @property
    def ambiguous(self) -> list[str]:
        """Texts that have more than one intent: nothing can be learned from them but that."""
        meant: defaultdict[str, set[str]] = defaultdict(set)
        for each in (*self.train, *self.test):
            meant[each.text].add(each.intent)
        return [text for text, intents in meant.items() if len(intents) > 1]


def read(told: Mapping[str, Any], folder: Path) -> Texts:
    """The texts that a training file names. Raises HistoryError if they cannot be read, or too few are left.

    Texts that are in the test, letter by letter, are left out of the training.
    """
    found = Texts()
    columns = (told.get("text", "text"), told.get("intent", "intent"))
    outside = str(told.get("out_of_scope", OUT_OF_SCOPE)).strip()
    rows = list(_rows(folder / told["file"], told.get("train"), columns, found))
    tests = [*([folder / told["test"]] if "test" in told else []), *([folder / told["file"]] if "test_of" in told else [])]
    if tests:
        found.test = [each for file in tests for each in _rows(file, told.get("test_of"), columns, found)]
        held = {each.text for each in found.test}
        found.train = [each for each in rows if each.text not in held]
        if gone := len(rows) - len(found.train):
            found.left_out["in the test as well"] += gone
    else:
        for each in rows:
            (found.test if hashlib.sha256(each.text.encode()).digest()[0] % TEST_SHARE == 0 else found.train).append(each)
    found.train, found.test = ([_named(each, outside) for each in part] for part in (found.train, found.test))
    _require(found)
    return found


def _named(each: Text, outside: str) -> Text:
    return Text(each.text, OUT_OF_SCOPE) if each.intent == outside else each


def _rows(file: Path, parts: Sequence[str] | str | None, columns: tuple[str, str], found: Texts) -> Iterator[Text]:
    for each in cells(file, [parts] if isinstance(parts, str) else parts, columns):
        why = each.wrong or _wrong(each.text, each.intent)
        if why is None:
            yield Text(each.text, each.intent.strip())
            continue
        found.left_out[why] += 1
        found.first = found.first or f"{file.name}, {each.place}"


def _wrong(text: Any, intent: Any) -> str | None:
    for value, named in ((text, "a text"), (intent, "an intent")):
        if value is None or (isinstance(value, str) and not value.strip()):
            return f"without {named}"
        if not isinstance(value, str):
            return f"with {named} that is not in quotes"
        if not _is_writable(value):
            return f"with {named} that has half a character"
    return f"with an intent of more than {MAX_NAME} characters" if len(intent) > MAX_NAME else None


def _is_writable(value: str) -> bool:
    """Whether it is Unicode throughout: JSON may hold one half of a pair, such as \\ud83d."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require(found: Texts) -> None:
    """Refuse what nothing can be learned from, or tested on. Raises HistoryError."""
    intents = Counter(each.intent for each in found.train)
    inside = [name for name in intents if name != OUT_OF_SCOPE]
    told = f" ({found.told})" if found.told else ""
    if len(inside) < 2 or len(inside) > MAX_INTENTS:
        problem = f"the texts to learn from have {len(inside):,} {'intent' if len(inside) == 1 else 'intents'}: it takes 2 to {MAX_INTENTS:,}{told}"
        raise HistoryError(problem)
    if not any(each.intent in intents and each.intent != OUT_OF_SCOPE for each in found.test):
        problem = f"no text is left for the test: name a file of them with `test`, or use more texts{told}"
        raise HistoryError(problem)
