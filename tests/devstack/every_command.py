"""Every command of `kairos`, with the arguments that it needs and, one at a time, each of its options. Made from the commands themselves."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner

from cli.main import kairos
from cli.parameters import Share, Span

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
FILES = {
    "file": EXAMPLES / "events.jsonl",
    "path": EXAMPLES / "events.jsonl",
    "paths": EXAMPLES / "cart",
    "events": EXAMPLES / "events.jsonl",
    "campaigns": EXAMPLES / "cart",
    "features": ROOT / "campaigns" / "features.yaml",
    "policy": EXAMPLES / "programmes" / "languages" / "policy.yaml",
    "kafka_properties": EXAMPLES / "kafka" / "plain.properties",
    "admin_kafka_properties": EXAMPLES / "kafka" / "plain.properties",
    "schema_registry": "http://127.0.0.1:9",
}
"""What each parameter reads: a file, or an address where nothing answers."""
OWN = {
    ("policy", "file"): FILES["policy"],
    ("send", "name"): "product_added",
    ("send", "properties"): "product_id=tent",
    ("send", "json"): '{"type": "track", "event": "product_added", "userId": "ada", "properties": {"product_id": "tent"}}',
    ("send", "traits"): "first_name=Ada",
    ("send", "context"): "locale=en-GB",
    ("schema", "name"): "decision",
    ("conformance", "command"): "true",
    ("experiment", "what"): "discount-timing",
    ("catalogue", "feed"): EXAMPLES / "events.jsonl",
    ("catalogue", "columns"): "id=product_id",
    ("catalogue", "currency"): "EUR",
    ("catalogue", "every"): "2s",
}
"""What a parameter of one command needs that the same name in another does not."""

ALWAYS = {
    ("recommender", "publish"): ["--store", "s3://bucket/prefix"],
    ("schemas", "register"): ["--schema-registry", "http://127.0.0.1:9"],
    ("send",): ["--user", "ada"],
    ("shop", "truth"): ["--customers", "5"],
}
"""Options without which a command has nothing to do, or very much."""


def invocations() -> Iterator[list[str]]:
    """Each command with what it needs, and again with each of its options."""
    for path, command in _commands(kairos, []):
        needed = [each for each in command.params if isinstance(each, click.Argument) and (each.required or (path[0], each.name) in OWN)]
        arguments = [*ALWAYS.get(tuple(path), []), *(str(_value(path, each)) for each in needed)]
        yield [*path, *arguments]
        for option in command.params:
            if isinstance(option, click.Option):
                for flag in (option.opts[0], *option.secondary_opts):
                    yield [*path, flag, *([] if option.is_flag else [str(_value(path, option))]), *arguments]


def _commands(command: click.Command, path: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    if not isinstance(command, click.Group) or (command.invoke_without_command and path):
        yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _commands(inner, [*path, name])


def _value(path: Sequence[str], parameter: click.Parameter) -> Any:
    """Something that the parameter accepts."""
    own = OWN.get((path[0], str(parameter.name)), FILES.get(str(parameter.name)))
    match parameter.type:
        case click.Choice(choices=choices):
            return choices[-1]
        case click.IntRange() | click.FloatRange() as numbers:
            return numbers.min or 1
        case Span():
            return "1s"
        case Share():
            return "10%"
        case click.types.IntParamType():
            return 1
        case click.Path(exists=exists, dir_okay=folders):
            return own or (EXAMPLES if exists and folders else EXAMPLES / "events.jsonl" if exists else "written.txt")
    return own or "ada"


def main() -> None:
    """Run them all here, one after the other, and print how each ended as a line of JSON. Nothing reads the keyboard."""
    for arguments in invocations():
        ran = CliRunner().invoke(kairos, arguments)
        crash = None if ran.exception is None or isinstance(ran.exception, SystemExit) else repr(ran.exception)
        line = {"arguments": arguments, "code": ran.exit_code, "out": ran.stdout, "err": ran.stderr, "crash": crash}
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
