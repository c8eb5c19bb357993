"""Values in messages that are read as another kind: `{% if cart.value > "50 EUR" %}` is never met, and a number has no fields. Refused."""

import re
from collections.abc import Iterator, Mapping

from jinja2 import Environment, nodes

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.kinds import ITEM, Kinds
from services.documents.never_equal import AMOUNT, SAID
from services.documents.products import OF_ITEM, OF_SHOWN, Kind
from services.documents.unknown_names import messages, own_names
from udfs.core.campaigns.because import BECAUSE
from udfs.core.campaigns.campaign import Campaign
from udfs.core.recommend.call import READS
from udfs.core.templates.expressions import ROOTS
from udfs.core.templates.items import steps_of
from udfs.core.templates.trees import constant, path_of
from udfs.core.values.problems import Path, Problem

_PARSER = Environment(autoescape=False)
_PLAIN: tuple[Kind, ...] = ("number", "text", "truth")
"""Kinds that have no fields, and that no loop runs over."""
_FILTERS: Mapping[str, Kind] = {
    **dict.fromkeys(("length", "round", "int", "float", "abs"), "number"),
    **dict.fromkeys(("lower", "upper", "title", "capitalize", "trim", "truncate", "money", "number", "date", "join", "urlencode"), "text"),
}


def never_equal_in_messages(file: CampaignFile, campaign: Campaign, kinds: Kinds) -> list[Finding]:
    """Find comparisons in a compiled campaign's messages that can never be met, fields of what has none, and loops over what is not a list."""
    found: dict[tuple[Path, int], Finding] = {}
    for _, path, text, _ in messages(file, campaign):
        for node, what, hint in _of(_PARSER.parse(text), own_names(path), kinds):
            start = sum(map(len, text.splitlines(keepends=True)[: node.lineno - 1]))
            found.setdefault((path, node.lineno), file.locate(Problem(path, what, hint, start)))
    return list(found.values())


def _of(node: nodes.Node, scope: Mapping[str, str], kinds: Kinds) -> Iterator[tuple[nodes.Node, str, str]]:
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name) and isinstance(node.iter, nodes.Expr):
        kind = kind_of(node.iter, scope, kinds)
        if kind is not None and kind != "list":
            name = _named(node.iter, scope)
            yield node, f"{name} is {SAID[kind]}, and a loop runs over a list", "such as cart.items"
            return
        scope = {**scope, node.target.name: f"{path_of(node.iter, scope) or '?'}[]"}
    if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op not in {"in", "notin"}:
        yield from _compared(node, node.expr, node.ops[0].expr, scope, kinds)
    if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op in {"in", "notin"}:
        yield from _in_text(node, node.expr, node.ops[0], scope)
    if isinstance(node, nodes.Getattr | nodes.Getitem) and (field := _field_of_value(node, scope, kinds)) is not None:
        yield node, *field
        return
    for inner in node.iter_child_nodes():
        yield from _of(inner, scope, kinds)


def _in_text(node: nodes.Compare, one: nodes.Expr, operand: nodes.Operand, scope: Mapping[str, str]) -> Iterator[tuple[nodes.Node, str, str]]:
    other = operand.expr
    if isinstance(other, nodes.Const) and isinstance(other.value, str) and not isinstance(one, nodes.Const):
        name, word = _named(one, scope), "in" if operand.op == "in" else "not in"
        members = ", ".join(f"'{member}'" for member in re.split(r"\s*[,;|/]\s*", other.value.strip()) if member)
        yield node, f"'{other.value}' is a text: this asks whether {name} is a part of it", f"write {name} {word} [{members}]"


def _field_of_value(node: nodes.Getattr | nodes.Getitem, scope: Mapping[str, str], kinds: Kinds) -> tuple[str, str] | None:
    """`event.price.amount`, `because["feature"]`: what has no fields, and what to write instead."""
    holder, field = path_of(node.node, scope), node.attr if isinstance(node, nodes.Getattr) else constant(node.arg)
    kind = "text" if holder == "user.email" else kind_of(node.node, scope, kinds)
    if holder is None or field is None or kind not in _PLAIN or (kind == "text" and isinstance(field, int)):  # name[0] is its first letter
        return None
    name = _named(node.node, scope)
    read = f"{name}.{field}" if isinstance(field, str) else f"{name}[{field}]"
    return f"nothing fills '{read}': {name} is {SAID[kind]} and has no fields", f"write {name}"


def _compared(
    node: nodes.Compare, one: nodes.Expr, other: nodes.Expr, scope: Mapping[str, str], kinds: Kinds
) -> Iterator[tuple[nodes.Node, str, str]]:
    if isinstance(one, nodes.Const):
        one, other = other, one
    its, theirs = kind_of(one, scope, kinds), kind_of(other, scope, kinds)
    if its is None or theirs is None or its == theirs or {its, theirs} == {"number", "truth"} or isinstance(one, nodes.Const):
        return
    name = _named(one, scope)
    told = f"{other.value!r}" if isinstance(other, nodes.Const) else _named(other, scope)
    yield node, f"{name} is {SAID[its]} and {told} is {SAID[theirs]}: they are never alike", _cure(name, its, other, theirs)


def _cure(name: str, its: Kind, told: nodes.Expr, theirs: Kind) -> str:
    value = told.value if isinstance(told, nodes.Const) else None
    if its == "list" and theirs == "number":
        return f"write {name} | length for how many"
    if its == "number" and isinstance(value, str):
        amount = AMOUNT.fullmatch(value)
        return f"write {amount[1].replace(',', '.')} without quotes" if amount else f"write a number, such as {name} > 0"
    if its == "text" and theirs == "number" and value is not None:
        return f"write '{value}' in quotes"
    return f"compare {name} with {SAID[its]}"


def kind_of(node: nodes.Expr, scope: Mapping[str, str], kinds: Kinds) -> Kind | None:
    """The kind of what stands in a message, None where it may be any. `scope`: the variables of the loops around it."""
    if isinstance(node, nodes.Filter):
        return _FILTERS.get(node.name)
    if isinstance(node, nodes.Const):
        return kinds.of_value(node.value)
    if (read := steps_of(node)) is not None:
        return OF_ITEM.get(read[1][0]) if len(read[1]) == 1 else None
    name = path_of(node, scope)
    if name is None:
        return None
    if name in ROOTS:
        return "text" if name == BECAUSE else "object"
    if name in {READS, f"{READS}[]"}:
        return "object" if name.endswith("[]") else "list"
    holder, _, word = name.rpartition(".")
    if holder == f"{READS}[]":
        return OF_SHOWN.get(word)
    if holder in {"cart.items[]", "cart.products[]"}:
        return ITEM.get(word)
    if holder == "event.products[]":
        return kinds.named(f"event.{word}")
    if name == "cart.items":
        return "list"
    return None if "[]" in name else kinds.named(name)


def _named(node: nodes.Expr, scope: Mapping[str, str]) -> str:
    """As it is written, as far as it is a name."""
    match node:
        case nodes.Filter(node=nodes.Expr() as of, name=name):
            return f"{_named(of, scope)} | {name}"
        case nodes.Name(name=name):
            return str(name)
        case nodes.Getattr(node=of, attr=name):
            return f"{_named(of, scope)}.{name}"
    return path_of(node, scope) or "it"
