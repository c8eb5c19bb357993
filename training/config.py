"""A training file, read: what to learn, from what, and what the model must reach. Paths are relative to the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from services.devstack import settings
from services.documents.findings import BadFile
from services.documents.fitting import problems
from services.documents.training_shape import ESTIMATORS, ESTIMATORS_OF, FAIRNESS, FIGURES_OF, TRAINING
from services.documents.yaml12 import YamlDocument, read
from training.errors import TrainingError
from training.fairness import Rule
from training.goal import Goal, goal_of
from training.phrases import wrong_phrases
from training.written import Written, defaults_of
from udfs.core.values.document_reader import share_of
from udfs.core.values.durations import parse_duration

A = {"goal": "a goal", "value": "a value", "intent": "an intent"}
"""What is predicted, with its article."""
DEFAULTS, DEFAULTS_OF_FAIRNESS = defaults_of(TRAINING), defaults_of(FAIRNESS)


@dataclass(frozen=True)
class Config(Written):
    """A training file."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = DEFAULTS

    def __getitem__(self, key: str) -> Any:
        """The value of a key, its default, or None."""
        if key == "estimator" and key not in self.document:
            return ESTIMATORS_OF[self.family][0]
        return super().__getitem__(key)

    @property
    def name(self) -> str:
        """The model's name."""
        return str(self["training"])

    @property
    def family(self) -> str:
        """What kind of thing is predicted: goal, value or intent."""
        return str(self["predict"])

    @property
    def goal(self) -> Goal:
        """What is predicted."""
        return goal_of(self["goal"])

    @property
    def within(self) -> int:
        """Milliseconds after a decision within which the goal counts."""
        return parse_duration(self["within"])

    @property
    def split_at(self) -> int | None:
        """Epoch milliseconds at which the test period begins, if the file says it."""
        return None if self["split"] is None else _instant(self["split"])

    @property
    def fairness(self) -> Rule | None:
        """The groups that the model must treat alike; None: the file names none."""
        told = self["fairness"]
        if told is None:
            return None
        told = {**DEFAULTS_OF_FAIRNESS, **told}
        groups = self.beside(told["groups"]) if "groups" in told else None
        return Rule(groups=groups, by=tuple(told.get("by", ())), least=float(told["least"]), reach=share_of(told["reach"]))

    @property
    def compared(self) -> Sequence[str]:
        """The estimators that `compare` compares."""
        return self["compare"] or ESTIMATORS

    def share(self, key: str) -> float:
        """A percentage as a share of one."""
        return share_of(self[key])

    @property
    def runs(self) -> Path:
        """The folder of this training's runs."""
        return (self.path("runs") or settings.home() / "training" / "runs") / self.name

    @property
    def registry(self) -> str:
        """The folder of versions and aliases, or the address of an MLflow server."""
        return self.place("registry", otherwise=settings.home() / "registry")

    @property
    def store(self) -> str:
        """Where model files are kept."""
        return self.place("store", otherwise=settings.home() / "models")


def require_goal(config: Config, command: str) -> None:
    """Refuse a training file of another family, where a command is about goals. Raises TrainingError."""
    if config.family != "goal":
        problem = f"`{command}` is for models that predict a goal, and {config.name} predicts {A[config.family]}"
        raise TrainingError(problem)


def read_config(file: Path) -> Config:
    """Read a training file. Raises BadFile with everything that is wrong with it, line by line."""
    source = read(file)
    found = [source.finding(each.path, each.message, suggestion=each.suggestion, key=each.at_key) for each in problems(TRAINING, source.value)]
    if found or (found := _meaning(source)):
        raise BadFile(found)
    return Config(file, source.value)


def _meaning(source: YamlDocument) -> list[Any]:
    """What the shape cannot say."""
    found = []
    document = source.value
    if "split" in document:
        try:
            _instant(document["split"])
        except ValueError:
            found.append(source.finding(("split",), f"{document['split']!r} is not a date", suggestion="write 2026-03-01, or 2026-03-01T12:00"))
    found += [*_family(source), *wrong_phrases(source)]
    if not 0.05 <= share_of(document.get("test_share", DEFAULTS["test_share"])) <= 0.95:
        found.append(source.finding(("test_share",), "the share of the test is from 5% to 95%"))
    if document.get("history", {}).get("format") == "online-retail" and "file" not in document["history"]:
        found.append(source.finding(("history", "format"), "the format online-retail is that of a file", suggestion="name it with `file:`"))
    if {"file", "lake"} <= document.get("history", {}).keys():
        found.append(source.finding(("history", "lake"), "a file and a lake are two histories", suggestion="leave one of them out"))
    return found


def _family(source: YamlDocument) -> list[Any]:
    """Keys that belong to another family than the one of this file."""
    found, document = [], source.value
    family = document.get("predict", DEFAULTS["predict"])
    if (name := document.get("estimator")) is not None and name not in ESTIMATORS_OF[family]:
        there_are = f"there are {', '.join(ESTIMATORS_OF[family])}"
        found.append(source.finding(("estimator",), f"{name} does not predict {A[family]}", suggestion=there_are))
    for part, bounds in document.get("gate", {}).items():
        for figure in bounds:
            if figure not in FIGURES_OF[family]:
                known = f"figures of {A[family]} are {', '.join(FIGURES_OF[family])}"
                found.append(source.finding(("gate", part, figure), f"{figure} is no figure of a model that predicts {A[family]}", suggestion=known))
    if family != "value" and "purchases" in document:
        found.append(source.finding(("purchases",), "is for models that predict a value", suggestion="add predict: value"))
    if family != "intent" and (extra := [key for key in ("texts", "threshold") if key in document]):
        found.append(source.finding((extra[0],), "is for models that predict an intent", suggestion="add predict: intent"))
    if family != "goal" and "fairness" in document:
        found.append(source.finding(("fairness",), "is for models that predict a goal", suggestion="leave it out"))
    if len({"groups", "by"} & document.get("fairness", {"by": ()}).keys()) != 1:
        found.append(source.finding(("fairness",), "say who belongs to which group: `groups`, a file, or `by`, features", suggestion="say one"))
    if family == "intent" and "because" in document:
        found.append(source.finding(("because",), "is for models that read features", suggestion="leave it out"))
    if family == "intent" and "texts" not in document:
        found.append(source.finding(("predict",), "an intent is learned from labelled texts", suggestion="add texts: {file: …}"))
    return found


def _instant(text: str) -> int:
    found = datetime.fromisoformat(text)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
