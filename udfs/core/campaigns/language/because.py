"""Reads what a campaign says of why it was sent: a phrase for each feature that may be mentioned, and the default."""

from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.because import BECAUSE, VALUE, Because, is_never
from udfs.core.campaigns.campaign import AskedModel, Variant
from udfs.core.campaigns.language.because_shape import BECAUSE_SHAPE, DEFAULT, PHRASE
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.variants import read_template
from udfs.core.templates.compile import Template
from udfs.core.values.problems import did_you_mean, shown
from udfs.core.values.shapes import keys

EXAMPLE = f'because: {{say: {{views_7d: "{PHRASE}"}}, default: "{DEFAULT}"}}'


def read_because(reader: CampaignReader, document: Mapping[str, Any], scores: Mapping[str, AskedModel], variants: list[Variant]) -> Because | None:
    """How `{{ because }}` is made; None where no message reads it."""
    asked = any(BECAUSE in template.roots for variant in variants for fields in variant.content.values() for template in fields.values())
    found = document.get("because")
    if found is None and "because" not in document:
        if asked and not scores:
            reader.refuse(("score",), "a message says {{ because }}, and there is no score to explain", "ask a model with score, or leave it out")
        elif asked and len(scores) > 1:
            reader.refuse(("score",), _which(scores), f"write because: {{score: {next(iter(scores))}}}")
        return Because(next(iter(scores)), {}, None) if asked and scores else None
    if not isinstance(found, Mapping) or not found:
        reader.refuse(("because",), "because says why a message is sent", f"write {EXAMPLE}")
        return None
    reader.keys(("because",), found, keys(BECAUSE_SHAPE), {})
    if not asked and not any(problem.path[:1] in {("variants",), ("templates",)} for problem in reader.problems):  # a broken text may say it
        reader.refuse(("because",), "no message of this campaign says {{ because }}", "write it where the reason belongs, or leave because out")
    score = _score(reader, found, scores)
    phrases = _phrases(reader, found.get("say", {}))
    default = _phrase(reader, ("because", "default"), found["default"], own=()) if "default" in found else None
    return Because(score, phrases, default)


def _which(scores: Mapping[str, AskedModel]) -> str:
    return f"a message says {{{{ because }}}}, and there are {len(scores)} scores: {', '.join(scores)}"


def _score(reader: CampaignReader, found: Mapping[str, Any], scores: Mapping[str, AskedModel]) -> str:
    """The score that is explained."""
    name = found.get("score")
    if not scores:
        reader.refuse(("because",), "because explains a score, and this campaign asks no model", "ask one with score, or leave because out")
    elif "score" not in found:
        if len(scores) > 1:
            reader.refuse(("because",), _which(scores), f"say which: score: {next(iter(scores))}")
        return next(iter(scores))
    elif not isinstance(name, str) or name not in scores:
        hint = did_you_mean(str(name), scores) or f"there are {', '.join(scores)}"
        reader.refuse(("because", "score"), f"{shown(name)} is no score of this campaign", hint)
    return str(name)


def _phrases(reader: CampaignReader, found: Any) -> dict[str, Template]:
    """Feature -> what is said of it."""
    if not isinstance(found, Mapping):
        reader.refuse(("because", "say"), "say has a phrase for each feature that may be mentioned", f"write {EXAMPLE}")
        return {}
    phrases = {}
    for name, source in found.items():
        if name not in reader.vocabulary.features:
            hint = did_you_mean(str(name), reader.vocabulary.features) or "declare it in features.yaml"
            reader.refuse(("because", "say", str(name)), f"there is no feature {shown(name)}", hint, at_key=True)
        if (phrase := _phrase(reader, ("because", "say", str(name)), source, own=(VALUE,))) is not None:
            phrases[str(name)] = phrase
    return phrases


def _phrase(reader: CampaignReader, path: tuple[str, ...], source: Any, *, own: tuple[str, ...]) -> Template | None:
    if not isinstance(source, str) or not source.strip():
        reader.refuse(path, "a phrase is a text, as the customer reads it", f'write "{PHRASE}"')
        return None
    if is_never(source):
        reader.refuse(path, "the customer would read 'never'", "leave the feature out; never is for the because of a training file")
        return None
    phrase = read_template(reader, path, source, own=own)
    if phrase is not None and BECAUSE in phrase.roots:
        reader.refuse(path, "a phrase is what {{ because }} says, and cannot say it itself", "write the words")
        return None
    return phrase
