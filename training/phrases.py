"""What a model lets messages say of its features: the `because` of a training file."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from services.documents.findings import Finding
from services.documents.yaml12 import YamlDocument
from udfs.core.campaigns.because import wrong_with
from udfs.core.features.model_inputs import Input

NEVER = "never"


def wrong_phrases(source: YamlDocument) -> Iterator[Finding]:
    """Phrases that no message could say."""
    for feature, phrase in (source.value.get("because") or {}).items():
        if phrase != NEVER and (problem := wrong_with(phrase)) is not None:
            yield source.finding(("because", feature), problem.message, suggestion=problem.hint, offset=problem.offset(phrase))


def phrases_of(told: Mapping[str, str], inputs: Iterable[Input], say: Callable[[str], None]) -> dict[str, str | None]:
    """Feature -> its phrase, None for one that is never mentioned, as the manifest has it. A phrase for what the model does not read is noted."""
    read = {each.feature for each in inputs}
    for feature in sorted(told.keys() - read):
        if told[feature] != NEVER:
            say(f"because has a phrase for {feature}, which this model does not read: it will never be said")
    return {feature: None if phrase == NEVER else phrase for feature, phrase in told.items()}
