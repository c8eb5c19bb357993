"""A file for a recommender, read. Paths are relative to the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from services.devstack import settings
from services.documents.findings import BadFile
from services.documents.fitting import problems
from services.documents.recommend_shape import RECOMMEND
from services.documents.yaml12 import read
from training import options
from training.recommend.asked import TOGETHER, Asked
from training.written import Written, defaults_of
from udfs.core.values.names import normalise


@dataclass(frozen=True)
class RecommendConfig(Written):
    """The file of a recommender."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = defaults_of(RECOMMEND)

    @property
    def name(self) -> str:
        """The recommender's name."""
        return str(self["recommend"])

    @property
    def runs(self) -> Path:
        """The folder of its runs."""
        return (self.path("runs") or settings.home() / "training" / "runs") / self.name

    @property
    def registry(self) -> Path:
        """The folder of versions and aliases: not that of models, which are published in another way."""
        return self.path("registry") or settings.home() / "recommenders" / "registry"

    @property
    def store(self) -> str:
        """Where its files are kept."""
        return self.place("store", otherwise=settings.home() / "recommenders" / "files")

    def brokers(self, told: str | None) -> str:
        """Kafka: as the command says, else the file, else the local stack."""
        return told or (self["history"] or {}).get("brokers") or options.local_brokers()

    def asked(self, folder: Path) -> Asked:
        """What is to be learned, and written into `folder`."""
        names = [TOGETHER, *(each for each in self["strategies"] if each != TOGETHER and (each != "content" or self["catalogue"]))]
        events = {"events": tuple(map(normalise, self["events"]))} if self["events"] else {}
        return Asked(
            protocol=self["evaluate"],
            names=names,
            catalogue=self.path("catalogue"),
            folder=folder,
            segments=self.path("segments"),
            decisions=self.paths("decisions"),
            seed=self["seed"],
            **events,
        )


def read_recommend(file: Path) -> RecommendConfig:
    """Read it. Raises BadFile with everything that is wrong with it, line by line."""
    source = read(file)
    if found := [source.finding(each.path, each.message, suggestion=each.suggestion, key=each.at_key) for each in problems(RECOMMEND, source.value)]:
        raise BadFile(found)
    return RecommendConfig(file, source.value)
