"""Models that say what a story tells: a scorer without files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.documents.scenario_models import SCORE, Adds, Told
from udfs.core.because_said import Why
from udfs.core.campaigns.book import Book
from udfs.core.decision.scores import Answer, Divided, ModelReason, Scorer
from udfs.core.features.grams import grams
from udfs.core.features.model_inputs import Input
from udfs.core.features.models import Model, OfTexts, PublishedModel

VERSION = "story"
BITS = 18
"""Of the pieces by which texts are compared."""


class ToldModels(Scorer):
    """A scorer whose answers are written in a story."""

    def __init__(self, told: Told, adds: Adds | None = None) -> None:
        """`adds`: what each feature adds to the answer of a model, for messages that say why they are sent."""
        self._told, self._adds = told, adds or {}

    def of(self, book: Book) -> Book:
        """The book in which these models are published."""
        return replace(book, models={name: _published(name, answer, self._adds.get(name, {})) for name, answer in self._told.items()})

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        """What the story says, whatever is asked; of a text that it does not name, that it is out of scope."""
        told = self._told[model.name]
        if model.text is None:
            return Answer([float(each) for each in told.values()], ModelReason.SCORED, 0)
        meant = [means for text, means in told.items() if grams(text, BITS).row == list(row)]
        return Answer([float(each in meant) for each in model.classes], ModelReason.SCORED, 0)

    def divide(self, model: Model, row: Sequence[float]) -> Divided:
        """What the story says, whatever is asked."""
        told = self._adds.get(model.name)
        return Divided(None, Why.NOT_TREES) if told is None else Divided(list(told.values()))


def _published(name: str, told: Mapping[str, float] | Mapping[str, str], adds: Mapping[str, float]) -> PublishedModel:
    is_text = all(isinstance(each, str) for each in told.values())
    classes = tuple(dict.fromkeys(map(str, told.values() if is_text else told)))
    model = Model(
        name=name,
        version=VERSION,
        uri="",
        sha256="",
        size=0,
        task="regression",
        classes=() if classes == (SCORE,) else classes,
        inputs=tuple(Input(feature, "") for feature in adds),
        input_name="",
        output_name="",
        index=0,
        ttl=0,
        until=frozenset(),
        after=0,
        budget_ms=1,
        text=OfTexts(BITS, 0.5) if is_text else None,
    )
    return PublishedModel(model, (model,), paused=False, unfit="", fallback=())
