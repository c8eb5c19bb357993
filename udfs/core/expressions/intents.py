"""The part of an expression's writer that is about what a text means: `intent(event.query) == "wants_discount"`."""

import ast
import re

from udfs.core.expressions.listing import Lists

CALL = "intent"
MODEL = "intent"
"""The model that is asked where none is named."""
READS = "intent:"
"""Begins the name of a model that an expression asks."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_USAGE = 'write intent(event.query), or intent(event.message, "support-intent"): a text, and the name of a model in quotes'


def asked(writer: Lists, node: ast.Call, *, depth: int) -> str:
    """Code that asks what a text means."""
    if not writer.vocabulary.intents:
        hint = "ask it in when, becomes, a value, an offer or a step"
        raise writer.refuse(node, "what a text means is not asked here: only a decision says what a model has answered", hint)
    if writer.items:
        raise writer.refuse(node, "intent() is not asked for each item of a list", "ask about one text")
    match node.args:
        case [_]:
            model = MODEL
        case [_, ast.Constant(value=str() as model)] if _NAME.fullmatch(model):
            pass
        case _:
            raise writer.refuse(node, "intent() takes a text, and the name of a model", _USAGE)
    if isinstance(node.args[0], ast.Constant):
        raise writer.refuse(node, "the text of intent() is what a customer wrote, not a constant", _USAGE)
    writer.names.add(f"{READS}{model}")
    return f"intent_of(m, {writer.value(node.args[0], depth=depth + 1)}, {model!r})"
