"""Checking campaign files before anybody meets them: the very compiler that the job uses, its problems led back to file, line and column."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from services.campaigns.files import CampaignFile, features_for, segments_for
from services.campaigns.findings import Finding
from services.campaigns.hopeless import hopeless
from services.campaigns.words import empty_places
from udfs.core.campaign_language import compile_campaign
from udfs.core.feature_language import compile_features
from udfs.core.features import FeatureSet, set_version
from udfs.core.policy_language import compile_policy
from udfs.core.problems import DocumentError, short
from udfs.core.segment_language import compile_segments
from udfs.core.segments import NONE, Segments

Compiled = TypeVar("Compiled")


def check(files: Sequence[CampaignFile], *, features: FeatureSet | None = None, segments: Segments | None = None) -> list[Finding]:
    """Compile every file and return all that is wrong, what campaigns are written against first.

    That is `features` and `segments` if given, else those of `features_for` and `segments_for`; where they are broken, no campaign can be judged.
    """
    findings = _doubled(files)
    for file in files:
        if file.kind == "policy":
            _taken(file, partial(compile_policy, file.document), findings)
    if features is None:
        declared = features_for(files)
        features = _taken(declared, partial(compile_features, declared.document), findings)
    if features is not None and segments is None:
        rules = segments_for(files)
        segments = NONE if rules is None else _taken(rules, partial(compile_segments, rules.document, features=features), findings)
    if features is None or segments is None:
        return findings
    for file in files:
        if file.kind == "campaign":
            version = set_version(file.document)
            compiled = partial(compile_campaign, file.document, features=features, segments=segments.rules, version=version)
            if (campaign := _taken(file, compiled, findings)) is not None:
                findings += [*hopeless(file, campaign), *empty_places(file, campaign, features)]
    return findings


def _taken(file: CampaignFile, compiled: Callable[[], Compiled], findings: list[Finding]) -> Compiled | None:
    """What a document compiles to; what is wrong with it goes into `findings`."""
    try:
        return compiled()
    except DocumentError as e:
        findings += [file.locate(problem) for problem in e.problems]
        return None


def _doubled(files: Sequence[CampaignFile]) -> list[Finding]:
    """Two files of one name would overwrite each other on `control`."""
    first: dict[str, CampaignFile] = {}
    findings = []
    for file in files:
        other = first.setdefault(file.key, file)
        if other is not file:
            path, what, hint = (
                (("campaign",), f"a campaign '{short(file.name)}' is already in {other.file}", "give one of them another name")
                if file.kind == "campaign"
                else ((file.kind,), f"there is one file of {file.kind}, and {other.file} is it already", "put both into one file")
            )
            findings.append(file.source.finding(path, what, suggestion=hint))
    return findings
