"""The scores of a candidate: asked for only when something reads them, once, and always with the name of who answered or the reason why nobody did.

Of a published model the champion speaks; or the challenger, for its share of the customers; and where the challenger cannot, the champion
again. A shadow is asked last, with a fresh answer, and changes nothing.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from udfs.core.because_said import Why
from udfs.core.campaigns.book import Book
from udfs.core.campaigns.campaign import AskedModel, Campaign
from udfs.core.expressions.moment import Moment
from udfs.core.features.models import Model, PublishedModel, Shadow
from udfs.core.profile.identity import drawn_by
from udfs.core.profile.scored import Scored
from udfs.core.profile.state import Profile
from udfs.core.records import Answered, Score

CHAMPION, CHALLENGER = "champion", "challenger"
"""For whom a customer is drawn."""


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
    """The features in force are not those that it was trained on; or it reads texts, and is asked about features, or the other way round."""
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
    OVER_BUDGET = "OVER_BUDGET"
    """A shadow that was not asked, since its share of the time was used up."""


class Answer(NamedTuple):
    """What a scorer says: every number of the model's output, or the reason why there is none."""

    values: Sequence[float] | None
    reason: ModelReason
    took_us: int | None = None
    """Microseconds; None if it was not asked."""


class Divided(NamedTuple):
    """What each input of a version adds to its score, in the order of its inputs; or why that is not known."""

    adds: Sequence[float] | None
    why: Why = Why.SAID


class Scorer(Protocol):
    """Asks models. It must never raise, and never wait for a file."""

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        """One row, one answer. `ms_per_s`: of a shadow, the milliseconds of each second that it may take; beyond that it is OVER_BUDGET."""
        ...

    def ask_all(self, models: Sequence[Model], row: Sequence[float]) -> Sequence[Answer]:
        """The answers of several models that read the same row, each as if it were asked alone."""
        return [self.ask(model, row) for model in models]

    def divide(self, model: Model, row: Sequence[float]) -> Divided:
        """What each input of a version adds to its answer about one row. It is asked for a message that says why it is sent."""
        return Divided(None, Why.NOT_TREES)


class NoScorer(Scorer):
    """Where no models are loaded, everything is a cold start."""

    def ask(self, model: Model, row: Sequence[float], *, ms_per_s: float | None = None) -> Answer:
        """Nothing."""
        return Answer(None, ModelReason.LOADING)


class Question:
    """What are the scores of this candidate? The vector that the decision logs and the models read is one and the same."""

    __slots__ = ("_answers", "_book", "_campaign", "_fresh", "_scorer", "_scores", "_vector")

    def __init__(self, campaign: Campaign, book: Book, scorer: Scorer) -> None:
        self._campaign, self._book, self._scorer = campaign, book, scorer
        self._vector: dict[str, Any] | None = None
        self._scores: dict[str, Score] = {}
        self._answers: dict[str, Answer] = {}
        """What each version that was asked said, by its label: two scores may be of one model."""
        self._fresh: dict[str, Scored] = {}

    def vector(self, moment: Moment) -> dict[str, Any]:
        """Every feature at this moment."""
        if self._vector is None:
            self._vector = self._book.features.vector(moment)
        return self._vector

    def answer(self, moment: Moment, name: str) -> float | None:
        """The score of that name: the campaign's cold start when no model can speak; None when the campaign has no such score."""
        found = self._scores.get(name)
        if found is None:
            asked = self._campaign.scores.get(name)
            if asked is None:
                return None
            found = self._scores[name] = self._score(asked, moment)
        return found.score

    def scores(self, moment: Moment) -> dict[str, Score]:
        """Every score of the campaign."""
        names = self._campaign.scores
        if len(self._scores) < len(names):
            if len(names) - len(self._scores) > 1:
                self._ask_together(moment)
            for name in names:
                self.answer(moment, name)
        return self._scores

    def remember(self, profile: Profile) -> None:
        """Keep a new answer where the model's manifest lets it stand for a while: asking alone changes nothing."""
        if self._fresh:
            profile.scores |= self._fresh
            self._fresh = {}

    def _ask_together(self, moment: Moment) -> None:
        """Ask those that read the same row at once: one row is made for all, and they may be one graph. A model with a version on trial is left out:
        its guardrails go by the time that each version takes by itself."""
        alike: dict[str, dict[str, Model]] = {}
        for name, asked in self._campaign.scores.items():
            published = self._book.models.get(asked.model)
            if name in self._scores or published is None or self._is_paused(published, asked) or published.challenger or published.shadow:
                continue
            model = published.current
            if _misfit(model, asked, published.unfit) is None and model.label not in self._answers and self._kept(model, moment) is None:
                alike.setdefault(model.row.reads, {})[model.label] = model
        for found in alike.values():
            if len(found) > 1:
                models = list(found.values())
                self._answers |= zip(found, self._scorer.ask_all(models, models[0].row.of(self.vector(moment))), strict=True)

    def _is_paused(self, published: PublishedModel, asked: AskedModel) -> bool:
        return published.paused or f"model/{asked.model}" in self._book.switches

    def _score(self, asked: AskedModel, moment: Moment) -> Score:
        published = self._book.models.get(asked.model)
        if published is None:
            return _cold(asked, ModelReason.NO_MODEL)
        if self._is_paused(published, asked):
            return _cold(asked, ModelReason.PAUSED)
        role, model, unfit = _speaker(published, moment)
        missed, spoken = None, self._from(model, asked, moment, unfit=unfit)
        if role == CHALLENGER and spoken.score is None:
            missed, spoken = spoken, self._from(published.current, asked, moment, unfit=published.unfit)
        if spoken.reason is ModelReason.LOADING:  # whoever spoke until now goes on until the new one is there
            for model in published.fallback:
                earlier = self._from(model, asked, moment)
                if earlier.score is not None:
                    missed, spoken = missed or spoken, earlier
                    break
        if spoken.score is None:
            return _cold(asked, spoken.reason, role=role, instead_of=missed)
        shadow = published.shadow
        beside = self._from(shadow.model, asked, moment, unfit=shadow.unfit, shadow=shadow) if shadow and spoken.took_us is not None else None
        return Score(
            score=spoken.score, model=spoken.model, reason=spoken.reason, role=role, took_us=spoken.took_us, instead_of=missed, shadow=beside
        )

    def _from(self, model: Model, asked: AskedModel, moment: Moment, *, unfit: str = "", shadow: Shadow | None = None) -> Answered:
        if (reason := _misfit(model, asked, unfit)) is not None:
            return Answered(model=model.label, score=None, reason=reason)
        index = model.index if asked.score_class is None else model.classes.index(asked.score_class)
        kept = self._kept(model, moment) if shadow is None else None
        if kept is not None:
            return Answered(model=model.label, score=kept.values[index], reason=ModelReason.CACHED)
        said = self._answers.get(model.label)
        if said is None:
            said = self._answers[model.label] = self._scorer.ask(
                model, model.row.of(self.vector(moment)), ms_per_s=shadow.ms_per_s if shadow else None
            )
        values = said.values
        if values is not None and model.ttl and shadow is None:
            self._fresh[model.name] = Scored(model.version, moment.now, list(values))
        return Answered(model=model.label, score=None if values is None else values[index], reason=said.reason, took_us=said.took_us)

    def _kept(self, model: Model, moment: Moment) -> Scored | None:
        """An earlier answer that still stands."""
        kept = moment.profile.scores.get(model.name) if model.ttl else None
        if kept is not None and kept.version == model.version and moment.now < kept.at + model.ttl and not self._is_withdrawn(model, moment):
            return kept
        return None

    def _is_withdrawn(self, model: Model, moment: Moment) -> bool:
        """Whether an earlier answer may have been made of what may not be used any more."""
        return self._book.features.is_denied((each.feature for each in model.inputs), moment)


def _speaker(published: PublishedModel, moment: Moment) -> tuple[str, Model, str]:
    """For whom this customer is drawn: role, version, and why the features do not fit it, if they do not."""
    challenger = published.challenger
    if challenger is not None and challenger.speaks_for(drawn_by(moment.profile.identity, moment.user_id)):
        return CHALLENGER, challenger.model, challenger.unfit
    return CHAMPION, published.current, published.unfit


def _misfit(model: Model, asked: AskedModel, unfit: str) -> ModelReason | None:
    """Why this version cannot be asked for that score, whatever the customer."""
    if unfit or model.text is not None:  # a model of texts reads no features: intent(…) asks it
        return ModelReason.UNFIT
    if asked.score_class is not None and asked.score_class not in model.classes:
        return ModelReason.UNKNOWN_CLASS
    return None


def _cold(asked: AskedModel, reason: str, *, role: str = CHAMPION, instead_of: Answered | None = None) -> Score:
    """The campaign's cold start."""
    return Score(score=asked.cold_start, model=f"{asked.model}:cold_start", reason=reason, role=role, instead_of=instead_of)


def forget(scores: dict[str, Scored], models: Mapping[str, PublishedModel], event: str) -> None:
    """An event happened: what is kept of earlier answers ends by its name, or because there were so many."""
    gone = []
    for name, kept in scores.items():
        published = models.get(name)
        model = published.version(kept.version) if published else None
        kept.events += 1
        if model is None or event in model.until or (model.after and kept.events >= model.after):
            gone.append(name)
    for name in gone:
        del scores[name]
