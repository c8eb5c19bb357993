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
