"""Lists of products that are read as no list is: fields that their items lack in conditions, and lists or products that a message would print."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from jinja2 import Environment, nodes

from services.documents.files import CampaignFile
from services.documents.findings import Finding
from services.documents.kinds import Kinds
from services.documents.never_equal import SAID
from services.documents.never_equal_in_messages import kind_of
from services.documents.products import OF_VALUE
from services.documents.unknown_names import messages, own_names
from services.documents.written import placed
from udfs.core.campaigns.campaign import Campaign
from udfs.core.expressions.compiler import Expression
from udfs.core.expressions.items import is_lookup
from udfs.core.expressions.recommends import is_list
from udfs.core.items.item import CALL as ITEM_CALL
from udfs.core.recommend.call import READS, SHOWN
from udfs.core.templates.trees import path_of
from udfs.core.values.problems import Path, Problem, did_you_mean

_PARSER = Environment(autoescape=False)
_LISTED = {"any", "all", "count", "sum", "min", "max"}
_PRODUCTS = frozenset({READS, "cart.items", "cart.products", "event.products"})
_AS_THEY_ARE = frozenset({"length", "first", "last", "default", "d"})
"""Filters of a list that do not make a text of it."""


def unknown_fields(file: CampaignFile, expressions: Sequence[Expression], kinds: Kinds) -> list[Finding]:
    """Fields that a condition reads of the items of `recommend(…)` and that they lack there, and ids that are none."""
    found = []
    for path, expression in placed(file.document, expressions):
        text = expression.source.replace("\n", " ")
        shift = len(text) - len(text.lstrip())
        for node, what, hint in _of(ast.parse(text.strip(), mode="eval"), kinds):
            found.append(file.source.finding(path, what, suggestion=hint, offset=node.col_offset + shift))
    return found


def _of(tree: ast.AST, kinds: Kinds) -> Iterator[tuple[ast.expr, str, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Subscript(value=listed), attr=name) if is_list(listed) and name not in OF_VALUE:
                yield node, *_lacks(name)
            case ast.Call(func=ast.Name(id=name), args=[listed, asked]) if name in _LISTED and is_list(listed):
                yield from ((each, *_lacks(word)) for each, word in _fields(asked) if word not in OF_VALUE)
            case ast.Call(func=ast.Name(id=name), args=[key]) if name == ITEM_CALL and (kind := kinds.of(key)) in {"list", "object", "truth"}:
                said = SAID[kind] if kind is not None else ""
                yield node, f"{ast.unparse(key)} is {said}, and no id of an item", "write item(event.product_id).price"


def _lacks(name: str) -> tuple[str, str]:
    hint = did_you_mean(name, OF_VALUE) or f"it has {', '.join(OF_VALUE)}"
    if name in SHOWN:
        hint = f"write item(recommend(3)[0].id).{name}, or any(recommend(3), item(id).{name} …)"
    return f"in a condition, an item of recommend() has no field '{name}'", hint


def _fields(asked: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    """The names in a list function that are fields of its item."""
    called = {id(node.func) for node in ast.walk(asked) if isinstance(node, ast.Call)}
    roots = {id(node.value) for node in ast.walk(asked) if isinstance(node, ast.Attribute)}
    for node in ast.walk(asked):
        match node:
            case ast.Attribute(value=ast.Name(id="item"), attr=name) if not is_lookup(node):
                yield node, name
            case ast.Name(id=name) if id(node) not in called | roots and name != "item" and name.lower() not in {"true", "false", "null", "none"}:
                yield node, name


def printed_lists(file: CampaignFile, campaign: Campaign, kinds: Kinds) -> list[Finding]:
    """Lists and products that a message would print: every such message would fail."""
    found: dict[tuple[Path, int], Finding] = {}
    for _, path, text, _ in messages(file, campaign):
        for node, what, hint in _printed(_PARSER.parse(text), own_names(path), kinds):
            start = sum(map(len, text.splitlines(keepends=True)[: node.lineno - 1]))
            found.setdefault((path, node.lineno), file.locate(Problem(path, what, hint, start)))
    return list(found.values())


def _printed(node: nodes.Node, scope: Mapping[str, str], kinds: Kinds) -> Iterator[tuple[nodes.Node, str, str]]:
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        scope = {**scope, node.target.name: f"{path_of(node.iter, scope) or '?'}[]"}
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            yield from _printed_part(part, scope, kinds)
        return
    for inner in node.iter_child_nodes():
        yield from _printed(inner, scope, kinds)


def _printed_part(node: nodes.Expr, scope: Mapping[str, str], kinds: Kinds) -> Iterator[tuple[nodes.Node, str, str]]:
    of = node
    while isinstance(of, nodes.Filter) and of.node is not None and of.name not in _AS_THEY_ARE | {"join"}:
        of = of.node
    if isinstance(of, nodes.Filter) and of.name == "join" and of.node is not None:
        if len(of.args) < 2 and path_of(of.node, scope) in _PRODUCTS:
            yield node, "a list of products is joined, and none of them is a text", 'name a field of each: join(", ", "name")'
        return
    kind, name = kind_of(of, scope, kinds), path_of(of, scope)
    if kind == "list":
        hint = "write {% for item in … %}{{ item.name }}{% endfor %}" if name in _PRODUCTS else 'write join(", ") behind it'
        yield node, "a list cannot be printed as it is", hint
    elif kind == "object":
        yield node, "an object cannot be printed as it is", f"name one of its fields{', such as item.name' if '[]' in (name or '') else ''}"
