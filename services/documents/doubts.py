"""What is allowed in a campaign, but is probably not what was meant: warnings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.documents.event_names import doubtful_names
from services.documents.files import CampaignFile
from services.documents.findings import Finding
from udfs.codecs.catalogue import catalogue
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.segments import Segments
from udfs.core.campaigns.steps import Branch
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.moment import Moment
from udfs.core.features.features import FeatureSet
from udfs.core.profile.state import Profile
from udfs.core.values.problems import Path, did_you_mean

TRAITS = (
    *("address", "age", "avatar", "birthday", "company", "country", "city", "created_at", "description", "email", "first_name", "gender", "id"),
    *("language", "last_name", "locale", "name", "phone", "plan", "push_token", "timezone", "title", "username", "website", "hour", "weekday"),
)
"""Usual names of traits: those that Segment reserves, and those that Kairos reads itself."""
NEAR = 0.85
_TRAIT = re.compile(r"\buser\.([A-Za-z_][A-Za-z0-9_]*)")
_PLACES = re.compile(
    r"(?<![{\w]){\s*(?:user|event|cart|offer|features)\.[\w.]+\s*}(?!})"
    r"|\*\|\w+\|\*|<%=?[^%]*%>|\[\[[^\]]*\]\]|%%\w+%%|(?<!\w)%[A-Z][A-Z_]{2,}%|\[(?:FIRST|LAST)[ _]?NAME\]|\[(?:First|Last) [Nn]ame\]"
)
"""Places to be filled in as other systems write them: here they go out as they stand."""


def doubts(file: CampaignFile, *, features: FeatureSet, campaign: Campaign | None = None, segments: Segments | None = None) -> list[Finding]:
    """Everything doubtful in a file without faults; `campaign` or `segments` is what it was compiled to."""
    found = [*doubtful_names(file), *_traits(file)]
    if file.kind == "campaign":
        found += _left_as_written(file)
    if campaign is not None:
        found += unknown_negated(file, _conditions_of(campaign), features)
    if segments is not None and file.kind == "segments":
        found += unknown_negated(file, segments.rules.values(), features)
    return found


def wrong_conditions(file: CampaignFile, campaign: Campaign, features: FeatureSet) -> list[Finding]:
    """Conditions and values that can be taken, but are always or never met."""
    found = []
    for path, expression in _placed(file.document, [*_conditions_of(campaign), *_values_of(campaign)]):
        found += [file.source.finding(path, what, suggestion=hint, offset=offset) for what, hint, offset in expression.mistakes]
        for name in sorted(expression.fields & features.features.keys()):
            place = re.search(rf"(?<![\w.]){name}\b", expression.source)
            message = f"inside a list function '{name}' is a field of the item, not the feature of that name"
            hint = f"write features.{name} for the feature, or item.{name} for the field"
            found.append(file.source.finding(path, message, suggestion=hint, offset=place.start() if place else None))
    return found


def unknown_negated(file: CampaignFile, conditions: Any, features: FeatureSet) -> list[Finding]:
    """Negations of what may be unknown: then they are not met, which may not be what was meant. Each name is reported once."""
    found: dict[str, Finding] = {}
    for path, expression in _placed(file.document, list(conditions)):
        for name, reads, offset, otherwise in expression.negated:
            if name in found or not _may_be_unknown(reads, features):
                continue
            message = f"where {name} is not known this is neither true nor false, so it is not met"
            hint = f"write default({name}, {otherwise}) if it should be met then, or add: {name} != null and …"
            found[name] = file.source.finding(path, message, suggestion=hint, offset=offset)
    return list(found.values())


def _may_be_unknown(name: str, features: FeatureSet) -> bool:
    if name in {"user.id", "user.hour", "user.weekday"}:
        return False
    if name.partition(".")[0] in {"user", "event", "group"} or name in {"cart.currency", "cart.id"}:
        return True
    feature = features.features.get(name.removeprefix("features."))
    if feature is None:
        return False
    return feature.compute(Moment(user_id="", profile=Profile(born=0, now=0), now=0, cart=None)) is None


def _conditions_of(campaign: Campaign) -> list[Expression]:
    branches = [step.when for step in campaign.steps.steps.values() if isinstance(step, Branch)] if campaign.steps else []
    return [each for each in (campaign.when, campaign.trigger.becomes, *branches) if each is not None]


def _values_of(campaign: Campaign) -> list[Expression]:
    offered = [value for variant in campaign.variants for value in (variant.offer or {}).values()]
    return [each for each in (campaign.value, campaign.entry.once_per, *offered) if isinstance(each, Expression)]


def _placed(document: Mapping[str, Any], expressions: Sequence[Expression]) -> Iterator[tuple[Path, Expression]]:
    """Each expression with the place where it is written first."""
    written = {text: path for path, text in reversed(list(_texts((), document)))}
    for expression in expressions:
        yield written.get(expression.source, ()), expression


def _texts(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, (Mapping, list)):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _texts((*path, key), inner)


def _traits(file: CampaignFile) -> list[Finding]:
    """Traits whose names look misspelt."""
    known = {*TRAITS, *catalogue().trait_kinds}
    found: dict[str, Finding] = {}
    for path, text in _texts((), {key: value for key, value in file.document.items() if key != "description"}):
        for match in _TRAIT.finditer(text):
            name = match[1]
            spelling = catalogue().trait_names.get(name)
            near = f"write user.{spelling}" if spelling and spelling != name else did_you_mean(name, known - {name}, cutoff=NEAR)
            if name in known or name in found or near is None or (spelling and f"user.{spelling}" in text):
                continue
            message = f"the trait '{name}' is not a usual one" if spelling is None else f"the trait arrives as {spelling}"
            place = path[2:] if path[:1] == ("templates",) and path[1] in file.templates else path
            source = file.templates[str(path[1])] if place is not path else file.source
            found[name] = source.finding(place, message, suggestion=near, offset=match.start())
    return list(found.values())


def _left_as_written(file: CampaignFile) -> list[Finding]:
    """Places to be filled in as other systems write them."""
    found = []
    for path, text in _texts((), {key: file.document.get(key) for key in ("variants", "templates")}):
        inside = path[0] == "templates" and path[1] in file.templates
        source, place = (file.templates[str(path[1])], path[2:]) if inside else (file.source, path)
        for match in _PLACES.finditer(text if "content" in path or path[0] == "templates" else ""):
            hint = "write {{ user.first_name }}: two braces, and the name of what fills it"
            found.append(source.finding(place, f"'{match[0]}' goes out as it stands", suggestion=hint, offset=match.start()))
    return found
