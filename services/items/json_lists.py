"""Which of the lists inside of a JSON feed is that of the items: by their ids, and by the list's name. Where two may be, the message names both."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.items.columns import ALIASES, plain_name
from services.items.faults import Fault
from services.items.from_events import Tell
from services.items.problems import FeedError

MAX_DEPTH = 4
"""Objects within objects that are looked into."""
MAX_HELD = 2_000
"""Objects of a list that wait until it is known whether another list is meant."""
NAMES = frozenset({"products", "items", "@graph", "product", "item", "catalogue", "catalog", "articles", "skus", "item_list_element"})
_PARTS = frozenset(name for names in ALIASES.values() for name in names) - NAMES | {
    "offers", "variants", "options", "media", "reviews", "attributes", "seller", "dimensions", "collections", "metafields", "related",
}  # fmt: skip
"""Names of what a product consists of, or belongs to: no lists of items."""
IsItem = Callable[[Any], bool]
"""Whether an object is an item."""
_Path = tuple[str, ...]


@dataclass
class _List:
    is_mapping: bool
    is_named: bool
    has_items: bool = False
    count: int = 0
    passed: int = 0
    """Objects without an id that were not held."""
    held: list[tuple[int, Any]] = field(default_factory=list)

    @property
    def rank(self) -> int:
        """The lower, the likelier it is that of the items."""
        if not self.has_items:
            return 3 if self.is_named else 4
        return 0 if self.is_named else 2 if self.is_mapping else 1


def _name(path: _Path) -> str:
    return plain_name(path[-1]) if path and path[-1] != "@graph" else "".join(path[-1:])


def holds_items(found: Mapping[str, Any], is_item: IsItem, depth: int = 0) -> bool:
    """Whether an object that is no item has items inside of it."""
    for key, value in found.items():
        name = _name((key,))
        if name in _PARTS:
            continue
        if isinstance(value, list) and (name in NAMES or any(map(is_item, value[:20]))):
            return True
        if isinstance(value, dict) and (_is_one(value, is_item) or (depth < MAX_DEPTH and holds_items(value, is_item, depth + 1))):
            return True
    return False


def _is_one(found: Mapping[str, Any], is_item: IsItem) -> bool:
    """Whether an object in a mapping is an item: it may leave its id to the key."""
    return is_item(found) or (is_item({"id": "", **found}) and any(plain_name(key) in ALIASES["price"] for key in found))


class Lists:
    """The lists met so far. One that is surely that of the items, or too long to wait, is handed on at once; the others wait for the end."""

    def __init__(self, name: str, is_item: IsItem) -> None:
        self._feed, self._is_item = name, is_item
        self._lists: dict[_Path, _List] = {}
        self.taken: _Path | None = None
        """The list that is handed on at once."""

    def is_member(self, key: str, found: Mapping[str, Any]) -> bool:
        """Whether this object, under this key of another, is an item."""
        return _name((key,)) not in _PARTS and _is_one(found, self._is_item)

    def met(self, path: _Path, at_once: int) -> None:
        """A list has ended, of which so many values were handed on at once. An empty one of a usual name is the list, too."""
        if _name(path) in NAMES:
            self._lists.setdefault(path, _List(False, True))
        if path in self._lists:
            self._lists[path].count += at_once

    def take(self, path: _Path, line: int, found: Any, *, key: str | None = None) -> Iterator[tuple[int, Any]]:
        """One value of a list, or (key) of a mapping. Returns what can be handed on by now."""
        if _name(path) in _PARTS or (not isinstance(found, dict) and path not in self._lists):
            return
        held = self._lists.setdefault(path, _List(key is not None, _name(path) in NAMES))
        held.count += 1
        held.has_items = held.has_items or self._is_item(found) or key is not None
        if key is not None and not self._is_item(found):
            found = {"id": key, **found}
        if self.taken is not None:
            if self.taken == path:
                yield line, found
            return
        if not held.has_items and len(held.held) >= MAX_HELD:
            held.passed += 1  # without an id, it would be left out anyway
            return
        held.held.append((line, found))
        if held.rank == 0 or (held.has_items and len(held.held) > MAX_HELD):
            self.taken = path
            yield from held.held
            held.held.clear()

    def end(self, tell: Tell) -> Iterator[tuple[int, Any]]:
        """What has waited. Raises FeedError where it cannot be known which list is that of the items."""
        if not self._lists:
            return
        best = min(each.rank for each in self._lists.values())
        likely = [path for path, each in self._lists.items() if each.rank == best]
        if len(likely) > 1 or (self.taken is not None and self.taken != likely[0]):
            paths = [*([self.taken] if self.taken is not None and self.taken not in likely else []), *likely]
            candidates = ", ".join(f"{_shown(path)} ({self._lists[path].count:,})" for path in paths[:10])
            message = f"{self._feed} has several lists of objects, and any of them may be that of the items: {candidates}"
            raise FeedError(message, f"write one of them into a file of its own, such as `jq {_jq(likely[0])} FEED > items.json`")
        if passed := self._lists[likely[0]].passed:
            fix = "give each item the id that events carry as product_id"
            tell(1, Fault("the feed", f"has {passed:,} further objects without an id at {_shown(likely[0])[:60]}", fix))
        yield from self._lists[likely[0]].held
        for path, each in self._lists.items():
            if path != likely[0] and each.has_items:
                what = f"has other objects at {_shown(path)[:60]}, which were not read: those at {_shown(likely[0])[:60]} are the items"
                tell(1, Fault("the feed", what, "write those into a feed of their own, if they are items, too", f"{each.count:,}"))


def _shown(path: _Path) -> str:
    return ".".join(path) or "the outermost object"


def _jq(path: _Path) -> str:
    return "'." + ".".join(f'"{step}"' if not step.isidentifier() else step for step in path) + "'"
