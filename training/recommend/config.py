"""A file for a recommender, read. Paths are relative to the file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.devstack import settings
from services.documents.findings import BadFile
from services.documents.fitting import problems
from services.documents.recommend_shape import RECOMMEND
from services.documents.yaml12 import read
from training import options
from training.history import LINKED, HistorySource, from_file, from_lake, from_topic, is_linked
from training.recommend.asked import TOGETHER, Asked
from udfs.core.values.names import normalise

DEFAULTS: Mapping[str, Any] = {key: each["default"] for key, each in RECOMMEND["properties"].items() if "default" in each}


@dataclass(frozen=True)
class RecommendConfig:
    """The file. `document` holds its keys as they are written."""

    file: Path
    document: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        """The value of a key, its default, or None."""
        return self.document.get(key, DEFAULTS.get(key))

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
        place = self["store"]
        return str(settings.home() / "recommenders" / "files") if place is None else place if "://" in place else str(self.beside(place))

    def path(self, key: str) -> Path | None:
        """A path, if the file has the key."""
        return None if self[key] is None else self.beside(self[key])

    def beside(self, path: str) -> Path:
        """A path as the file means it."""
        return self.file.parent / Path(path).expanduser()

    def source(self, brokers: str | None) -> HistorySource:
        """The history that it names. Raises HistoryError."""
        history = self["history"] or {}
        links = is_linked(history.get("link_ids", LINKED[0]))
        if "lake" in history:
            found = from_lake(history["lake"] if "://" in history["lake"] else str(self.beside(history["lake"])))
        elif "file" in history:
            found = from_file(self.beside(history["file"]), history.get("format", "jsonl"))
        else:
            found = from_topic(self.brokers(brokers), history.get("topic", "events"))
        return HistorySource(name=found.name, read=found.read, links_ids=links)

    def brokers(self, told: str | None) -> str:
        """Kafka: as the command says, else the file, else the local stack."""
        return told or (self["history"] or {}).get("brokers") or options.local_brokers()

    def asked(self, folder: Path) -> Asked:
        """What is to be learned, and written into `folder`."""
        names = [TOGETHER, *(each for each in self["strategies"] if each != TOGETHER and (each != "content" or self["catalogue"]))]
        decisions = self["decisions"] or []
        events = {"events": tuple(map(normalise, self["events"]))} if self["events"] else {}
        return Asked(
            protocol=self["evaluate"],
            names=names,
            catalogue=self.path("catalogue"),
            folder=folder,
            segments=self.path("segments"),
            decisions=[self.beside(each) for each in ([decisions] if isinstance(decisions, str) else decisions)],
            seed=self["seed"],
            **events,
        )


def read_recommend(file: Path) -> RecommendConfig:
    """Read it. Raises BadFile with everything that is wrong with it, line by line."""
    source = read(file)
    if found := [source.finding(each.path, each.message, suggestion=each.suggestion, key=each.at_key) for each in problems(RECOMMEND, source.value)]:
        raise BadFile(found)
    return RecommendConfig(file, source.value)
