"""The score of a candidate: asked for only when something reads it, once, and always with the name of who answered or the reason why nobody did."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.moment import Moment
from udfs.core.features.model_inputs import encode
from udfs.core.features.models import Model, PublishedModel
from udfs.core.profile.state import Profile, Scored


class ModelReason(StrEnum):
    """Why a score is what it is: one closed list."""

    SCORED = "SCORED"
    """The model answered."""
    CACHED = "CACHED"
    """The model answered a little while ago, and its manifest lets that stand."""
    NO_MODEL = "NO_MODEL"
    """Nothing is published under this name: the cold start stands in, as in every reason below."""
    PAUSED = "PAUSED"
    """It is paused, or switched off."""
    UNFIT = "UNFIT"
    """The features in force are not those that it was trained on."""
    UNKNOWN_CLASS = "UNKNOWN_CLASS"
    """The campaign asks for a class that this version does not have."""
    LOADING = "LOADING"
    """Its file is on the way."""
    REFUSED = "REFUSED"
    """Its file is not what the manifest says, or does not do what a model must: see `rejected`."""
    NOT_A_NUMBER = "NOT_A_NUMBER"
    """It answered with a NaN or an infinity."""
    FAILED = "FAILED"
    """It raised an error."""
    TRIPPED = "TRIPPED"
    """It failed, or was too slow, too often: it is not asked until it is published again."""


class Answer(NamedTuple):
    """What a scorer says: every number of the model's output, or the reason why there is none."""

    values: Sequence[float] | None
    reason: ModelReason


class Scorer(Protocol):
    """Asks models. It must never raise, and never wait for a file."""

    def ask(self, model: Model, row: Sequence[float]) -> Answer:
        """One row, one answer."""
        ...


class NoScorer:
    """Where no models are loaded, everything is a cold start."""

    def ask(self, model: Model, row: Sequence[float]) -> Answer:
        """Nothing."""
        return Answer(None, ModelReason.LOADING)


class Question:
    """What is the score of this candidate? The vector that the decision logs and the model reads is one and the same."""

    __slots__ = ("_book", "_campaign", "_fresh", "_scorer", "_speaker", "_vector", "reason", "score")

    def __init__(self, campaign: Campaign, book: Book, scorer: Scorer) -> None:
        self._campaign, self._book, self._scorer = campaign, book, scorer
        self._speaker: Model | None = None
        self._vector: dict[str, Any] | None = None
        self._fresh: Scored | None = None
        self.score: float | None = None
        self.reason: ModelReason | None = None
        """None while nobody asked, and for a campaign without a score."""

    def vector(self, moment: Moment) -> dict[str, Any]:
        """Every feature at this moment."""
        if self._vector is None:
            self._vector = self._book.features.vector(moment)
        return self._vector

    def answer(self, moment: Moment) -> float | None:
        """The score; the campaign's cold start when no model can speak; None when the campaign has neither."""
        if self.reason is None and self._campaign.model is not None:
            found, self.reason = self._asked(moment)
            self.score = self._campaign.cold_start if found is None else found
        return self.score

    @property
    def spoke(self) -> str | None:
        """Who answered: the model and its version, or cold_start."""
        if self._campaign.model is None:
            return None
        return f"{self._campaign.model}:cold_start" if self._speaker is None else self._speaker.label

    def remember(self, profile: Profile) -> None:
        """Keep a new answer where the model's manifest lets it stand for a while: asking alone changes nothing."""
        if self._fresh is not None and self._speaker is not None:
            profile.scores[self._speaker.name] = self._fresh
            self._fresh = None

    def _asked(self, moment: Moment) -> tuple[float | None, ModelReason]:
        published = self._book.models.get(self._campaign.model or "")
        if published is None:
            return None, ModelReason.NO_MODEL
        if published.paused or f"model/{self._campaign.model}" in self._book.switches:
            return None, ModelReason.PAUSED
        challenger = published.challenger
        if challenger is not None and challenger.speaks_for(moment.user_id) and not challenger.unfit:
            found, reason = self._from(challenger.model, moment)
            if found is not None:
                return found, reason
        if published.unfit:
            return None, ModelReason.UNFIT
        found, reason = self._from(published.current, moment)
        if reason is ModelReason.LOADING:  # whoever spoke until now goes on until the new one is there
            for model in published.fallback:
                earlier, said = self._from(model, moment)
                if earlier is not None:
                    return earlier, said
        return found, reason

    def _from(self, model: Model, moment: Moment) -> tuple[float | None, ModelReason]:
        index = model.index
        if self._campaign.score_class is not None:
            if self._campaign.score_class not in model.classes:
                return None, ModelReason.UNKNOWN_CLASS
            index = model.classes.index(self._campaign.score_class)
        profile = moment.profile
        if model.ttl and (kept := profile.scores.get(model.name)) is not None and kept.version == model.version and moment.now < kept.at + model.ttl:
            self._speaker = model
            return kept.values[index], ModelReason.CACHED
        values, reason = self._scorer.ask(model, encode(model.inputs, self.vector(moment)))
        if values is None:
            return None, reason
        self._speaker = model
        if model.ttl:
            self._fresh = Scored(model.version, moment.now, list(values))
        return values[index], reason


def forget(scores: dict[str, Scored], models: Mapping[str, PublishedModel], event: str) -> None:
    """An event happened that ends what is kept of earlier answers."""
    for name in [name for name in scores if name not in models or event in models[name].current.until]:
        del scores[name]
