"""One item of a list as a message reads it: the fields of the catalogue, and why it is there."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from udfs.core.items.item import EXTRA, FIELDS
from udfs.core.items.lookups import Lookups
from udfs.core.recommend.call import OWN, SHOWN
from udfs.core.recommend.candidates import Candidate
from udfs.core.recommend.history import How
from udfs.core.values.names import normalise


class Shown(Mapping[str, Any]):
    """Reads the catalogue field by field, so that the decision notes what was used and nothing else."""

    __slots__ = ("_candidate", "_how", "_item", "_lookups", "_why")

    def __init__(self, item: str, lookups: Lookups, why: Callable[[], str], candidate: Candidate, how: How | None) -> None:
        """`how`: what the customer did with the item that brought it."""
        self._item, self._lookups, self._why, self._candidate, self._how = item, lookups, why, candidate, how

    def __getitem__(self, name: str) -> Any:
        """A field, None where it is unknown. Raises KeyError for what is none."""
        match name:
            case "id" | "product_id":
                return self._item
            case "because":
                return self._why()
            case "because_of":
                return self._candidate.because_of
            case "how":
                return None if self._how is None else str(self._how)
            case "fits":
                return list(self._candidate.fits)
            case "source":
                return str(self._candidate.source)
        if name == EXTRA:
            return _Properties(self._item, self._lookups)
        if name not in FIELDS:
            raise KeyError(name)
        return self._lookups.as_told(self._item, name)

    def __iter__(self) -> Iterator[str]:
        return iter(SHOWN)

    def __len__(self) -> int:
        return len(FIELDS) + len(OWN)


class _Properties(Mapping[str, Any]):
    """What a shop has besides the usual fields, each read on its own."""

    __slots__ = ("_item", "_lookups")

    def __init__(self, item: str, lookups: Lookups) -> None:
        self._item, self._lookups = item, lookups

    def __getitem__(self, name: str) -> Any:
        return self._lookups.as_told(self._item, f"{EXTRA}.{normalise(name)}")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1
