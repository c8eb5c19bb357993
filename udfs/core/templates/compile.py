"""Pure: message templates, in a small and safe part of Jinja2.

Templates come over a topic and run inside an operator that all customers share, so they are treated as hostile. Jinja2 only parses; the tree is
compiled here, from a list of what is allowed: printing, `if`, `for` over lists (two deep), filters and tests of one table, comparisons, `~`, and
`+ - * /` between numbers. There is no call but `item(…)` and `recommend(…)`, no assignment, no attribute of a Python object (a dot reads
a key of an object), nothing to escape from. Work and size of the result are limited: a rendering ends within milliseconds, whatever it is given.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, nodes
from markupsafe import Markup, escape

from udfs.core.items.item import LOOKUP
from udfs.core.recommend.call import READS
from udfs.core.templates.expressions import MAX_NESTING, ROOTS, Expressions
from udfs.core.templates.filters import Unfit, text
from udfs.core.templates.locales import ANYWHERE, Local
from udfs.core.templates.run import Code, Run, TemplateError, at
from udfs.core.templates.slips import usual_slip
from udfs.core.templates.trees import path_of, refused
from udfs.core.templates.unknown import InDoubt

MAX_SOURCE = 32 * 1024
MAX_LOOPS = 2
_PARSER = Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)
"""It only parses: escaping is done below. A line that holds nothing but a tag leaves nothing behind in the message."""
_TAGS: dict[type[nodes.Node], str] = {nodes.Assign: "set", nodes.AssignBlock: "set", nodes.CallBlock: "call", nodes.FilterBlock: "filter"}

__all__ = ["Template", "TemplateError", "compile_template"]


class Template:
    """A compiled template."""

    __slots__ = ("_code", "bare", "doubts", "names", "roots")

    def __init__(self, code: Iterable[Code], names: frozenset[str], bare: frozenset[str] = frozenset(), doubts: tuple[InDoubt, ...] = ()) -> None:
        self._code = tuple(code)
        self.bare = bare
        """Names that are printed whether there is a value or not: no `if` around them asks, and no default stands in."""
        self.doubts = doubts
        """What it compares that may be missing, where it does not say what holds then."""
        self.names = names
        """Dotted names that it reads, as far as the text tells: user.first_name, cart.items, cart.items[].name."""
        self.roots = tuple(root for root in (*ROOTS, LOOKUP, READS) if root in names)
        """The first names among them: nothing else need be in the context."""

    def render(self, context: Mapping[str, Any], local: Local = ANYWHERE) -> str:
        """Fill in the values (JSON values by root name), written as in `local`. A missing one is left empty. Raises TemplateError."""
        run = Run(context, local)
        for step in self._code:
            step(run)
        return "".join(run.out)


def compile_template(source: str, *, html: bool = False, own: Iterable[str] = ()) -> Template:
    """Check and compile a template; with `html` every printed value is escaped. `own`: names that it may read besides the usual ones, which whoever
    renders it gives. Raises TemplateError."""
    if len(source) > MAX_SOURCE:
        msg = f"a template has at most {MAX_SOURCE // 1024} KiB, this one has {len(source):,} characters"
        raise TemplateError(msg)
    try:
        tree = _PARSER.parse(source)
        compiler = _Compiler(html=html)
        return Template(
            compiler.body(tree.body, {name: name for name in own}), frozenset(compiler.names), frozenset(compiler.bare), tuple(compiler.doubts)
        )
    except TemplateSyntaxError as e:
        lines = source.splitlines()
        hint = usual_slip(lines[e.lineno - 1] if 0 < e.lineno <= len(lines) else source)
        raise TemplateError(_plain(e.message or "cannot be read"), e.lineno, hint) from e
    except RecursionError as e:
        msg = "nested too deeply"
        raise TemplateError(msg) from e
    except TemplateError:  # a ValueError, too
        raise
    except ValueError as e:  # Python's own limit on the digits of a number
        msg = "a number with too many digits"
        raise TemplateError(msg) from e


def _plain(message: str) -> str:
    """What Jinja2 says, in fewer words."""
    unknown = re.match(r"Encountered unknown tag '(\w+)'", message)
    if unknown:
        return f"there is no tag {unknown[1]}: a template knows if and for"
    stray = re.match(r"expected token '.*', got '(.*)'$", message)
    if stray:
        return f"'{stray[1]}' does not belong here" if stray[1] else message
    unclosed = re.search(r"The innermost block that needs to be closed is '(\w+)'", message)
    return f"{{% {unclosed[1]} %}} is not closed: write {{% end{unclosed[1]} %}}" if unclosed else message


class _Compiler(Expressions):
    """The statements of a template, from Jinja2's tree to closures."""

    def __init__(self, *, html: bool) -> None:
        super().__init__()
        self.html = html
        self.loops = 0

    def body(self, statements: Iterable[nodes.Node], scope: dict[str, str]) -> list[Code]:
        return [code for statement in statements for code in self._statement(statement, scope)]

    def _statement(self, node: nodes.Node, scope: dict[str, str]) -> list[Code]:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise refused(node, "nested too deeply")
        try:
            if isinstance(node, nodes.Output):
                return [self._print(part, scope) for part in node.nodes]
            if isinstance(node, nodes.If):
                return [self._if(node, scope)]
            if isinstance(node, nodes.For):
                return [self._for(node, scope)]
        finally:
            self.depth -= 1
        tag = _TAGS.get(type(node), type(node).__name__.lower())
        raise refused(node, f"'{tag}' is not allowed in a template: it knows if and for", usual_slip(f"{{% {tag} "))

    def _print(self, node: nodes.Node, scope: dict[str, str]) -> Code:
        if isinstance(node, nodes.TemplateData):
            data = node.data
            return at(node.lineno, lambda run: run.write(data))
        value, html = self.value(node, scope), self.html

        def write(run: Run) -> None:
            found = value(run)
            run.write(escape(text(found)) if html and not isinstance(found, Markup) else text(found))

        return at(node.lineno, write)

    def _if(self, node: nodes.If, scope: dict[str, str]) -> Code:
        branches: list[tuple[Code, list[Code]]] = []
        asked: set[str] = set()
        for branch in (node, *node.elif_):
            self.note_doubts(branch.test, scope, inline=False)
            test, names = self.asked(branch.test, scope, whether=True)
            asked |= names
            with self.guarded(asked):
                branches.append((test, self.body(branch.body, scope)))
        with self.guarded(asked):
            otherwise = self.body(node.else_, scope)

        def choose(run: Run) -> None:
            for step in next((then for test, then in branches if test(run)), otherwise):
                step(run)

        return choose

    def _for(self, node: nodes.For, scope: dict[str, str]) -> Code:
        if not isinstance(node.target, nodes.Name) or node.recursive:
            raise refused(node, "a loop has one variable: {% for item in cart.items %}")
        variable = node.target.name
        if variable in ROOTS or variable == "loop" or variable.startswith("_"):
            raise refused(node, f"a loop cannot use the name '{variable}'", "such as item", variable)
        if self.loops == MAX_LOOPS:
            raise refused(node, f"loops are nested at most {MAX_LOOPS} deep")
        listed, _ = self.asked(node.iter, scope)
        inner = {**scope, variable: f"{path_of(node.iter, scope) or '?'}[]", "loop": "loop"}
        self.loops += 1
        test = self.asked(node.test, inner, whether=True)[0] if node.test else None
        body = self.body(node.body, inner)
        self.loops -= 1
        otherwise = self.body(node.else_, scope)
        weight = 1 + sum(1 for _ in node.find_all(nodes.Node))

        def repeat(run: Run) -> None:
            items = listed(run)
            if items is not None and not isinstance(items, list | tuple):
                msg = "a loop runs over a list"
                raise Unfit(msg)
            before = run.names
            run.names = inside = dict(before)
            if test is not None:
                kept = []
                for item in items or ():
                    run.spend(weight)
                    inside[variable] = item
                    if test(run):
                        kept.append(item)
                items = kept
            total = len(items or ())
            for index, item in enumerate(items or ()):
                run.spend(weight)
                inside[variable] = item
                inside["loop"] = {"index": index + 1, "index0": index, "first": index == 0, "last": index == total - 1, "length": total}
                for step in body:
                    step(run)
            run.names = before
            for step in () if total else otherwise:
                step(run)

        return at(node.lineno, repeat)
