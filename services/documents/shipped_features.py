"""A feature that ships with Kairos, read where a features file of one's own is in force, which replaces the shipped one."""

import re
from collections.abc import Sequence
from dataclasses import replace

from services.documents.files import FEATURES, CampaignFile, features_for, shipped_folder
from services.documents.findings import BadFile, Finding
from services.documents.yaml12 import read

_UNKNOWN = re.compile(r"unknown name '([a-z][a-z0-9_]*)'")


def with_features_file(findings: Sequence[Finding], files: Sequence[CampaignFile]) -> list[Finding]:
    """The same findings about campaigns; where an unknown name is a shipped feature, the hint says which features file is in force."""
    if not any(_UNKNOWN.search(finding.message) for finding in findings):
        return list(findings)
    shipped = shipped_folder() / FEATURES
    try:
        in_force = features_for(files).file
    except BadFile:
        return list(findings)
    if in_force.resolve() == shipped.resolve():
        return list(findings)
    names = {each.get("name") for each in read(shipped).value.get("features") or () if isinstance(each, dict)}
    found = []
    for finding in findings:
        match = _UNKNOWN.search(finding.message)
        if match is not None and match[1] in names:
            hint = f"{match[1]} ships with Kairos, but {in_force} is in force here, and it replaces the shipped features: declare it there, too"
            found.append(replace(finding, suggestion=hint))
        else:
            found.append(finding)
    return found
