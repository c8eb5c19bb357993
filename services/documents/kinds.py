"""What kind of value an expression has, as far as the catalogue, the features and the language tell: number, text, truth, list or object."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.documents.products import OF_ITEM, OF_VALUE, Kind, shown_field
from udfs.codecs.catalogue import catalogue
from udfs.core.expressions.intents import CALL as INTENT
from udfs.core.expressions.items import steps_of
from udfs.core.expressions.message_history import WORDS
from udfs.core.expressions.notes import CONSTANTS, dotted
from udfs.core.expressions.recommends import is_list
from udfs.core.expressions.vocabulary import WEEKDAYS
from udfs.core.features.language.shape import WITHOUT_VALUE

OF_CATALOGUE: Mapping[str, Kind] = {
    **dict.fromkeys(("number", "amount", "count"), "number"),
    **dict.fromkeys(("identifier", "text", "currency", "zone", "date"), "text"),
    "objects": "list",
    "channels": "list",
    "flag": "truth",
}
_OWN: Mapping[str, Kind] = {
    **dict.fromkeys(("cart.value", "cart.items", "cart.lines", "user.hour", "now", "score"), "number"),
    **dict.fromkeys(("session.events", "session.product_views", "session.started", "session.last"), "number"),
    **dict.fromkeys(("session.number", "session.seconds", "session.longest"), "number"),
    **dict.fromkeys(("cart.id", "cart.currency", "session.id", "user.id", "user.weekday", "group.id"), "text"),
    **dict.fromkeys(("user.timezone", "user.birthday", "user.birthdate", "user.date_of_birth"), "text"),
    "cart.empty": "truth",
    "cart.products": "list",
}
ITEM: Mapping[str, Kind] = {"product_id": "text", "name": "text", "price": "number", "quantity": "number", "image_url": "text", "url": "text"}
"""Of the lines of a cart."""
_NUMBERS = {"len", "abs", "round", "min", "max", "number", "count", "sum", "draw"}
_TRUTHS = {"starts_with", "ends_with", "any", "all", "seen", "in_segment", *WORDS}
_COUNTS = {*WITHOUT_VALUE, "sum", "mean", "min", "max", "distinct"}


@dataclass(frozen=True)
class Kinds:
    """What is known of names where an expression stands. `told`: whether every event there is one of the catalogue, so that it is checked."""

    told: bool = False
    features: Mapping[str, Kind] = field(default_factory=dict)
    items: Mapping[str, Kind] = field(default_factory=dict)
    """Of the item, inside a list function."""
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Feature -> the only texts that it can be, where its expression tells."""

    def values(self, node: ast.expr) -> tuple[str, ...]:
        """The only texts that an expression can be, empty where it may be any."""
        match node:
            case ast.Constant(value=str() as text):
                return (text,)
            case ast.IfExp(body=body, orelse=orelse):
                arms = [self.values(each) for each in (body, orelse) if not _is_null(each)]
                return tuple(dict.fromkeys(text for arm in arms for text in arm)) if all(arms) else ()
            case ast.Call(func=ast.Name(id="lower"), args=[inner]):
                return tuple(text.lower() for text in self.values(inner))
            case ast.Call(func=ast.Name(id="default"), args=[inner, ast.Constant(value=str() as text)]):
                return (*found, text) if (found := self.values(inner)) else ()
            case ast.Name() | ast.Attribute():
                name = dotted(node) or ""
                return WEEKDAYS if name == "user.weekday" else self.said.get(name.removeprefix("features."), ())
        return ()

    def of(self, node: ast.expr) -> Kind | None:
        """The kind of an expression, None where it may be any."""
        match node:
            case ast.Constant(value=value):
                return self.of_value(value)
            case ast.List() | ast.Tuple():
                return "list"
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                return _same((self.of(left), self.of(right)))
            case ast.BinOp() | ast.UnaryOp(op=ast.USub()):
                return "number"
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return "truth"
            case ast.IfExp(body=body, orelse=orelse):
                return _same(self.of(each) for each in (body, orelse) if not _is_null(each))
            case ast.Attribute() | ast.Subscript() if (read := steps_of(node)) is not None:
                return OF_ITEM.get(read[1][0]) if len(read[1]) == 1 else None
            case ast.Attribute() | ast.Subscript() if (kind := shown_field(node)) is not None:
                return kind
            case ast.Call() if is_list(node):
                return "list"
            case ast.Call(func=ast.Name(id=name), args=args):
                return self._of_call(name, args)
            case ast.Name() | ast.Attribute():
                return self.named(dotted(node))
        return None

    def of_value(self, value: object) -> Kind | None:
        """The kind of a value as it is written."""
        if isinstance(value, bool):
            return "truth"
        return "number" if isinstance(value, int | float) else "text" if isinstance(value, str) else None

    def inside(self, listed: ast.expr) -> Kinds:
        """The same inside a list function that runs over this list."""
        if is_list(listed):
            return replace(self, items=OF_VALUE)
        match dotted(listed):
            case "cart.items" | "cart.products":
                return replace(self, items=ITEM)
            case "event.products" if self.told:
                return replace(self, items=_properties())
        return replace(self, items={"": "text"})

    def _of_call(self, name: str, args: Sequence[ast.expr]) -> Kind | None:
        if name in _NUMBERS:
            return "number"
        if name in _TRUTHS:
            return "truth"
        if name == "default":
            return _same(self.of(argument) for argument in args)
        return "text" if name in {"lower", INTENT} else "list" if name == "path" else None

    def named(self, name: str | None) -> Kind | None:
        """The kind of what a dotted name stands for."""
        if name is None:
            return None
        root, dot, rest = name.partition(".")
        if self.items and not dot:
            return self.items.get(name)
        if self.items and root == "item":
            return self.items.get(rest)
        if isinstance(CONSTANTS.get(name.lower()), bool):
            return "truth"
        if root == "score":
            return "number"
        if root == "event":
            return _properties().get(rest) if self.told else None
        if root == "user" and rest.endswith("_reachable"):
            return "truth"
        return _OWN.get(name) or self.features.get(name.removeprefix("features."))


def of_features(document: Mapping[str, Any]) -> Mapping[str, Kind]:
    """Of the features of a document: their names and kinds."""
    found: dict[str, Kind] = {}
    for feature in document.get("features") or ():
        kind = _of_feature(feature, found)
        if kind is not None and feature.get("default") is not None:
            kind = _same((kind, Kinds().of_value(feature["default"])))
        if kind is not None:
            found[str(feature["name"])] = kind
    return found


def said_by_features(document: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Of the features whose expression can only be one of a few texts: their names and these."""
    found: dict[str, tuple[str, ...]] = {}
    for feature in document.get("features") or ():
        try:
            tree = ast.parse(str(feature.get("expression", "0")).replace("\n", " ").strip(), mode="eval").body
        except SyntaxError:
            continue
        texts = Kinds(said=found).values(tree)
        if texts and (other := feature.get("default")) is not None:
            texts = (*texts, other) if isinstance(other, str) else ()
        if len(texts) > 1:
            found[str(feature["name"])] = texts
    return found


def _of_feature(feature: Mapping[str, Any], before: Mapping[str, Kind]) -> Kind | None:
    if "by" in feature:
        return "object"
    if "ratio" in feature or feature.get("aggregate") in _COUNTS:
        return "number"
    if "expression" in feature:
        try:
            return Kinds(features=before).of(ast.parse(str(feature["expression"]).replace("\n", " ").strip(), mode="eval").body)
        except SyntaxError:
            return None
    if feature.get("aggregate") == "last_n":
        return "list"
    events = feature.get("event")
    if feature.get("aggregate") in {"first", "last"} and are_told([events] if isinstance(events, str) else events or ()):
        root, _, name = str(feature.get("of")).partition(".")
        return _properties().get(name) if root == "properties" and "each" not in feature else None
    return None


def are_told(events: Iterable[str]) -> bool:
    """Whether all these events are in the catalogue: then what they carry was checked on its way in. Of none, nothing is known."""
    names = list(events)
    return bool(names) and all(name in catalogue().events for name in names)


def _properties() -> Mapping[str, Kind]:
    return {name: OF_CATALOGUE[kind] for name, kind in catalogue().kind_names.items() if kind in OF_CATALOGUE}


def _same(kinds: Iterable[Kind | None]) -> Kind | None:
    found = set(kinds)
    return found.pop() if len(found) == 1 else None


def _is_null(node: ast.expr) -> bool:
    name = dotted(node)
    return (isinstance(node, ast.Constant) and node.value is None) or (name is not None and name.lower() in {"null", "none"})
