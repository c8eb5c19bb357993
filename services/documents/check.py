"""Check campaign files before they are published, with the job's own compiler. Problems are reported by file, line and column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from services.documents.bandit_features import features_that_are_no_numbers
from services.documents.dead_rules import dead_rules
from services.documents.doubts import doubts, mistaken, wrong_conditions
from services.documents.event_names import refused_exits
from services.documents.files import CampaignFile, features_for, segments_for
from services.documents.findings import BadFile, Finding
from services.documents.kinds import Kinds, are_told, of_features, said_by_features
from services.documents.never_equal import never_equal
from services.documents.never_equal_in_messages import never_equal_in_messages
from services.documents.product_lists import printed_lists, unknown_fields
from services.documents.shipped_features import with_features_file
from services.documents.unknown_campaigns import names_of, unknown_campaigns
from services.documents.unknown_names import empty_places
from services.documents.unknown_strategies import unknown_strategies
from services.documents.written import conditions_of, values_of
from udfs.core.campaigns.language.campaign import compile_campaign
from udfs.core.campaigns.language.segments import compile_segments
from udfs.core.campaigns.segments import NONE, Segments
from udfs.core.features.features import FeatureSet, set_version
from udfs.core.features.language.features import compile_features
from udfs.core.policy.language.policy import compile_policy
from udfs.core.recommend.language.strategies import compile_strategies
from udfs.core.values.problems import DocumentError, short

_APART = frozenset({"policy", "recommendations"})
"""Kinds that depend on no other."""
Compiled = TypeVar("Compiled")
Found = TypeVar("Found", bound=CampaignFile | None)


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The result of a check."""

    findings: list[Finding]
    unchecked: list[tuple[CampaignFile, Path]]
    """Files that could not be checked, each with the broken file that it depends on."""
    doubts: list[Finding] = field(default_factory=list)
    """What is allowed, but probably a mistake, in the files without faults."""


def check(files: Sequence[CampaignFile], *, features: FeatureSet | None = None, segments: Segments | None = None) -> list[Finding]:
    """Compile every file and return all findings: empty only if every file was checked and is valid. The arguments are those of `assess`."""
    return assess(files, features=features, segments=segments).findings


def assess(files: Sequence[CampaignFile], *, features: FeatureSet | None = None, segments: Segments | None = None) -> Checked:
    """Compile every file; what campaigns depend on comes first.

    That is `features` and `segments` if given, or those of `features_for` and `segments_for`. If the features are broken, neither segments
    nor campaigns can be checked; if the segments are broken, no campaign can. A policy and recommendations depend on neither.
    """
    findings = _doubled(files)
    for file in files:
        if file.kind == "policy":
            _taken(file, partial(compile_policy, file.document), findings)
        elif file.kind == "recommendations":
            _taken(file, partial(compile_strategies, file.document), findings)
    if all(file.kind in _APART for file in files):
        return Checked(findings=findings, unchecked=[])
    given = features is not None
    if features is None:
        declared = _written_against(lambda: features_for(files), lambda file: compile_features(file.document), findings)
        if isinstance(declared, Path):
            return Checked(findings=findings, unchecked=[(file, declared) for file in files if file.kind in {"campaign", "segments"}])
        features = declared
    if segments is None:
        rules = _written_against(lambda: segments_for(files), partial(_segments, features=features), findings)
        if isinstance(rules, Path):
            return Checked(findings=findings, unchecked=[(file, rules) for file in files if file.kind == "campaign"])
        segments = rules
    doubtful = []
    declared_here = {} if given and all(file.kind != "features" for file in files) else _document_of(files)
    known, said = of_features(declared_here), said_by_features(declared_here)
    names = names_of(files)
    for file in files:
        if file.kind == "campaign":
            version = set_version(file.document)
            compiled = partial(compile_campaign, file.document, features=features, segments=segments.names, version=version)
            before = len(findings)
            campaign = _taken(file, compiled, findings)
            findings[before:] = with_features_file(findings[before:], files)
            if campaign is not None:
                findings += unknown_strategies(file, campaign, files)
                findings += [*dead_rules(file, campaign), *empty_places(file, campaign, features)]
                findings += [*wrong_conditions(file, campaign, features), *refused_exits(file, files)]
                kinds = Kinds(told=are_told(campaign.trigger.events), features=known, said=said)
                findings += never_equal(file, [*conditions_of(campaign), *values_of(campaign)], kinds)
                findings += unknown_fields(file, [*conditions_of(campaign), *values_of(campaign)], kinds)
                findings += printed_lists(file, campaign, kinds)
                findings += [*never_equal_in_messages(file, campaign, kinds), *features_that_are_no_numbers(file, campaign, kinds)]
                doubtful += doubts(file, features=features, campaign=campaign)
                doubtful += unknown_campaigns(file, [*conditions_of(campaign), *values_of(campaign)], names)
        elif file.kind not in _APART:
            mine = list(features.expressions.values() if file.kind == "features" else segments.rules.values())
            findings += [*mistaken(file, mine), *never_equal(file, mine, Kinds(features=known, said=said))]
            doubtful += [*doubts(file, features=features, segments=segments), *unknown_campaigns(file, mine, names)]
    return Checked(findings=findings, unchecked=[], doubts=doubtful)


def _written_against(find: Callable[[], Found], compiled: Callable[[Found], Compiled], findings: list[Finding]) -> Compiled | Path:
    """The compiled document, or, if it is broken, the path of its file. What is wrong goes into `findings`."""
    try:
        file = find()
    except BadFile as e:
        findings += e.findings
        return e.findings[0].file
    if file is None:
        return compiled(file)
    found = _taken(file, partial(compiled, file), findings)
    return file.file if found is None else found


def _document_of(files: Sequence[CampaignFile]) -> Mapping[str, Any]:
    """The features that `features_for` finds, as they are written; nothing where they cannot be read."""
    try:
        return features_for(files).document
    except BadFile:
        return {}


def _segments(file: CampaignFile | None, *, features: FeatureSet) -> Segments:
    return NONE if file is None else compile_segments(file.document, features=features)


def _taken(file: CampaignFile, compiled: Callable[[], Compiled], findings: list[Finding]) -> Compiled | None:
    """The compiled document, or None. What is wrong goes into `findings`."""
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
                else ((file.kind,), f"there can be only one file of {file.kind}, and {other.file} is one", "put both into one file")
            )
            findings.append(file.source.finding(path, what, suggestion=hint))
    return findings
