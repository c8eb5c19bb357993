"""Documents of every kind that are shipped or shown on pages, and what readers and JSON Schemas say of each."""

import importlib.resources
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from cli.schema import FILES
from services.documents.files import CampaignFile, features_for, load_campaign_files, shipped
from services.documents.fitting import problems
from services.documents.metrics_shape import METRICS
from services.documents.recommend_shape import RECOMMEND
from services.documents.rollout_shape import ROLLOUT
from services.documents.schedule_shape import SCHEDULE
from services.documents.training_shape import TRAINING
from services.documents.yaml12 import parse
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.segments import compile_segments
from udfs.core.features.features import FeatureSet
from udfs.core.features.language.features import compile_features
from udfs.core.policy.language.policy import compile_policy
from udfs.core.values.problems import DocumentError

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: json.loads((ROOT / "schemas" / "json" / f"{name}.schema.json").read_text()) for name in FILES}
VALIDATORS = {name: jsonschema.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}


def shipped_files() -> list[CampaignFile]:
    folder = Path(str(importlib.resources.files("simulation") / "campaigns"))
    return load_campaign_files([*shipped(), folder, *sorted((ROOT / "training" / "probes").glob("*.yaml"))])


def documented() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind, place and document of every YAML block in README and docs that is a whole file."""
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for number, (_, text) in enumerate(re.findall(r'^```yaml( title="policy.yaml")?\n(.*?)^```$', page.read_text(), re.M | re.S)):
            document = parse(text, file=page).value
            kinds = ("campaign", "features", "segments", "training", "rollout", "schedule", "recommend", "metrics")
            kind = next((kind for kind in kinds if isinstance(document, dict) and kind in document), "policy")
            if isinstance(document, dict) and "scenario" not in document and "mapping" not in document:  # tests/codecs reads the latter
                yield kind, f"{page.name}-{number}", document


def _features() -> FeatureSet:
    """Those that ship and those that pages declare for their campaigns."""
    declared = [*features_for(load_campaign_files(shipped())).document["features"]]
    declared += [feature for kind, _, document in documented() if kind == "features" for feature in document["features"]]
    first: dict[str, Any] = {}
    for feature in declared:
        first.setdefault(feature["name"], feature)
    return compile_features({"features": list(first.values())})


FEATURES = _features()


def readable(kind: str, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the templates that it names, as a file is read: what they say is no matter of the schema."""
    if kind != "campaign" or "templates" in document or not isinstance(document.get("variants"), dict):
        return document
    words = {channel: {"body": "x"} for channel in ("email", "sms", "push", "webhook", "in_app", "onsite")}
    named = [variant.get("template") for variant in document["variants"].values() if isinstance(variant, dict)]
    return {**document, "templates": {name: words for name in named if isinstance(name, str)}}


def taken(kind: str, document: dict[str, Any]) -> bool:
    """Whether the job's own reader takes it."""
    try:
        match kind:
            case "campaign":
                compile_campaign(readable(kind, document), features=FEATURES, segments=["vip", "gold"])
            case "features":
                compile_features(document)
            case "segments":
                compile_segments(document, features=FEATURES)
            case "recommend":
                return not problems(RECOMMEND, document)
            case "training":
                return not problems(TRAINING, document)
            case "rollout":
                return not problems(ROLLOUT, document)
            case "schedule":
                return not problems(SCHEDULE, document)
            case "metrics":
                return not problems(METRICS, document)
            case _:
                compile_policy(document)
    except DocumentError:
        return False
    return True


def valid(kind: str, document: Any) -> bool:
    return bool(VALIDATORS[kind].is_valid(document))


def as_file(file: CampaignFile) -> dict[str, Any]:
    """What stands in the file itself."""
    return {key: value for key, value in file.document.items() if key != "templates"}


WRITTEN = [(file.kind, file.file.name, as_file(file)) for file in shipped_files()]
