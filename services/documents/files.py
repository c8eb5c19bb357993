"""Read the files that a marketer edits (campaigns, features, segments, policy, recommendations) into the documents that are published on `control`.

A campaign with `template: cart` uses `templates/cart.yaml` in its folder, which has one section per channel. The template is copied into the
document, so that a published document is complete and its version covers the words that people read.
"""

import importlib.resources
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from services.documents.findings import BadFile, Finding
from services.documents.yaml12 import Where, YamlDocument, read
from udfs.core.policy.language.shape import POLICY as POLICY_SHAPE
from udfs.core.values.problems import Problem, did_you_mean, short
from udfs.core.values.shapes import keys

SCENARIOS = ".scenarios.yaml"
FEATURES = "features.yaml"
POLICY = "policy.yaml"
SEGMENTS = "segments.yaml"
RECOMMENDATIONS = "recommendations.yaml"
Kind = Literal["campaign", "features", "segments", "policy", "recommendations"]
Named = Literal["features", "policy"]
"""Kinds whose file may have any name."""
UNKNOWN = "is not a campaign, features, segments, a policy or recommendations"
_BEGINNINGS = {
    "campaign": ("campaign", "begin with `campaign: a-name`"),
    "features": ("set of features", "begin with `features:` and a list of them"),
    "policy": ("policy", "a policy is a mapping of rules, such as `caps:` and `quiet_hours:`; without any write {}"),
}
"""Kind -> what its file is called, and how it begins."""


@dataclass(frozen=True, kw_only=True)
class CampaignFile:
    """A campaign, or a file of the other kinds, read and not yet compiled."""

    file: Path
    kind: Kind
    name: str
    """The campaign's name. Of the others there is one each: `features`, `segments`, `policy`, `recommendations`."""
    document: dict[str, Any]
    source: YamlDocument = field(repr=False)
    templates: dict[str, YamlDocument] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """The document's key on `control`."""
        return f"campaign/{self.name}" if self.kind == "campaign" else self.kind

    @property
    def scenarios(self) -> Path:
        """The path of its scenarios, if it has any."""
        return self.file.with_name(self.file.name.removesuffix(".yaml") + SCENARIOS)

    def locate(self, problem: Problem) -> Finding:
        """Find a problem of the document in the file that the marketer edits."""
        source, path = self.source, problem.path
        if path[:1] == ("templates",) and len(path) > 1 and path[1] in self.templates:
            source, path = self.templates[str(path[1])], path[2:]
        return source.finding(path, problem.message, suggestion=problem.suggestion, offset=problem.offset, key=problem.at_key)


def shipped() -> list[Path]:
    """List the campaigns and features that come with Kairos."""
    return campaign_paths([shipped_folder()])


def shipped_folder() -> Path:
    """Give the folder of the campaigns that come with Kairos."""
    return Path(str(importlib.resources.files("campaigns")))


def campaign_paths(paths: Iterable[Path]) -> list[Path]:
    """Replace each folder with the files in it, without scenarios and templates. Raises BadFile for a missing one."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.glob("*.y*ml") if not file.name.endswith(SCENARIOS))
            if not inside:
                deeper = sorted(
                    {file.parent for file in path.glob("*/*.y*ml") if not file.name.endswith(SCENARIOS) and file.parent.name != "templates"}
                )
                hint = f"a folder in a folder is not looked into: name {' '.join(map(str, deeper[:5]))}" if deeper else None
                message = "contains no campaign: a campaign is a .yaml file"
                raise BadFile([Finding(file=path, line=1, column=1, message=message, suggestion=hint)])
            found += inside
        elif path.name.endswith(SCENARIOS):
            hint = f"name the campaign, {path.name.removesuffix(SCENARIOS)}.yaml: its scenarios come with it"
            raise BadFile([Finding(file=path, line=1, column=1, message="holds scenarios, not a campaign", suggestion=hint)])
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def load_campaign_files(paths: Sequence[Path]) -> list[CampaignFile]:
    """Read files, or all files of a folder, with templates inlined. Raises BadFile with everything that cannot be read."""
    loaded: list[CampaignFile] = []
    findings: list[Finding] = []
    for path in campaign_paths(paths):
        try:
            loaded.append(_load(path))
        except BadFile as e:
            findings += e.findings
    if findings:
        raise BadFile(findings)
    return loaded


def features_for(files: Sequence[CampaignFile]) -> CampaignFile:
    """The features that campaigns are written against: among the files, in the folder of the first one, or those shipped with Kairos."""
    for file in files:
        if file.kind == "features":
            return file
    beside = files[0].file.with_name(FEATURES) if files else None
    return _load(beside if beside is not None and beside.exists() else shipped_folder() / FEATURES)


def segments_for(files: Sequence[CampaignFile]) -> CampaignFile | None:
    """The segments that campaigns are written against, if any: among the files, or in the folder of the first one."""
    for file in files:
        if file.kind == "segments":
            return file
    beside = files[0].file.with_name(SEGMENTS) if files else None
    return _load(beside) if beside is not None and beside.exists() else None


def recommendations_for(files: Sequence[CampaignFile]) -> CampaignFile | None:
    """The strategies that campaigns recommend by, if any: among the files, or in the folder of the first one."""
    for file in files:
        if file.kind == "recommendations":
            return file
    beside = files[0].file.with_name(RECOMMENDATIONS) if files else None
    return _load(beside) if beside is not None and beside.exists() else None


def only(path: Path, kind: Named) -> CampaignFile:
    """Read a file that was given as this kind, whatever its name. Raises BadFile if its content says that it is another kind."""
    return _load(path, kind)


def _load(file: Path, wanted: Named | None = None) -> CampaignFile:
    source = read(file)
    document = source.value
    if not isinstance(document, dict):
        asked = wanted or ("policy" if file.name == POLICY else "campaign")
        what, hint = _BEGINNINGS[asked]
        raise BadFile([source.at(0, 0, "is empty" if document is None else f"is not a {what}" if wanted else UNKNOWN, hint)])
    kind = _kind(file, document)
    if wanted is not None:
        if kind != wanted and kind in document:
            raise BadFile([source.at(0, 0, f"is a file of {kind}, not of {wanted}")])
        kind = wanted
    if kind != "campaign":
        return CampaignFile(file=file, kind=kind, name=kind, document=document, source=source)
    name = document.get("campaign")
    if name is None:
        misspelt = next((key for key in document if did_you_mean(key, ["campaign"])), None)
        hint = f"did you mean 'campaign' by '{misspelt}'?" if misspelt else "begin with `campaign: a-name`"
        raise BadFile([source.at(0, 0, f"has no `campaign`: {UNKNOWN}", hint)])
    if not isinstance(name, str) or not name:
        raise BadFile([source.finding(("campaign",), "a campaign's name is a text, such as cart-abandonment")])
    if "templates" in document:
        raise BadFile([source.finding(("templates",), "templates are files of their own: templates/NAME.yaml in the campaign's folder", key=True)])
    templates = _templates(source, document)
    if templates:
        document = {**document, "templates": {name: template.value for name, template in templates.items()}}
    return CampaignFile(file=file, kind="campaign", name=name, document=document, source=source, templates=templates)


def _kind(file: Path, document: dict[str, Any]) -> Kind:
    """The kind of a document, by its keys; for a policy with a misspelt key, by its file's name."""
    if "campaign" in document:
        return "campaign"
    if "features" in document:
        return "features"
    if "segments" in document:
        return "segments"
    if "recommendations" in document:
        return "recommendations"
    rules = document.keys() & set(keys(POLICY_SHAPE)) - {"description"}
    return "policy" if rules or file.name == POLICY else "campaign"


def _templates(source: YamlDocument, document: dict[str, Any]) -> dict[str, YamlDocument]:
    """Read every template that a variant names."""
    folder = source.file.parent / "templates"
    variants = document.get("variants")
    read_so_far: dict[str, YamlDocument] = {}
    findings: list[Finding] = []
    for variant, settings in variants.items() if isinstance(variants, dict) else ():
        name = settings.get("template") if isinstance(settings, dict) else None
        if not isinstance(name, str) or name in read_so_far:
            continue  # the check of the campaign reports a name that is not a text
        place: Where = ("variants", variant, "template")
        file = folder / f"{name}.yaml"
        if "/" in name or name.startswith(".") or not file.is_file():
            known = [path.stem for path in sorted(folder.glob("*.yaml"))]
            hint = did_you_mean(name, known) or f"there are {', '.join(known)}" if known else f"write {file}"
            findings.append(source.finding(place, f"there is no template '{short(name)}' in {folder}", suggestion=hint))
            continue
        try:
            template = read(file)
            findings += _shape(template)
            read_so_far[name] = template
        except BadFile as e:
            findings += e.findings
    if findings:
        raise BadFile(findings)
    return read_so_far


def _shape(template: YamlDocument) -> list[Finding]:
    """Check that a template has one section per channel, each with texts by field."""
    if not isinstance(template.value, dict) or not template.value:
        return [template.at(0, 0, "a template has one section per channel", "email: {subject: …, body: …}")]
    findings = []
    for channel, fields in template.value.items():
        if not isinstance(fields, dict) or not fields:
            findings.append(template.finding((channel,), f"the section '{channel}' holds fields", suggestion="such as subject and body"))
            continue
        findings += [
            template.finding((channel, name), f"'{name}' is a text", suggestion="put it in quotes")
            for name, value in fields.items()
            if not isinstance(value, str)
        ]
    return findings
