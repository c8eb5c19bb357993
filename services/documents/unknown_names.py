"""Names in messages that nothing fills: a misspelt `{{ cart.valeu }}` would leave a gap in every message."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.because import BECAUSE, VALUE, Because
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.vocabulary import Vocabulary
from udfs.core.features.features import FeatureSet
from udfs.core.recommend.call import READS
from udfs.core.templates.compile import Template
from udfs.core.values.problems import Path, Problem, did_you_mean

CART = ("id", "value", "items", "products", "empty", "currency")
ITEM = ("product_id", "name", "price", "quantity", "image_url", "url")
SESSION = ("events", "product_views", "started")
CAMPAIGN = ("name",)
LISTS = ("event.products", "cart.items", "cart.products", READS)
_SIZES = ("length", "size", "count")


_CURE = {"offer": ": write what is offered into the variant, such as offer: {code: SPRING}"}


def empty_places(file: CampaignFile, campaign: Campaign, features: FeatureSet) -> list[Finding]:
    """Find names in a compiled campaign's messages that nothing fills. Fields of events and traits cannot be checked beforehand."""
    known: dict[str, Sequence[str]] = {
        "cart": CART,
        "cart.products[]": ITEM,
        "cart.items[]": ITEM,
        "session": SESSION,
        "campaign": CAMPAIGN,
        "features": tuple(features.features),
        "offer": (),
    }
    found: dict[tuple[Path, str], Finding] = {}
    anywhere = _offered(file.document)
    for variant, path, text, template in messages(file, campaign):
        known["offer"] = tuple(file.document["variants"][variant].get("offer") or {})
        for name in sorted(template.names):
            holder, _, word = name.rpartition(".")
            if holder == "offer" and word in anywhere and name not in template.bare:
                continue  # a variant without that offer is meant: the message asks whether there is one
            if (instead := _elsewhere(holder, word)) is not None:
                said = name.replace(READS, "recommend(…)")
                problem = Problem(path, f"nothing fills '{said}' in a message", instead, text.find(name) if name in text else None)
                found[(path, name)] = file.locate(problem)
            elif holder in known and word.removesuffix("[]") not in known[holder] and not word.endswith("[]"):
                spoken = f"{holder}.{word}" if "[]" not in holder else f".{word}"
                words = known[holder]
                if holder == "offer" and word in anywhere:
                    hint = f"give variant '{variant}' the offer {word}, or write {{% if {name} %}} … {{% endif %}} around the words about it"
                    problem = Problem(path, f"nothing fills '{name}' in variant '{variant}'", hint, text.find(spoken) if spoken in text else None)
                    found[(path, name)] = file.locate(problem)
                    continue
                hint = did_you_mean(word, words) or (
                    f"{holder} has {', '.join(words)}" if words else f"nothing here fills {holder}{_CURE.get(holder, '')}"
                )
                problem = Problem(path, f"nothing fills '{name}'", hint, text.find(spoken) if spoken in text else None)
                found[(path, name)] = file.locate(problem)
    return list(found.values())


def _elsewhere(holder: str, word: str) -> str | None:
    """How a message says what only conditions can read, or a field of a list; None for everything else."""
    if holder in LISTS and not word.endswith("[]"):
        holder = holder.replace(READS, "recommend(3)")
        if word in _SIZES:
            return f"write {{{{ {holder} | length }}}}"
        return f"write {{% for item in {holder} %}}{{{{ item.{word} }}}}{{% endfor %}}, or {{{{ ({holder} | first).{word} }}}}"
    shown = {"cart": CART, "session": SESSION, "user": ("id",)}.get(holder)
    name = f"{holder}.{word}"
    if shown is None or word in shown or name not in Vocabulary().known():
        return None
    return f"give it as an offer: write offer: {{{word}: {name}}} into the variant, and {{{{ offer.{word} }}}} here"


def _offered(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The offer fields of all variants: they may share a template, which then asks whether there is an offer."""
    return tuple({key: None for variant in document["variants"].values() for key in variant.get("offer") or {}})


def messages(file: CampaignFile, campaign: Campaign) -> Iterator[tuple[str, Path, str, Template]]:
    """Every field of every message, and what it may say as its reason: its variant, its path, its text, and the template made of it."""
    for variant in campaign.variants:
        written = file.document["variants"][variant.name]
        for channel, fields in variant.content.items():
            for field, template in fields.items():
                if "template" in written:
                    yield (
                        variant.name,
                        ("templates", written["template"], channel, field),
                        file.document["templates"][written["template"]][channel][field],
                        template,
                    )
                else:
                    yield variant.name, ("variants", variant.name, "content", field), written["content"][field], template
        if campaign.because is not None and any(BECAUSE in template.roots for fields in variant.content.values() for template in fields.values()):
            yield from ((variant.name, path, text, template) for path, text, template in _reasons(file.document, campaign.because))


def own_names(path: Path) -> dict[str, str]:
    """What a text of `messages` reads under a name of its own: a phrase reads the value of its feature as `value`."""
    return {VALUE: f"features.{path[2]}"} if path[:2] == ("because", "say") else {}


def _reasons(document: Mapping[str, Any], because: Because) -> Iterator[tuple[Path, str, Template]]:
    """Every phrase, and the default."""
    for feature, phrase in because.phrases.items():
        yield ("because", "say", feature), document["because"]["say"][feature], phrase
    if because.default is not None:
        yield ("because", "default"), document["because"]["default"], because.default
