"""`kairos schema`: the schemas of the topics, field by field, from the same files that the job reads."""

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click

from udfs.codecs.routes import ROUTES

if TYPE_CHECKING:
    from rich.table import Table

TOPICS = {
    "event": ("events", "JSON in the Segment spec (camelCase), or Avro single-object"),
    "control": ("control", "JSON"),
    **{route.schema: (f"{route.topic}<channel>" if route.by_channel else route.topic, "JSON") for route in ROUTES},
    "arms": ("arms", "JSON"),
    "arm_count": ("arm-counts", "JSON"),
    "audit": ("audit", "JSON"),
    "item": ("catalogue", "JSON, or Avro single-object"),
    "catalogue_change": ("catalogue-changes", "JSON"),
    "news": ("interest", "JSON"),
}
"""Schema -> default name of its topic, and how records are written there."""
FILES = ("campaign", "policy", "features", "segments", "scenarios", "training", "recommend", "schedule", "rollout", "metrics")
"""Kinds of files that people write."""


@click.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--avsc", is_flag=True, help="the schema file itself")
@click.option("--json", "for_editors", is_flag=True, help=f"the JSON Schema of a file that people write: {', '.join(FILES)}")
@click.option("--catalogue", "catalogued", is_flag=True, help="the events Kairos knows and what each must carry")
def schema(*, name: str | None, avsc: bool, for_editors: bool, catalogued: bool) -> None:
    """What the topics carry: all of them, or NAME (a schema, or its topic) field by field."""
    if catalogued:
        if name or avsc or for_editors:
            message = "--catalogue cannot be combined with a name or other options"
            raise click.UsageError(message)
        _show(*_catalogue())
    elif for_editors:
        click.echo(_for_editors(name), nl=False)
    elif name is None:
        if avsc:
            message = f"--avsc of which one? Name one of {', '.join(TOPICS)}"
            raise click.UsageError(message)
        _show(*_topics())
    elif avsc:
        click.echo(_text(_known(name)), nl=False)
    else:
        _show(*_fields(_known(name)))


def _known(name: str) -> str:
    """Find a schema by its name or by its topic."""
    from udfs.core.values.problems import did_you_mean

    for known, (topic, _) in TOPICS.items():
        if name in (known, topic, f"{known}s") or ("<" in topic and name.startswith(topic.partition("<")[0])):
            return known
    hint = did_you_mean(name, TOPICS)
    message = f"there is no schema {name!r}: {hint or 'there are ' + ', '.join(TOPICS)}"
    raise click.ClickException(message)


def _for_editors(name: str | None) -> str:
    """The JSON Schema of a kind of file."""
    from udfs.core.values.problems import did_you_mean

    if name not in FILES:
        hint = did_you_mean(name or "", FILES) or f"there are {', '.join(FILES)}"
        message = f"there is no kind of file {name!r}: {hint}" if name else f"--json of which one? Name one of {', '.join(FILES)}"
        raise click.ClickException(message)
    from services.documents.shapes import schema as written

    return written(name)


def _text(name: str) -> str:
    return files("schemas").joinpath(f"{name}.avsc").read_text(encoding="utf-8")


def _topics() -> tuple[str, "Table", str]:
    table = _table("schema", "topic", "encoding", "content")
    for name, (topic, form) in TOPICS.items():
        table.add_row(f"[bold]{name}[/]", topic, form, json.loads(_text(name))["doc"])
    return (
        "Topics",
        table,
        "`kairos schema decision` shows one field by field, `kairos schema --catalogue` the events and what each requires.",
    )


def _fields(name: str) -> tuple[str, "Table", str]:
    record = json.loads(_text(name))
    table = _table("field", "type", "meaning")
    _add_fields(table, record["fields"], "")
    topic, form = TOPICS[name]
    return f"{record['doc']}", table, f"topic {topic}, {form}; `kairos schema {name} --avsc` prints the schema itself."


def _add_fields(table: "Table", fields: list[dict[str, Any]], indent: str) -> None:
    for field in fields:
        table.add_row(f"{indent}[bold]{field['name']}[/]", _type(field["type"]), field["doc"])
        for kind in field["type"] if isinstance(field["type"], list) else [field["type"]]:
            inner = kind.get("items", kind) if isinstance(kind, dict) else kind
            if isinstance(inner, dict) and inner["type"] == "record":
                _add_fields(table, inner["fields"], indent + "  ")


def _type(kind: Any) -> str:
    """A type in words, as a reader of the JSON sees it."""
    if isinstance(kind, list):
        names = [_type(one) for one in kind if one != "null"]
        if len(names) > 3:  # the unions that stand for JSON values
            return "any value" if any(isinstance(one, dict) for one in kind) else "scalar"
        return " or ".join(names + ["null"] * ("null" in kind))
    if isinstance(kind, str):
        return {"string": "text", "double": "number", "long": "whole number", "int": "whole number", "boolean": "true or false"}.get(kind, kind)
    if "logicalType" in kind:
        return {"timestamp-millis": "epoch ms", "json": "object"}[kind["logicalType"]]
    match kind["type"]:
        case "enum":
            symbols = kind["symbols"]
            return ", ".join(symbols) if len(symbols) <= 6 else f"one of {len(symbols)}: {', '.join(symbols)}"
        case "array":
            return f"list of {'objects' if isinstance(kind['items'], dict) else 'any value'}"
        case "map":
            return f"object of {_type(kind['values'])}"
        case "record":
            return "object"
        case plain:
            return _type(plain)


def _catalogue() -> tuple[str, "Table", str]:
    from udfs.codecs.catalogue import catalogue

    known = catalogue()
    table = _table("event", "requires", "meaning")
    for event in known.events.values():
        meaning = event.means + (" [dim](not an action of the customer)[/]" if event.passive else "")
        table.add_row(f"[bold]{event.name}[/]", ", ".join(f"{need} ({known.kind_names[need]})" for need in event.needs) or "-", meaning)
    typed = ", ".join(f"{name} {kind}" for name, kind in known.kind_names.items())
    return (
        "Events Kairos knows, in any spelling; other names are accepted too",
        table,
        f"Checked in each of these events if present: {typed}.",
    )


def _table(*headers: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def _show(title: str, table: "Table", footer: str) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(title, style="bold")
    console.print(table)
    console.print(footer, style="dim")
