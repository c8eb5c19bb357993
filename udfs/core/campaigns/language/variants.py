"""Reads the variants of a campaign: weight, channels, content (inline or by template), offer and wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from udfs.core.campaigns.campaign import Variant
from udfs.core.campaigns.language.reader import CampaignReader
from udfs.core.campaigns.language.variant_shape import VARIANT
from udfs.core.expressions.compiler import Expression, ExpressionError, compile_value
from udfs.core.templates.compile import Template, TemplateError, compile_template
from udfs.core.values.channels import CHANNELS, MAX_CHANNELS, is_channel, why_not
from udfs.core.values.problems import Problem, did_you_mean, short, shown
from udfs.core.values.shapes import keys

_KEYS = keys(VARIANT)
_NOT_IN_JOURNEYS = {"weight": "its steps say which message is sent: use a branch, or a split", "wait": "write a step before it, such as {wait: 2d}"}
BEST = "best"
"""In place of a channel: the one by which the customer is likeliest to answer."""
_HTML = frozenset({"html"})
"""Fields of a content that are HTML: what is filled in there is escaped."""


def read_variants(reader: CampaignReader, document: Mapping[str, Any]) -> tuple[list[Variant], list[float]]:
    """The variants in their order, and their weights."""
    found = document.get("variants")
    if not isinstance(found, Mapping) or not found:
        reader.refuse(("variants",), "what does it send? such as variants: {reminder: {channel: push, content: {body: Your cart waits.}}}")
        return [], [1.0]
    known = _KEYS if "steps" not in document else tuple(key for key in _KEYS if key not in _NOT_IN_JOURNEYS)
    variants: list[Variant] = []
    weights: list[float] = []
    for name, body in found.items():
        path = ("variants", str(name))
        if not isinstance(body, Mapping):
            reader.refuse(path, "a variant is a mapping with a channel and a content or template")
            continue
        for key in [key for key in body if key in _KEYS and key not in known]:
            reader.refuse((*path, key), f"{key} has no meaning in a journey", _NOT_IN_JOURNEYS[key])
        reader.keys(path, body, _KEYS, {})
        weight = read_weight(reader, path, body)
        channels, best = _channels(reader, path, body, document)
        wait = reader.duration((*path, "wait"), body["wait"]) if "wait" in body else 0
        content = _content(reader, path, body, channels, document)
        variants.append(Variant(str(name), channels, content, _offer(reader, path, body), wait or 0, best))
        weights.append(weight)
    if not any(weights):
        reader.refuse(("variants",), "at least one variant needs a weight above 0")
        weights = [1.0] * max(1, len(weights))
    return variants, weights


def read_weight(reader: CampaignReader, path: tuple[str | int, ...], body: Mapping[str, Any]) -> float:
    """The weight of a way to act, or of a way that a journey goes: 1 where none is written."""
    weight = body.get("weight", 1)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < 1e9:
        share = str(weight).strip().removesuffix("%").strip()
        hint = f"write {share}" if str(weight).strip().endswith("%") and share.isdecimal() else ""
        reader.refuse((*path, "weight"), "a weight is a number, 0 or more; shares follow from all weights together", hint)
        return 1.0
    return float(weight)


def channels_named(body: Mapping[str, Any], templates: Any) -> list[tuple[Any, tuple[str | int, ...]]]:
    """Every channel by which a variant may go out, and its path in the variant; of `channel: best` those of which its template has a section."""
    found = body.get("channel")
    at: tuple[str | int, ...] = ("channel",)
    if found == BEST:
        template = templates.get(body.get("template")) if isinstance(templates, Mapping) and isinstance(body.get("template"), str) else None
        return [(channel, at) for channel in template] if isinstance(template, Mapping) else []
    if isinstance(found, Mapping):
        found, at = found.get(BEST), ("channel", BEST)
    if isinstance(found, list):
        return [(channel, (*at, place)) for place, channel in enumerate(found)]
    return [] if found is None else [(found, at)]


def _channels(reader: CampaignReader, path: tuple[str, ...], body: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[tuple[str, ...], bool]:
    """The channels in the order of preference, and whether the customer's own answers set the order."""
    found = body.get("channel")
    best = found == BEST or isinstance(found, Mapping)
    named = channels_named(body, document.get("templates"))
    if best:
        _best(reader, path, found, body)
        if not named:
            return (), True  # it was said why, or its template is not there, or has no section
    elif not isinstance(found, (str, list)) or not found:
        reader.refuse((*path, "channel"), "by which channel? such as channel: email, or [email, push] in the order of preference")
        return (), False
    if len(named) > MAX_CHANNELS:
        reader.refuse((*path, "channel"), f"a variant has at most {MAX_CHANNELS} channels, this one {len(named)}")
        return (), best
    for channel, _ in named:
        if channel == BEST:
            reader.refuse((*path, "channel"), "best is no channel of a list: it chooses among them", "write channel: {best: [email, push]}")
        elif not is_channel(channel):
            hint = did_you_mean(str(channel).lower(), CHANNELS) or why_not(short(str(channel)))
            reader.refuse((*path, "channel"), f"{shown(channel)} is no name of a channel", hint)
    return tuple(str(channel) for channel, _ in named), best


def _best(reader: CampaignReader, path: tuple[str, ...], found: Any, body: Mapping[str, Any]) -> None:
    """What is wrong with `best`, besides the names of its channels."""
    among = "name them: channel: {best: [email, push]}"
    if found == BEST:
        if "template" not in body:
            reader.refuse((*path, "channel"), "best of which channels? The words are written here, and say none", among)
        return
    reader.keys((*path, "channel"), found, (BEST,), {})
    named = found.get(BEST)
    if not isinstance(named, list) or not named:
        reader.refuse((*path, "channel"), "best of which channels?", among)
    elif len(named) == 1 or len({str(each) for each in named}) < len(named):
        reader.refuse((*path, "channel", BEST), "best chooses among two channels or more, each named once", among)


def _content(
    reader: CampaignReader, path: tuple[str, ...], body: Mapping[str, Any], channels: tuple[str, ...], document: Mapping[str, Any]
) -> dict[str, dict[str, Template]]:
    if ("content" in body) == ("template" in body):
        reader.refuse(path, "a variant has either content (written here) or template (the name of one)")
        return {}
    if "content" in body:
        fields = _fields(reader, (*path, "content"), body["content"])
        return dict.fromkeys(channels, fields)
    name = body["template"]
    templates = document.get("templates") or {}
    if not isinstance(name, str) or name not in templates:
        reader.refuse(
            (*path, "template"),
            f"there is no template {shown(name)}",
            did_you_mean(str(name), templates) or "put it in templates/ next to the campaign",
        )
        return {}
    content = {}
    for channel in channels:
        if channel in templates[name]:
            content[channel] = _fields(reader, ("templates", str(name), channel), templates[name][channel])
        elif is_channel(channel):
            reader.refuse((*path, "template"), f"template {name!r} has no section for channel {channel}")
    return content


def _fields(reader: CampaignReader, path: tuple[str, ...], found: Any) -> dict[str, Template]:
    if not isinstance(found, Mapping) or not found:
        reader.refuse(path, "a content is a mapping of fields to texts, such as {subject: …, body: …}")
        return {}
    fields = {}
    for field, source in found.items():
        if not isinstance(source, str):
            reader.refuse((*path, str(field)), "the text of a field is a text; put it in quotes")
            continue
        template = read_template(reader, (*path, str(field)), source, html=field in _HTML)
        if template is not None:
            fields[str(field)] = template
    return fields


def read_template(
    reader: CampaignReader, path: tuple[str | int, ...], source: str, *, html: bool = False, own: Iterable[str] = ()
) -> Template | None:
    """A text that is filled in when it is sent; None if it cannot be read. `own`: as of `compile_template`."""
    try:
        template = compile_template(source, html=html, own=own)
    except TemplateError as error:
        reader.problems.append(Problem(path, error.message, error.hint, error.offset(source)))
        return None
    for name in template.names:
        if name.startswith("event.") and not reader.vocabulary.event:
            reader.refuse(path, f"{name}: only the trigger event: … has an event; there is no event here")
    reader.names |= template.names
    return template


def _offer(reader: CampaignReader, path: tuple[str, ...], body: Mapping[str, Any]) -> dict[str, Expression | Any] | None:
    found = body.get("offer")
    if "offer" not in body or reader.empty((*path, "offer"), found, "what is offered, such as {percent: 10}"):
        return None
    if not isinstance(found, Mapping) or not found:
        reader.refuse((*path, "offer"), "an offer is a mapping, such as {percent: 15 if score < 0.1 else 5, pool: SPRING}")
        return None
    return {str(key): _offer_value(reader, (*path, "offer", str(key)), value) for key, value in found.items()}


def _offer_value(reader: CampaignReader, path: tuple[str, ...], value: Any) -> Expression | Any:
    """A number stays one; a text is an expression if it reads as one, else itself (`pool: SPRING`)."""
    if not isinstance(value, str):
        if value is not None and not isinstance(value, (bool, int, float)):
            reader.refuse(path, "an offer's value is a number, a text or an expression")
        return value
    try:
        expression = compile_value(value, reader.vocabulary)
    except ExpressionError as error:
        if _plain_text(value):
            return value
        reader.problems.append(error.problem(*path))
        return value
    reader.names |= expression.names
    return expression


def _plain_text(value: str) -> bool:
    """No operator, call or dotted name in it: a word, or words, that a person would not call a formula."""
    return all(character.isalnum() or character in "_- %'&,!?:" for character in value) and " if " not in value
