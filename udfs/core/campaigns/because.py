"""What a campaign says of why it was sent: a phrase for each feature that may be mentioned."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from udfs.core.features.models import Model
from udfs.core.templates.compile import Template, TemplateError, compile_template
from udfs.core.values.problems import DocumentError, Problem

BECAUSE = "because"
"""How a message reads it."""
VALUE = "value"
"""How a phrase reads the value of its feature."""
OF_MODELS = ("user", "features")
"""What else the phrases of a model may read: they serve every campaign."""


@dataclass(frozen=True, slots=True)
class Because:
    """How `{{ because }}` is made."""

    score: str
    """The score that is explained."""
    phrases: Mapping[str, Template]
    """Feature -> what is said of it. They come before those of the model."""
    default: Template | None
    """What is said where nothing else may be; None: nothing."""


@lru_cache(maxsize=1024)
def phrase_of(source: str) -> Template:
    """A phrase of a model. Raises TemplateError."""
    return compile_template(source, own=(VALUE,))


def check_phrases(models: Mapping[str, Model]) -> None:
    """Refuse versions of a model whose phrases cannot be said. Raises DocumentError."""
    problems = []
    for version, model in models.items():
        for feature, source in model.because.items():
            if source is not None and (problem := wrong_with(source)) is not None:
                problems.append(Problem(("because", feature), f"the phrase of {version} for {feature!r}: {problem.message}", problem.hint))
    if problems:
        raise DocumentError(problems)


def is_never(source: str) -> bool:
    """Whether this is the word of training files for what is not to be mentioned, and no phrase. A customer must not read it."""
    return source.strip().lower() == "never"


def wrong_with(source: str) -> TemplateError | None:
    """Why a model cannot say this; None: it can."""
    if is_never(source):
        return TemplateError("the customer would read 'never'", hint="write never, in small letters, for what no campaign may mention")
    try:
        phrase = phrase_of(source)
    except TemplateError as error:
        return error
    other = next((root for root in phrase.roots if root not in OF_MODELS), None)
    if other is None:
        return None
    return TemplateError(f"{other} is not there in every campaign", hint="the phrases of a model read value, user and features")
