"""Reading a document that a person wrote: every problem is collected, each with the path to what is wrong."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from udfs.core.values.durations import parse_duration
from udfs.core.values.problems import Problem, did_you_mean, shown

KeyPath = tuple[str | int, ...]
EVENT = re.compile(r"[a-z][a-z0-9_]*")
MAX_PURPOSE = 64
_MEANT_OTHERWISE = frozenset({"-", "any", "all"})
"""Words of consent events that name no purpose."""


def share_of(text: str) -> float:
    """A percentage, which is known to be one, as a share of one.

    >>> share_of("10%"), share_of(" 2.5 %")
    (0.1, 0.025)
    """
    return float(text.strip().removesuffix("%")) / 100


class DocumentReader:
    """Collects problems while the parts of a document are read. After a problem each method gives something harmless to go on with."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, path: KeyPath, message: str, suggestion: str | None = None, *, at_key: bool = False) -> None:
        """Note a problem."""
        self.problems.append(Problem(path, message, suggestion, at_key=at_key))

    def empty(self, path: KeyPath, found: Any, example: str) -> bool:
        """Refuse a key without a value."""
        if found is None:
            self.refuse(path, f"is empty: leave it out or write {example}")
        return found is None

    def text(self, path: KeyPath, found: Mapping[str, Any], key: str = "description") -> None:
        """Refuse what is for people and no text."""
        if key in found and not self.empty((*path, key), found[key], "a text") and not isinstance(found[key], str):
            self.refuse((*path, key), "is a text, for people", "put it in quotes")

    def purpose(self, path: KeyPath, found: Any, *, at_key: bool = False) -> str:
        """The name of a purpose, as consent events say it: in lower case, and without the signs that have a meaning there."""
        if not isinstance(found, str) or not found.strip():
            self.refuse(path, "a purpose is one word in lower case, such as marketing", at_key=at_key)
            return ""
        if found != found.lower() or found != found.strip():
            self.refuse(path, f"a purpose is one word in lower case, not {shown(found)}", f"write {found.strip().lower()}", at_key=at_key)
        elif found in _MEANT_OTHERWISE or set("/*~=") & set(found) or len(found) > MAX_PURPOSE:
            what = f"a purpose is a word of at most {MAX_PURPOSE} characters, without / * ~ =, and neither -, any nor all"
            self.refuse(path, f"{shown(found)} is no purpose: {what}", at_key=at_key)
        return found

    def keys(
        self,
        path: KeyPath,
        found: Mapping[str, Any],
        known: Iterable[str],
        not_yet: Mapping[str, str] | None = None,
        renamed: Mapping[str, str] | None = None,
    ) -> None:
        """Refuse what is not a key here, or not yet, or no longer (`renamed`: old key -> new key)."""
        known = tuple(known)
        for key in found:
            if not_yet and key in not_yet:
                self.refuse((*path, key), f"not yet: {not_yet[key]} ({key}) are not part of the language so far", "leave the key out", at_key=True)
            elif renamed and key in renamed:
                self.refuse((*path, key), f"the key {key} is now called {renamed[key]}", f"write {renamed[key]} instead", at_key=True)
            elif key not in known:
                self.refuse(
                    (*path, key), f"unknown key {shown(key)}", did_you_mean(str(key), known) or "known here: " + ", ".join(known), at_key=True
                )

    def mapping(self, path: KeyPath, found: Any, example: str) -> Mapping[str, Any]:
        """A mapping; empty when it is none."""
        if isinstance(found, Mapping):
            return found
        self.refuse(path, f"is a mapping, such as {example}")
        return {}

    def duration(self, path: KeyPath, text: Any) -> int | None:
        """Milliseconds at `path`."""
        try:
            return parse_duration(text)
        except ValueError as error:
            self.refuse(path, str(error))
            return None

    def share(self, path: KeyPath, text: Any) -> float:
        """A percentage as a share of one."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text.strip()) if isinstance(text, str) else None
        if match is None or not 0 <= float(match[1]) <= 100:
            self.refuse(path, f"{shown(text)} is not a share: write a percentage, such as 10%")
            return 0.0
        return float(match[1]) / 100

    def choice(self, path: KeyPath, found: Any, known: Collection[str], what: str) -> str:
        """One of a few words; the first of them when it is none."""
        if isinstance(found, str) and found in known:
            return found
        self.refuse(path, f"{what} is {shown(found)}", did_you_mean(str(found), known) or "one of " + ", ".join(known))
        return next(iter(known))

    def whole(self, path: KeyPath, found: Any, *, least: int, most: int, what: str) -> int:
        """A whole number within bounds (2.0 is one, as in every JSON Schema); the least when it is none."""
        if isinstance(found, float) and found.is_integer():
            return self.whole(path, int(found), least=least, most=most, what=what)
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
            self.refuse(path, f"{what} is a whole number from {least} to {most}, not {shown(found)}")
            return least
        return found

    def words(self, path: KeyPath, found: Any, what: str) -> tuple[str, ...]:
        """One word or a list of them."""
        words = [found] if isinstance(found, str) else found
        if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
            self.refuse(path, f"name {what}, one or a list of them")
            return ()
        return tuple(words)

    def events(self, path: KeyPath, found: Any) -> tuple[str, ...]:
        """One or several event names."""
        names = [found] if isinstance(found, str) else found
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and EVENT.fullmatch(name) for name in names):
            self.refuse(path, "name an event, or a list of them, in snake_case, such as product_viewed", _in_snake_case(names))
            return ()
        return tuple(names)


def _in_snake_case(names: Any) -> str | None:
    """`Order Completed` and `orderCompleted` as they arrive."""
    word = next((name for name in names if isinstance(name, str) and not EVENT.fullmatch(name)), "") if isinstance(names, list) else ""
    snake = re.sub(r"[\W_]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", word)).strip("_").lower()
    return f"write {snake}" if EVENT.fullmatch(snake) else None
