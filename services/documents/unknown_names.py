"""Names in messages that nothing fills: a misspelt `{{ cart.valeu }}` would leave a gap in every message."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.core.campaigns.campaign import Campaign
from udfs.core.features.features import FeatureSet
from udfs.core.templates.compile import Template
from udfs.core.values.problems import Path, Problem, did_you_mean

CART = ("id", "value", "items", "empty", "currency")
ITEM = ("product_id", "name", "price", "quantity", "image_url", "url")
SESSION = ("events", "product_views", "started")
CAMPAIGN = ("name",)


def empty_places(file: CampaignFile, campaign: Campaign, features: FeatureSet) -> list[Finding]:
    """Find names in a compiled campaign's messages that nothing fills. Fields of events and traits cannot be checked beforehand."""
    known: dict[str, Sequence[str]] = {
        "cart": CART,
        "cart.items[]": ITEM,
        "session": SESSION,
        "campaign": CAMPAIGN,
        "features": tuple(features.features),
        "offer": _offered(file.document),
    }
    found: dict[tuple[Path, str], Finding] = {}
    for path, text, template in _messages(file, campaign):
        for name in sorted(template.names):
            holder, _, word = name.rpartition(".")
            if holder in known and word.removesuffix("[]") not in known[holder] and not word.endswith("[]"):
                spoken = f"{holder}.{word}" if "[]" not in holder else f".{word}"
                words = known[holder]
                hint = did_you_mean(word, words) or (f"{holder} has {', '.join(words)}" if words else f"nothing here fills {holder}")
                problem = Problem(path, f"nothing fills '{name}'", hint, text.find(spoken) if spoken in text else None)
                found[(path, name)] = file.locate(problem)
    return list(found.values())


def _offered(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The offer fields of all variants: they share templates, and a variant without an offer sees an empty one on purpose."""
    return tuple({key: None for variant in document["variants"].values() for key in variant.get("offer") or {}})


def _messages(file: CampaignFile, campaign: Campaign) -> Iterator[tuple[Path, str, Template]]:
    for variant in campaign.variants:
        written = file.document["variants"][variant.name]
        for channel, fields in variant.content.items():
            for field, template in fields.items():
                if "template" in written:
                    yield (
                        ("templates", written["template"], channel, field),
                        file.document["templates"][written["template"]][channel][field],
                        template,
                    )
                else:
                    yield ("variants", variant.name, "content", field), written["content"][field], template
