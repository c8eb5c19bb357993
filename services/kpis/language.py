"""Metrics, read from files: `metrics.yaml`, which comes with Kairos, and those of the user."""

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from services.documents.findings import BadFile
from services.documents.fitting import problems
from services.documents.metrics_shape import AGGREGATIONS, FOLLOWING, MAX_METRICS, MAX_STAGES, METRICS, OVER_COLUMNS
from services.documents.yaml12 import YamlDocument, read
from services.kpis import condition
from services.kpis.metric import Funnel, Metric, Term, Window
from services.kpis.tables import TABLES, Table
from udfs.core.expressions.error import ExpressionError
from udfs.core.values.durations import parse_duration
from udfs.core.values.errors import NotFound
from udfs.core.values.problems import Path as Where
from udfs.core.values.problems import Problem, did_you_mean

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_NUMERIC = ("number", "money", "duration")
_NOTHING = re.compile(r"[\s0.]+(ms|[smhdw])\s*")


def shipped() -> list[Metric]:
    """The metrics that come with Kairos."""
    return read_metrics([Path(str(resources.files("services.kpis").joinpath("metrics.yaml")))])


def read_metrics(files: Iterable[Path]) -> list[Metric]:
    """The metrics of files; of two with one name the later one counts. Raises BadFile with everything that is wrong, line by line."""
    found: dict[str, Metric] = {}
    findings = []
    for file in files:
        source = read(file)
        metrics, wrong = metrics_of(source)
        findings += [source.finding(each.path, each.message, suggestion=each.suggestion, offset=each.offset, key=each.at_key) for each in wrong]
        found.update((each.name, each) for each in metrics)
    if findings:
        raise BadFile(findings)
    return list(found.values())


def metrics_of(source: YamlDocument) -> tuple[list[Metric], list[Problem]]:
    """The metrics of a document, and what is wrong with it."""
    wrong = list(problems(METRICS, source.value))
    if wrong:
        return [], wrong
    told: Mapping[str, Any] = source.value["metrics"]
    if len(told) > MAX_METRICS:
        return [], [Problem(("metrics",), f"{len(told)} metrics: a file holds {MAX_METRICS} at most")]
    metrics = []
    for name, document in told.items():
        reader = _Reader(name, document)
        metric = reader.metric()
        wrong += [each.under("metrics", name) for each in reader.problems]
        if metric is not None:
            metrics.append(metric)
    return metrics, wrong


class _Reader:
    """One metric. What is wrong with it is gathered in `problems`."""

    def __init__(self, name: str, document: Mapping[str, Any]) -> None:
        self.name, self.document = name, document
        self.problems: list[Problem] = []

    def refuse(self, path: Where, message: str, hint: str | None = None, *, key: bool = False) -> None:
        self.problems.append(Problem(path, message, hint, at_key=key))

    def metric(self) -> Metric | None:
        """None if anything is wrong with it."""
        told = self.document
        if not _NAME.fullmatch(self.name):
            self.refuse((), f"{self.name!r} is not a name", "write lower-case words with hyphens, as open-rate", key=True)
        if ("funnel" in told) == ("numerator" in told):
            self.refuse((), "a metric has a numerator or a funnel" + (", not both" if "funnel" in told else ""), key=True)
            return None
        funnel = self._funnel() if "funnel" in told else None
        numerator, denominator = self._term("numerator"), self._term("denominator")
        window, same = self._window(), None
        if self.problems:
            return None
        if numerator is not None:
            self._fits(numerator, denominator, window)
            same = self._same(numerator, denominator)
        if self.problems:
            return None
        return Metric(
            name=self.name,
            title=told.get("title") or self.name.replace("-", " ").capitalize(),
            means=" ".join(told["means"].split()),
            unit=told["unit"],
            better=told.get("better", "higher"),
            is_guardrail=told.get("guardrail", False),
            numerator=numerator,
            denominator=denominator,
            window=window,
            same=same,
            funnel=funnel,
            names_properties="properties" in str(told),
        )

    def _term(self, part: str) -> Term | None:
        told = self.document.get(part)
        if told is None:
            return None
        words = [word for word in AGGREGATIONS if word in told]
        if len(words) != 1:
            what = f"has {' and '.join(words)}" if words else "does not say what to count"
            self.refuse((part,), f"the {part} {what}", "write one of them: " + ", ".join(AGGREGATIONS) + "; for example {count: orders}", key=True)
            return None
        word = words[0]
        name, _, column = str(told[word]).partition(".")
        table = TABLES.get(name)
        if table is None:
            self.refuse((part, word), f"there is no table {name!r}", did_you_mean(name, TABLES) or "there are " + ", ".join(TABLES))
            return None
        if word in OVER_COLUMNS and not self._is_number((part, word), table, column):
            return None
        where = [self._where((part, "where"), told.get("where"), table), self._where(("where",), self.document.get("where"), table)]
        return Term(aggregation=word, table=table, column=column, where=" AND ".join(filter(None, where)))

    def _is_number(self, path: Where, table: Table, column: str) -> bool:
        known = [name for name, each in table.columns.items() if each.kind in _NUMERIC]
        if column in known:
            return True
        why = f"{table.name}.{column} is not a number" if column in table.columns else f"{table.name} has no column {column!r}"
        self.refuse(path, why, did_you_mean(column, known) or (f"numbers of {table.name} are {', '.join(known)}" if known else "count its rows"))
        return False

    def _where(self, path: Where, told: object, table: Table) -> str:
        if told is None:
            return ""
        try:
            return condition.condition(told, table)
        except ExpressionError as error:
            problem = error.problem(*path)
            if problem not in self.problems:
                self.problems.append(problem)
            return ""

    def _window(self) -> Window | None:
        told = self.document.get("window")
        if told is None:
            return None
        parts = {"until": told} if isinstance(told, str) else told
        after, until = _span(parts.get("after", "0m")), _span(parts["until"])
        if after >= until:
            self.refuse(("window",), "the window ends before it begins", "until is later than after: {after: 30d, until: 60d}")
        return Window(after=after, until=until, itself=bool(parts.get("itself", False)))

    def _same(self, numerator: Term, denominator: Term | None) -> tuple[str, str] | None:
        told = self.document.get("same")
        if told is None:
            return None
        if denominator is None or "window" not in self.document:
            self.refuse(("same",), "same is for metrics with a window", "add a denominator and a window", key=True)
            return None
        try:
            return condition.key(told, numerator.table), condition.key(told, denominator.table)
        except ExpressionError as error:
            self.problems.append(error.problem("same"))
            return None

    def _fits(self, numerator: Term, denominator: Term | None, window: Window | None) -> None:
        """What the parts have to do with each other."""
        unit, word = self.document["unit"], numerator.aggregation
        if window is not None and (denominator is None or denominator.aggregation != "count"):
            self.refuse(("window",), "a window follows the rows of a denominator that counts rows", "add denominator: {count: …}", key=True)
        if word in FOLLOWING and window is None:
            self.refuse(("numerator", word), f"{word} needs a window: within what time?", "add window: 30d", key=True)
        if window is not None and word in ("mean", "median", "min", "max", "people"):
            self.refuse(("numerator", word), f"a window goes with any, none, count and sum, not with {word}", key=True)
        if window is None and denominator is not None and word in ("mean", "median", "min", "max"):
            hint = "leave the denominator out: {mean: orders.net} is what an order comes to on average"
            self.refuse(("denominator",), f"a {word} is divided by nothing", hint, key=True)
        if numerator.is_money != (unit == "money"):
            what = f"{numerator.table.name}.{numerator.column} is money" if numerator.is_money else f"{word} does not come to money"
            self.refuse(("unit",), f"{what}: unit is {'money' if numerator.is_money else 'number, percent or duration'}")
        if (unit == "duration") != (bool(numerator.column) and numerator.table.columns[numerator.column].kind == "duration"):
            self.refuse(
                ("unit",),
                "duration is the unit of columns that hold one, and of nothing else",
                "such columns are sessions.seconds and orders.since_last",
            )
        if unit == "percent":
            self._is_share(numerator, denominator, window)

    def _is_share(self, numerator: Term, denominator: Term | None, window: Window | None) -> None:
        if denominator is None:
            self.refuse(("unit",), "a percentage of what?", "add a denominator, or write unit: number")
        elif window is not None and numerator.aggregation not in FOLLOWING:
            self.refuse(("unit",), f"a percentage with a window counts rows by any or none, not by {numerator.aggregation}", "or write unit: number")
        elif window is None and (numerator.table, numerator.aggregation) != (denominator.table, denominator.aggregation):
            hint = "write unit: number for a ratio of different things; with a window, {any: …} is what a row is followed by"
            self.refuse(("unit",), "a percentage counts some of the rows that its denominator counts", hint)

    def _funnel(self) -> Funnel | None:
        told = self.document["funnel"]
        for part in ("denominator", "window", "same", "where"):
            if part in self.document:
                self.refuse((part,), f"a funnel has no {part}", "each stage has its condition", key=True)
        if self.document["unit"] != "percent":
            self.refuse(("unit",), "a funnel says which share drops out: unit is percent")
        if len(told["stages"]) > MAX_STAGES:
            self.refuse(("funnel", "stages"), f"{len(told['stages'])} stages: {MAX_STAGES} at most")
        if (told["of"] == "people") != ("within" in told):
            hint = "a session ends by itself: leave `within` out" if told["of"] == "sessions" else "add within: 30d"
            self.refuse(("funnel",), f"a funnel of {told['of']} has {'no' if told['of'] == 'sessions' else 'a'} time", hint, key=True)
            return None
        stages = {name: self._where(("funnel", "stages", name), each, TABLES["events"]) for name, each in told["stages"].items()}
        return Funnel(of=told["of"], stages=stages, within=_span(told["within"]) if "within" in told else 0)


def chosen(metrics: Iterable[Metric], names: Iterable[str]) -> Iterator[Metric]:
    """Those of these names, in their order; all of them if none is named. Raises UnknownMetric."""
    known = {each.name: each for each in metrics}
    wanted = list(dict.fromkeys(names))
    for name in wanted or known:
        if name not in known:
            message = f"there is no metric {name!r}"
            raise UnknownMetric(message, did_you_mean(name, known) or "there are " + ", ".join(known))
        yield known[name]


class UnknownMetric(NotFound):
    """A metric that nobody has defined."""


def _span(text: str) -> int:
    """Milliseconds of a duration, which may be none."""
    return 0 if _NOTHING.fullmatch(text) else parse_duration(text)
