"""What customers mean by what they write: asked of models of texts, once for each text of a turn, and noted for the decision's record.

Nothing here fails: where there is no text or no model that can answer, the intent is unknown, and the record says why.
"""

from collections.abc import Iterator

from udfs.core.decision.scores import Answer, ModelReason
from udfs.core.decision.turn import Turn
from udfs.core.features.grams import MAX_CHARACTERS, grams
from udfs.core.features.models import OUT_OF_SCOPE, Model
from udfs.core.intents_used import IntentUsed

MAX_TEXTS = 8
"""Texts that one candidate may ask about."""
NO_TEXT, TOO_MANY = "NO_TEXT", "TOO_MANY"


class Intents:
    """The intents that a candidate asks for."""

    __slots__ = ("_found", "_turn", "_unknown")

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._found: dict[tuple[str, str], IntentUsed] = {}
        self._unknown: dict[str, IntentUsed] = {}

    def of(self, text: object, name: str) -> str | None:
        """What a text means to the model of that name; None where that is unknown."""
        if not isinstance(text, str) or not text.strip():
            self._unknown.setdefault(name, IntentUsed(model=name, intent=None, reason=NO_TEXT))
            return None
        read = text[:MAX_CHARACTERS]
        found = self._found.get((name, read))
        if found is None:
            if len(self._found) >= MAX_TEXTS:
                self._unknown[name] = IntentUsed(model=name, intent=None, reason=TOO_MANY)
                return None
            found = self._found[name, read] = self._ask(name, read, clipped=len(text) > MAX_CHARACTERS)
        return found.intent

    def used(self) -> list[IntentUsed]:
        """What was asked so far, for the decision's record."""
        return [*self._found.values(), *self._unknown.values()]

    def _ask(self, name: str, text: str, *, clipped: bool) -> IntentUsed:
        published = self._turn.book.models.get(name)
        if published is None:
            return IntentUsed(model=name, intent=None, reason=ModelReason.NO_MODEL, clipped=clipped)
        if published.paused or f"model/{name}" in self._turn.book.switches:
            return IntentUsed(model=name, intent=None, reason=ModelReason.PAUSED, clipped=clipped)
        first: IntentUsed | None = None
        for model in self._in_turn(name):
            said = self._said(model, text)
            if said.values is not None and model.text is not None:
                probability = max(said.values)
                intent = model.classes[list(said.values).index(probability)] if probability >= model.text.threshold else OUT_OF_SCOPE
                return IntentUsed(model=model.label, intent=intent, reason=said.reason, probability=round(probability, 6), clipped=clipped)
            first = first or IntentUsed(model=model.label, intent=None, reason=said.reason, clipped=clipped)
            if said.reason is not ModelReason.LOADING and model is published.current:
                break  # earlier versions answer only while the current one is on its way
        assert first is not None  # there is a current version
        return first

    def _in_turn(self, name: str) -> Iterator[Model]:
        """Who may answer: the challenger for its share of the customers, the champion, and the versions before it."""
        published = self._turn.book.models[name]
        if published.challenger is not None and published.challenger.speaks_for(self._turn.drawn_by()):
            yield published.challenger.model
        yield published.current
        yield from published.fallback

    def _said(self, model: Model, text: str) -> Answer:
        if model.text is None:
            return Answer(None, ModelReason.UNFIT)
        key = (model.label, text)
        found = self._turn.read_texts.get(key)
        if found is None:
            found = self._turn.read_texts[key] = self._turn.scorer.ask(model, grams(text, model.text.bits).row)
        return found
