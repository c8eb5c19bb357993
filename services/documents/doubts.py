"""What is allowed in a campaign, but is probably not what was meant: warnings."""

import ast
import re
from collections.abc import Sequence

from services.documents.event_names import doubtful_names
from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.property_names import doubtful_properties
from services.documents.reasons import doubtful_reasons
from services.documents.unknown_values import unknown_decides, unknown_in_messages
from services.documents.written import conditions_of, placed, texts, values_of
from udfs.codecs.catalogue import catalogue
from udfs.core.campaigns.campaign import Campaign
from udfs.core.campaigns.language.variants import channels_named
from udfs.core.campaigns.segments import Segments
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.intents import CALL as INTENT
from udfs.core.features.features import FeatureSet
from udfs.core.features.models import OUT_OF_SCOPE
from udfs.core.values.problems import did_you_mean

TRAITS = (
    *("address", "age", "avatar", "birthday", "company", "country", "city", "created_at", "description", "email", "first_name", "gender", "id"),
    *("language", "last_name", "locale", "name", "phone", "plan", "push_token", "timezone", "title", "username", "website", "hour", "weekday"),
)
"""Usual names of traits: those that Segment reserves, and those that Kairos reads itself."""
NEAR = 0.85
_TRAIT = re.compile(r"\buser\.([A-Za-z_][A-Za-z0-9_]*)")
_FIELD_OF_LIST = re.compile(r"(?<![\w.])(event\.products)\.([A-Za-z_]\w*)")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_PLACES = re.compile(
    r"(?<![{\w]){\s*(?:user|event|cart|offer|features)\.[\w.]+\s*}(?!})"
    r"|\*\|\w+\|\*|<%=?[^%]*%>|\[\[[^\]]*\]\]|%%\w+%%|(?<!\w)%[A-Z][A-Z_]{2,}%|\[(?:FIRST|LAST)[ _]?NAME\]|\[(?:First|Last) [Nn]ame\]"
)
"""Places to be filled in as other systems write them: here they go out as they stand."""


def doubts(file: CampaignFile, *, features: FeatureSet, campaign: Campaign | None = None, segments: Segments | None = None) -> list[Finding]:
    """Everything doubtful in a file without faults; `campaign` or `segments` is what it was compiled to."""
    found = [*doubtful_names(file), *_traits(file)]
    if file.kind == "campaign":
        found += [*_left_as_written(file), *_without_subject(file)]
    if campaign is not None:
        found += unknown_decides(file, [*conditions_of(campaign), *values_of(campaign)], features)
        found += unknown_in_messages(file, campaign, features)
        found += doubtful_properties(file, campaign)
        found += [*_without_cost(file, campaign), *_never_offered(file, campaign), *doubtful_reasons(file, campaign)]
        found += _misspelt_scope(file, [*conditions_of(campaign), *values_of(campaign)])
    if segments is not None and file.kind == "segments":
        found += unknown_decides(file, list(segments.rules.values()), features)
    if file.kind == "features":
        filled = {each["name"] for each in file.document.get("features") or () if each.get("default") is not None}
        found += unknown_decides(file, [each for name, each in features.expressions.items() if name not in filled], features)
    return found


def _without_cost(file: CampaignFile, campaign: Campaign) -> list[Finding]:
    """Uplift without a cost sends to nearly everybody."""
    if campaign.uplift is None or any(campaign.uplift.costs.values()):
        return []
    message = "no variant has a cost, so it is sent to whoever is moved at all, however little"
    return [
        file.source.finding(
            ("choose",), message, suggestion="write what sending costs, such as cost: 0.5, and choose: {uplift: {worth: 30}}", key=True
        )
    ]


def _never_offered(file: CampaignFile, campaign: Campaign) -> list[Finding]:
    """`expect: {offer: {percnt: 50}}`: what no variant offers needs no permission, and what is meant has none."""
    names = sorted({name for variant in campaign.variants for name in variant.offer or ()})
    found = []
    for name in campaign.expect.offer:
        if name not in names:
            hint = did_you_mean(name, names) or (f"they offer {', '.join(names)}" if names else "leave it out")
            message = f"no variant offers {name!r}, so this allows nothing"
            found.append(file.source.finding(("expect", "offer", name), message, suggestion=hint, key=True))
    return found


def _misspelt_scope(file: CampaignFile, expressions: Sequence[Expression]) -> list[Finding]:
    """`intent(event.query) == "out of scope"`: a model never answers so."""
    found = []
    for path, expression in placed(file.document, expressions):
        text = expression.source.replace("\n", " ")
        tree = ast.parse(text.strip(), mode="eval")
        if not any(isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == INTENT for node in ast.walk(tree)):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != OUT_OF_SCOPE and _is_scope(node.value):
                message = f"{node.value!r} is not an answer about a text that no intent fits"
                at = node.col_offset + len(text) - len(text.lstrip())
                found.append(file.source.finding(path, message, suggestion=f'write "{OUT_OF_SCOPE}"', offset=at))
    return found


def _is_scope(value: str) -> bool:
    return re.sub(r"[\W_]+", "", value).lower() in {"outofscope", "oos"}


def _without_subject(file: CampaignFile) -> list[Finding]:
    """E-mails that are written here, and have no subject."""
    found = []
    for name, variant in (file.document.get("variants") or {}).items():
        content = variant.get("content") if isinstance(variant, dict) else None
        channels = [channel for channel, _ in channels_named(variant, None)] if isinstance(content, dict) else []
        written = content.get("email", content) if isinstance(content, dict) else None
        if "email" in channels and isinstance(written, dict) and "subject" not in written:
            hint = "write content: {subject: …, body: …}"
            found.append(file.source.finding(("variants", name, "content"), f"the e-mail of '{name}' has no subject", suggestion=hint, key=True))
    return found


def _fields_of_lists(file: CampaignFile, campaign: Campaign) -> list[Finding]:
    """`event.products.category`: a list has no such field, each of its things has. So it is never known."""
    found = []
    for path, expression in placed(file.document, [*conditions_of(campaign), *values_of(campaign)]):
        for match in _FIELD_OF_LIST.finditer(_QUOTED.sub(lambda text: " " * len(text[0]), expression.source)):
            message = f"{match[0]} is never known: {match[1]} is a list, and each of its things has {match[2]}"
            hint = (
                _how_many(match[1], match[2]) or _of_each(expression.source, match[1]) or f'ask the things in it: any({match[1]}, {match[2]} == "…")'
            )
            found.append(file.source.finding(path, message, suggestion=hint, offset=match.start()))
    return found


def _how_many(listed: str, field: str) -> str | None:
    """`event.products.length`, as JavaScript and Liquid have it, is no field of the things in it."""
    return f"write count({listed})" if field.lower() in {"length", "size", "count"} else None


def _of_each(source: str, listed: str) -> str | None:
    """The same said of each thing of a list: sum(event.products, price) for sum(event.products.price)."""
    for node in ast.walk(ast.parse(source.replace("\n", " ").strip(), mode="eval")):
        match node:
            case ast.Call(func=ast.Name(id=("sum" | "max" | "min" | "len") as name), args=[asked]) if f"{listed}." in ast.unparse(asked):
                inner = ast.unparse(asked).replace(f"{listed}.", "")
                return f"write count({listed})" if name == "len" else f"write {name}({listed}, {inner})"
            case ast.Call(func=ast.Name(id=name), args=[first, asked]) if ast.unparse(first) == listed and f"{listed}." in ast.unparse(asked):
                return f"write {name}({listed}, {ast.unparse(asked).replace(f'{listed}.', '')})"
    for node in ast.walk(ast.parse(source.replace("\n", " ").strip(), mode="eval")):
        if isinstance(node, ast.Compare) and f"{listed}." in ast.unparse(node):
            return f"write any({listed}, {ast.unparse(node).replace(f'{listed}.', '')})"
    return None


def mistaken(file: CampaignFile, expressions: Sequence[Expression]) -> list[Finding]:
    """What the language itself notes of expressions that can be taken, but are always or never met."""
    return [
        file.source.finding(path, what, suggestion=hint, offset=offset)
        for path, expression in placed(file.document, expressions)
        for what, hint, offset in expression.mistakes
    ]


def wrong_conditions(file: CampaignFile, campaign: Campaign, features: FeatureSet) -> list[Finding]:
    """Conditions and values that can be taken, but are always or never met."""
    written = [*conditions_of(campaign), *values_of(campaign)]
    found = [*_fields_of_lists(file, campaign), *mistaken(file, written)]
    for path, expression in placed(file.document, written):
        for name in sorted(expression.fields & features.features.keys()):
            place = re.search(rf"(?<![\w.]){name}\b", expression.source)
            message = f"inside a list function '{name}' is a field of the item, not the feature of that name"
            hint = f"write features.{name} for the feature, or item.{name} for the field"
            found.append(file.source.finding(path, message, suggestion=hint, offset=place.start() if place else None))
    return found


def _traits(file: CampaignFile) -> list[Finding]:
    """Traits whose names look misspelt."""
    known = {*TRAITS, *catalogue().trait_kinds}
    found: dict[str, Finding] = {}
    for path, text in texts((), {key: value for key, value in file.document.items() if key != "description"}):
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
    for path, text in texts((), {key: file.document.get(key) for key in ("variants", "templates")}):
        inside = path[0] == "templates" and path[1] in file.templates
        source, place = (file.templates[str(path[1])], path[2:]) if inside else (file.source, path)
        for match in _PLACES.finditer(text if "content" in path or path[0] == "templates" else ""):
            hint = "write {{ user.first_name }}: two braces, and the name of what fills it"
            found.append(source.finding(place, f"'{match[0]}' goes out as it stands", suggestion=hint, offset=match.start()))
    return found
