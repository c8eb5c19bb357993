"""Why a message is sent, in the marketer's words: what has added most to the score of its campaign, of what may be said.

The answer of the model is divided among its inputs only here, where a message asks for it: decisions that send nothing, and campaigns that say no
reason, pay nothing for it. What is said is exact (Shapley values), and `kairos explain --contributions` tells the same afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from udfs.core.because_said import BecauseSaid, Why
from udfs.core.campaigns.because import Because, phrase_of
from udfs.core.decision.assess import Assessed
from udfs.core.decision.content import Speak
from udfs.core.decision.scores import Divided, ModelReason
from udfs.core.features.models import Model
from udfs.core.templates.compile import Template, TemplateError

LEAST = 0.1
"""What counts for a score has to add this share of everything that counts for it: a trifle is no reason."""
ANSWERED = frozenset({ModelReason.SCORED, ModelReason.CACHED})


class Saying:
    """What a message says of why it is sent, and afterwards what has become of it."""

    __slots__ = ("_assessed", "record")

    def __init__(self, assessed: Assessed) -> None:
        self._assessed = assessed
        self.record: BecauseSaid | None = None
        """None: nobody has asked."""

    def words(self, speak: Speak) -> str | None:
        """The phrase of what counts most for the score, of what may be said; else the campaign's default, None if it has none."""
        because = self._assessed.candidate.campaign.because
        assert because is not None  # its messages ask
        why = Why.NO_SCORE
        if (model := self._model(because)) is not None:
            divided = self._divided(because, model)
            why = divided.why
            if divided.adds is not None:
                why = Why.NOTHING_SPEAKS
                for feature, adds, phrase, value in _may_be_said(because, model, divided.adds, self._assessed.features):
                    try:
                        said = speak(phrase, value)
                    except TemplateError:
                        why = Why.FAILED
                        continue
                    if said:
                        self.record = BecauseSaid(score=because.score, reason=Why.SAID, feature=feature, adds=adds)
                        return said
        self.record = BecauseSaid(score=because.score, reason=why)
        return None if because.default is None else speak(because.default, None) or None

    def _model(self, because: Because) -> Model | None:
        """The version that gave the score; None where none did."""
        assessed = self._assessed
        score = assessed.scores[because.score]
        if score.reason not in ANSWERED:
            return None
        published = assessed.turn.book.models.get(assessed.candidate.campaign.scores[because.score].model)
        return None if published is None else published.version(score.model.rpartition(":")[2])

    def _divided(self, because: Because, model: Model) -> Divided:
        """What each input adds to the score that was asked for: of two classes, what adds to one takes as much from the other."""
        assessed = self._assessed
        divided = assessed.turn.scorer.divide(model, model.row.of(assessed.features))
        asked = assessed.candidate.campaign.scores[because.score].score_class
        if divided.adds is None or asked is None or model.classes.index(asked) == model.index:
            return divided
        return Divided([-each for each in divided.adds]) if len(model.classes) == 2 else Divided(None, Why.NOT_TREES)


def _may_be_said(because: Because, model: Model, adds: Sequence[float], features: Mapping[str, Any]) -> Iterator[tuple[str, float, Template, Any]]:
    """Features that count for the score, those that add most first: what each adds, its phrase and its value. What is not known is no reason, nor is
    what counts against the score."""
    told = zip((each.feature for each in model.inputs), adds, strict=True)
    speak_for = sorted(((round(added, 6), feature) for feature, added in told if added > 0), key=lambda each: (-each[0], each[1]))
    enough = LEAST * sum(added for added, _ in speak_for)
    for added, feature in speak_for:
        phrase, value = _phrase(because, model, feature), features.get(feature)
        if phrase is not None and value is not None and 0 < added >= enough:
            yield feature, added, phrase, value


def _phrase(because: Because, model: Model, feature: str) -> Template | None:
    """What is said of a feature: by the campaign, else by the model; None where either says nothing, or the model that it is never mentioned."""
    source = model.because.get(feature, "")
    if source is None:
        return None
    return because.phrases.get(feature) or (phrase_of(source) if source else None)
