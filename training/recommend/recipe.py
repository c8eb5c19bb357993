"""How a file is made of sequences: by the strategies that were compared, with the settings that were chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from training.recommend import publishable
from training.recommend.catalogue import Catalogue
from training.recommend.sequences import Floats, Sequences
from training.recommend.strategies.strategy import Strategy
from udfs.recommend.packed import Learned, PackedRecommender, pack

TOGETHER, ALIKE, TRENDING = "item-to-item", "content", "trending"


@dataclass(frozen=True)
class Recipe:
    """The same for every part of the history."""

    items: Sequence[str]
    made: Mapping[str, Strategy]
    known: Catalogue | None
    settings: Mapping[str, Any]
    seed: int

    def learned(
        self,
        train: Sequences,
        weights: Mapping[str, float],
        *,
        ranker: bytes | None = b"",
        popular: Mapping[str, Floats] | None = None,
        facts: Mapping[str, Any] = {},
    ) -> tuple[Learned, Any]:
        """What a file would hold that is learned from these sequences, and the item-to-item strategy that it is made of."""
        together: Any = self._fitted(TOGETHER, train)
        alike: Any = self._fitted(ALIKE, train) if ALIKE in self.made else None
        lately: Any = self._fitted(TRENDING, train) if TRENDING in self.made else None
        settings = str(self.settings[TOGETHER])
        found = publishable.learned(
            train,
            self.items,
            together,
            alike=None if alike is None else alike.table,
            known=self.known,
            trending=None if lately is None else lately.values[-1],
            weights=weights,
            facts={"settings": settings, "items": len(self.items), "sequences": len(train), **facts},
            segments=popular,
            ranker=ranker,
        )
        return found, together

    def opened(self, train: Sequences, weights: Mapping[str, float], ranker: bytes | None = b"") -> PackedRecommender:
        """What the job would recommend from, if it had learned from these sequences."""
        return PackedRecommender(pack(self.learned(train, weights, ranker=ranker)[0]), "")

    def _fitted(self, name: str, train: Sequences) -> Any:
        return self.made[name].fit(train, self.settings[name], seed=self.seed)
