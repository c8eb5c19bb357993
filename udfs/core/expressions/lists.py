"""Lists in conditions: `any(event.products, category == "tents")`, `count`, `sum`, `min` and so on, and what stands in brackets.

Each item is asked once, and at most MAX_ITEMS of them. An answer that would need an item that was not asked, or one whose answer is unknown,
is unknown. A single object stands for a list of one, as trackers send it; an empty one for none. What is neither is unknown, too.
"""

from collections.abc import Callable, Sequence
from typing import Any

from udfs.core.expressions.logic import Number, add, numbered

MAX_ITEMS = 500
MAX_BRIEF = 1_000
"""Characters or members of what is read inside a list function from outside of the item: it is read again for each item."""

Test = Callable[[Any], bool | None]
Read = Callable[[Any], Any]


def any_of(found: Any, test: Test) -> bool | None:
    """Whether an item meets the test."""
    if (found := _listed(found)) is None:
        return None
    unknown = len(found) > MAX_ITEMS
    for item in found[:MAX_ITEMS]:
        told = test(item)
        if told is True:
            return True
        if told is None:
            unknown = True
    return None if unknown else False


def all_of(found: Any, test: Test) -> bool | None:
    """Whether every item meets the test; so it is with an empty list."""
    if (found := _listed(found)) is None:
        return None
    unknown = len(found) > MAX_ITEMS
    for item in found[:MAX_ITEMS]:
        told = test(item)
        if told is False:
            return False
        if told is None:
            unknown = True
    return None if unknown else True


def count_of(found: Any, test: Test | None = None) -> int | None:
    """How many items there are, or how many meet the test."""
    if (found := _listed(found)) is None:
        return None
    if test is None:
        return len(found)
    if len(found) > MAX_ITEMS:
        return None
    count = 0
    for item in found:
        told = test(item)
        if told is None:
            return None
        count += told
    return count


def sum_of(found: Any, read: Read) -> Number | None:
    """The sum of a number of each item; 0 of none."""
    numbers = _numbers(found, read)
    if numbers is None:
        return None
    total: Any = 0
    for number in numbers:
        total = add(total, number)
    return total if total is None or isinstance(total, int) else round(total, 6)


def largest_of(found: Any, read: Read, otherwise: Callable[[], Any] | None = None) -> Any:
    """The greatest number among the items, None of none. `otherwise` answers where no list was found: max of two numbers."""
    if otherwise is not None and not isinstance(found, (list, tuple, dict)):
        return otherwise()
    numbers = _numbers(found, read)
    return max(numbers) if numbers else None


def smallest_of(found: Any, read: Read, otherwise: Callable[[], Any] | None = None) -> Any:
    """The least number among the items, None of none."""
    if otherwise is not None and not isinstance(found, (list, tuple, dict)):
        return otherwise()
    numbers = _numbers(found, read)
    return min(numbers) if numbers else None


def _numbers(found: Any, read: Read) -> Sequence[Number] | None:
    if (found := _listed(found)) is None:
        return None
    if len(found) > MAX_ITEMS:
        return None
    numbers = [number for item in found if (number := numbered(read(item))) is not None]
    return numbers if len(numbers) == len(found) else None


def _listed(found: Any) -> Sequence[Any] | None:
    """The items of a list, and of an object, which stands for a list of one; None of anything else."""
    if isinstance(found, (list, tuple)):
        return found
    if isinstance(found, dict):
        return [found] if found else []
    return None


def itself(item: Any) -> Any:
    """The item as the number that is summed up."""
    return item


def item_at(whole: Any, place: Any) -> Any:
    """What stands in brackets: an item by its place (from 0; -1 is the last), or a field by its name. None when there is none.
    A single object is the first of one."""
    if isinstance(whole, dict) and isinstance(place, str):
        return whole.get(place)
    items = _listed(whole)
    if items is None or type(place) is not int:
        return None
    return items[place] if -len(items) <= place < len(items) else None


def brief(value: Any) -> Any:
    """The same; unknown where it is too long to be read again for each item."""
    return None if isinstance(value, (str, list, tuple, dict)) and len(value) > MAX_BRIEF else value


def both(*told: bool | None) -> bool | None:
    """`and` of three values: false if one is false, else unknown if one is unknown."""
    return False if False in told else None if None in told else True


def either(*told: bool | None) -> bool | None:
    """`or` of three values: true if one is true, else unknown if one is unknown."""
    return True if True in told else None if None in told else False


def fallback(value: Any, otherwise: Any) -> Any:
    """`default(value, otherwise)`: something else for what is missing, or an empty or blank text."""
    return otherwise if value is None or (isinstance(value, str) and not value.strip()) else value


def starts_with(whole: Any, part: Any) -> bool | None:
    """Whether a text begins with another."""
    return whole.startswith(part) if isinstance(whole, str) and isinstance(part, str) else None


def ends_with(whole: Any, part: Any) -> bool | None:
    """Whether a text ends with another."""
    return whole.endswith(part) if isinstance(whole, str) and isinstance(part, str) else None
