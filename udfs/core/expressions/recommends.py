"""The part of an expression's writer that is about recommendations: `len(recommend(4, max_price=50)) == 4`."""

import ast

from udfs.core.expressions.listing import Lists
from udfs.core.recommend.call import CALL, READS, USAGE, NoCall, check, strategy_read
from udfs.core.recommend.strategy import DEFAULT_NAME


def is_list(node: ast.expr) -> bool:
    """Whether it asks for a list of products."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == CALL


def written(writer: Lists, node: ast.Call, *, depth: int) -> str:
    """Code that makes a list."""
    if not writer.vocabulary.recommends:
        hint = "ask it in when, a value, an offer or a message"
        raise writer.refuse(node, "nothing is recommended here: only a decision says what was recommended", hint)
    if writer.items:
        raise writer.refuse(node, "a list of products is made once, and not for each thing of a list", "write it outside of the list function")
    options = {str(each.arg): each.value for each in node.keywords}
    if None in {each.arg for each in node.keywords} or any(isinstance(each, ast.Starred) for each in node.args):
        raise writer.refuse(node, f"{CALL}() takes a number and options", USAGE)
    try:
        check([_plain(each) for each in node.args], {name: _plain(each) for name, each in options.items()})
    except NoCall as error:
        raise writer.refuse(node, str(error), error.hint) from None
    count, strategy = _plain(node.args[0]), _plain(options.pop("strategy", ast.Constant(DEFAULT_NAME)))
    writer.names |= {READS, strategy_read(str(strategy))}
    given = "".join(f", {name}={writer.listed(each, depth=depth + 1)}" for name, each in options.items())
    return f"recommended(m, AskedList({count!r}{given}, strategy={strategy!r}))"


def _plain(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else () if isinstance(node, ast.List | ast.Tuple) else None
