"""Checking campaign files before anybody meets them: the very compiler that the job uses, its problems led back to file, line and column."""

from collections.abc import Sequence

from services.campaigns.files import CampaignFile, features_for
from services.campaigns.findings import Finding
from services.campaigns.words import empty_places
from udfs.core.campaign_language import compile_campaign
from udfs.core.feature_language import compile_features
from udfs.core.features import FeatureSet, set_version
from udfs.core.policy_language import compile_policy
from udfs.core.problems import DocumentError


def check(files: Sequence[CampaignFile], *, features: FeatureSet | None = None) -> list[Finding]:
    """Compile every file and return all that is wrong, in the order of the files.

    Campaigns are judged against `features` if given, else against those of `features_for`.
    """
    findings = _doubled(files)
    judge = features
    if judge is None:
        declared = features_for(files)
        try:
            judge = compile_features(declared.document)
        except DocumentError as e:
            findings += [declared.locate(problem) for problem in e.problems]
    for file in files:
        try:
            if file.kind == "policy":
                compile_policy(file.document)
            elif file.kind == "campaign" and judge is not None:
                campaign = compile_campaign(file.document, features=judge, version=set_version(file.document))
                findings += empty_places(file, campaign, judge)
        except DocumentError as e:
            findings += [file.locate(problem) for problem in e.problems]
    return findings


def _doubled(files: Sequence[CampaignFile]) -> list[Finding]:
    """Two files of one name would overwrite each other on `control`."""
    first: dict[str, CampaignFile] = {}
    findings = []
    for file in files:
        other = first.setdefault(file.key, file)
        if other is not file:
            path, what, hint = (
                (("campaign",), f"a campaign '{file.name}' is already in {other.file}", "give one of them another name")
                if file.kind == "campaign"
                else ((file.kind,), f"there is one file of {file.kind}, and {other.file} is it already", "put both into one file")
            )
            findings.append(file.source.finding(path, what, suggestion=hint))
    return findings
