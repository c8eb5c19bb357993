"""Reads the scores of a campaign: one model (`{model: …, cold_start: …}`), or several, each under a name."""

import re
from collections.abc import Mapping
from typing import Any

from udfs.core.campaigns.campaign import AskedModel
from udfs.core.campaigns.language.reader import NAME, CampaignReader
from udfs.core.campaigns.language.shape import MAX_SCORES, SCORE, SCORE_NAME
from udfs.core.values.document_reader import KeyPath
from udfs.core.values.problems import shown
from udfs.core.values.shapes import keys

ONE = "{model: purchase-propensity, cold_start: 0.03}"
_NAME = re.compile(SCORE_NAME)


def read_scores(reader: CampaignReader, found: Any) -> dict[str, AskedModel]:
    """The models that a campaign asks, by the names of their scores. One that is not named has the name of its model, with _ for -."""
    if reader.empty(("score",), found, ONE):
        return {}
    if not isinstance(found, Mapping):
        reader.refuse(("score",), f"score is a mapping such as {ONE}")
        return {}
    if not found or not all(isinstance(each, Mapping) for each in found.values()):
        only = _score(reader, ("score",), found)
        return {only.model.replace("-", "_"): only} if only else {}
    if len(found) > MAX_SCORES:
        reader.refuse(("score",), f"a campaign asks for at most {MAX_SCORES} scores, not {len(found)}")
    scores = {}
    for name, each in found.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            reader.refuse(("score", name), f"{shown(name)} is no name of a score: write lower-case letters, digits and _, such as churn", at_key=True)
        elif asked := _score(reader, ("score", name), each):
            scores[name] = asked
    return scores


def _score(reader: CampaignReader, path: KeyPath, found: Mapping[str, Any]) -> AskedModel | None:
    reader.keys(path, found, keys(SCORE), {})
    model, score_class, cold_start = found.get("model"), found.get("class"), found.get("cold_start")
    if "class" in found and not reader.empty((*path, "class"), score_class, "a class of the model") and not isinstance(score_class, str):
        reader.refuse((*path, "class"), "class is the name of one of the model's classes")
    if not isinstance(model, str) or not NAME.fullmatch(model):
        reader.refuse((*path, "model"), "name the model, such as purchase-propensity")
        model = "unknown"
    if isinstance(cold_start, bool) or not isinstance(cold_start, (int, float)) or not abs(cold_start) < 1e300:
        reader.refuse((*path, "cold_start"), "cold_start is the number that stands for the score while no model can answer, such as 0.03")
        cold_start = 0.0  # goes on, so that what reads the score is not refused as well
    return AskedModel(model, float(cold_start), score_class)
