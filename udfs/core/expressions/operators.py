"""The operators and functions of conditions, and the helpers in `logic.py` and `lists.py` that they become."""

import ast

COMPARE: dict[type[ast.cmpop], tuple[str, str]] = {  # operator -> helper, helper of its negation
    ast.Lt: ("lt", "ge"),
    ast.LtE: ("le", "gt"),
    ast.Gt: ("gt", "le"),
    ast.GtE: ("ge", "lt"),
    ast.Eq: ("eq", "ne"),
    ast.NotEq: ("ne", "eq"),
    ast.In: ("within", "without"),
    ast.NotIn: ("without", "within"),
}
_SIGNS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
}
FUNCTIONS = {  # name -> helper, fewest and most arguments
    "len": ("length", 1, 1),
    "abs": ("magnitude", 1, 1),
    "round": ("rounded", 1, 2),
    "min": ("smallest", 2, 8),
    "max": ("largest", 2, 8),
    "lower": ("lowered", 1, 1),
    "number": ("numbered", 1, 1),
    "default": ("fallback", 2, 2),
    "starts_with": ("starts_with", 2, 2),
    "ends_with": ("ends_with", 2, 2),
}
WORDS = {
    "BitOr": "|",
    "BitAnd": "&",
    "BitXor": "^",
    "Invert": "~",
    "Pow": "**",
    "NamedExpr": ":=",
    "JoinedStr": "an f-text",
    "Set": "{ }",
    "Dict": "{ }",
    **dict.fromkeys(("ListComp", "SetComp", "DictComp", "GeneratorExp"), "a list with for"),
    "Lambda": "lambda",
    "Starred": "*",
}


def is_number(node: ast.expr) -> bool:
    """Whether a side of a comparison is a number that the author wrote."""
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def ordered(helper: str, value: str, limit: str) -> str:
    """Code of a comparison with a number that the author wrote. What is a number itself is compared on the spot, without a call: most conditions
    are of this kind, and most values are numbers. It assigns, so it cannot stand inside a list function."""
    return f"(v {_SIGNS[helper]} {limit} if (v := {value}).__class__ in numbers else {helper}(v, {limit}))"
