"""Values that may be unknown where something is decided: a negation is then not met, and an inline `if` chooses neither side."""

from collections.abc import Sequence

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.unknown_names import messages
from services.documents.written import placed
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.intents import CALL as INTENT
from udfs.core.expressions.moment import Moment
from udfs.core.features.features import FeatureSet
from udfs.core.items.item import LOOKUP
from udfs.core.profile.state import Profile
from udfs.core.values.problems import Path, Problem


def unknown_decides(file: CampaignFile, expressions: Sequence[Expression], features: FeatureSet) -> list[Finding]:
    """Names of conditions and values that may be unknown where they are negated or decide an inline `if`. Each is reported once."""
    found: dict[str, Finding] = {}
    for path, expression in placed(file.document, expressions):
        for name, reads, offset, otherwise, inline in expression.negated:
            if name in found or not _may_be_unknown(reads, features):
                continue
            message = f"where {name} is not known this is neither true nor false, so it is not met"
            hint = f"write default({name}, {otherwise}) if it should be met then, or add: {name} != null and …"
            if inline:
                message = f"where {name} is not known neither side of the inline if is chosen: the result is unknown"
                hint = f"write default({name}, {otherwise}) to say what holds then"
            found[name] = file.source.finding(path, message, suggestion=hint, offset=offset)
    return list(found.values())


def unknown_in_messages(file: CampaignFile, campaign: Campaign, features: FeatureSet) -> list[Finding]:
    """The same in templates."""
    found: dict[tuple[Path, str], Finding] = {}
    for _, path, text, template in messages(file, campaign):
        for name, line, otherwise, inline in template.doubts:
            if (path, name) in found or "[]" in name or not _may_be_unknown(name, features):
                continue
            message = f"where {name} is missing this is neither true nor false, so it is not met"
            hint = f"write {name} | default({otherwise}) to say what holds then, or ask first: {name} and …"
            if inline:
                message = f"where {name} is missing the inline if prints neither of its texts"
                hint = f"write {name} | default({otherwise}) to say what holds then"
            start = sum(map(len, text.splitlines(keepends=True)[: line - 1]))
            place = text.find(name, start)
            found[(path, name)] = file.locate(Problem(path, message, hint, place if place >= 0 else None))
    return list(found.values())


def _may_be_unknown(name: str, features: FeatureSet) -> bool:
    if name in {"user.id", "user.hour", "user.weekday"}:
        return False
    if name.partition(".")[0] in {"user", "event", "group", LOOKUP, f"{INTENT}()"} or name in {"cart.currency", "cart.id"}:
        return True
    feature = features.features.get(name.removeprefix("features."))
    if feature is None:
        return False
    return feature.compute(Moment(user_id="", profile=Profile(born=0, now=0), now=0, cart=None)) is None
