"""The part of a template's compiler that is about products: `{{ item(event.product_id).name }}`, `{% for item in recommend(8) %}`."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from jinja2 import nodes

from udfs.core.items.item import CALL, EXTRA, LOOKUP, READS, NoField, field_of
from udfs.core.recommend import call as recommending
from udfs.core.recommend.strategy import DEFAULT_NAME
from udfs.core.templates.run import Code, Run
from udfs.core.templates.trees import constant, refused


def steps_of(node: nodes.Node) -> tuple[nodes.Call, list[str]] | None:
    """The call, and the names after it, of `item(…).properties.colour`; None for anything else."""
    steps: list[str] = []
    while True:
        match node:
            case nodes.Getattr(node=inner, attr=name):
                steps.insert(0, name)
                node = inner
            case nodes.Getitem(node=inner, arg=key) if isinstance(name := constant(key), str):
                steps.insert(0, name)
                node = inner
            case nodes.Call(node=nodes.Name(name=called)) if called == CALL:
                return node, steps
            case _:
                return None


class Items(ABC):
    """Compiles what reads the catalogue."""

    names: set[str]

    @abstractmethod
    def value(self, node: nodes.Node, scope: dict[str, str], *, whether: bool = False) -> Code:
        """Compile one expression."""

    def lookup(self, node: nodes.Node) -> Callable[[nodes.Node, dict[str, str]], Code] | None:
        """The method that compiles a node which reads the catalogue, or recommends; None for any other."""
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == recommending.CALL:
            return self._recommended
        return None if steps_of(node) is None else self._looked_up

    def _recommended(self, node: nodes.Node, scope: dict[str, str]) -> Code:
        assert isinstance(node, nodes.Call)  # asked before
        if node.dyn_args or node.dyn_kwargs:
            raise refused(node, "recommend() takes a number and options", recommending.USAGE, recommending.CALL)
        options = {str(pair.key): pair.value for pair in node.kwargs}
        try:
            recommending.check([constant(each) for each in node.args], {name: _written(each) for name, each in options.items()})
        except recommending.NoCall as error:
            raise refused(node, str(error), error.hint, recommending.CALL) from error
        count, strategy = constant(node.args[0]), constant(options.pop("strategy", nodes.Const(DEFAULT_NAME)))
        self.names |= {recommending.READS, recommending.strategy_read(strategy)}
        given = {name: self.value(each, scope) for name, each in options.items()}

        def recommended(run: Run) -> object:
            told = {name: value(run) for name, value in given.items()}
            run.spend(count + sum(map(_work, told.values())))
            make = run.names.get(recommending.READS)
            return [] if make is None else make(recommending.Asked(count, **told, strategy=strategy))

        return recommended

    def check_field(self, path: str | None, node: nodes.Node) -> None:
        """Refuse a field that no item of a list has. `path`: what is read."""
        holder, _, rest = (path or "").partition("[].")
        if holder != recommending.READS or not rest:
            return
        first, _, more = rest.partition(".")
        name = first.removesuffix("[]")
        try:
            recommending.check_field(name)
        except recommending.NoCall as error:
            raise refused(node, str(error), error.hint, name) from error
        if more and name != EXTRA:
            hint = f"write {{{{ item({name}).{more} }}}}" if name in {"id", "product_id"} else None
            hint = "write item(item.because_of).name" if name == "because_of" else hint
            raise refused(node, f"{name} is a value: nothing comes after it", hint, more)

    def _looked_up(self, node: nodes.Node, scope: dict[str, str]) -> Code:
        found = steps_of(node)
        assert found is not None  # asked before
        call, steps = found
        if len(call.args) != 1 or call.kwargs or call.dyn_args or call.dyn_kwargs:
            raise refused(node, "item() takes one thing, the id of an item", "write {{ item(event.product_id).name }}", CALL)
        try:
            field = field_of(steps, "item(…)")
        except NoField as error:
            raise refused(node, str(error), error.hint, steps[0] if steps else CALL) from error
        self.names |= {f"{READS}{field}", LOOKUP}
        key = self.value(call.args[0], scope)

        def looked_up(run: Run) -> object:
            run.spend(1)
            find = run.names.get(LOOKUP)
            return None if find is None else find(key(run), field)

        return looked_up


def _written(node: nodes.Node) -> object:
    """A plain value as it is written, () for a list, None for what is calculated."""
    return () if isinstance(node, nodes.List | nodes.Tuple) else constant(node)


def _work(value: object) -> int:
    """What it costs to read a value."""
    return len(value) >> 4 if isinstance(value, str) else len(value) if isinstance(value, list | tuple) else 0
