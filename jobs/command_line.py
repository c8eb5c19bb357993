"""From a dataclass of options to a command line and back: every job's parser is generated from its fields."""

import argparse
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, field, fields
from typing import Any, TypeVar

from jobs.kafka.chosen import VARIABLE, brokers_of
from jobs.registry.told import VARIABLE as REGISTRY
from udfs.core.values.problems import short

Chosen = TypeVar("Chosen")
FROM_ENVIRONMENT = {"kafka_properties": VARIABLE, "schema_registry": REGISTRY}
"""Option -> the variable of the environment that stands in for it where it is not given."""
TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
"""The form of a Kafka topic's name."""


def option(default: Any, description: str, *, choices: tuple[str, ...] = (), flag: str = "", minimum: int | None = None) -> Any:
    """A dataclass field with its flag, its help and its allowed values."""
    return field(default=default, metadata={"help": description, "choices": choices, "flag": flag, "minimum": minimum})


def flag_of_field(item: "Field[Any]") -> str:
    """The command-line flag of an option."""
    return "--" + (item.metadata["flag"] or item.name.replace("_", "-"))


def check_values(chosen: Any) -> None:
    """Raises ValueError for a value that its option does not allow, and names the flag."""
    for item in fields(chosen):
        value, choices, minimum = getattr(chosen, item.name), item.metadata["choices"], item.metadata["minimum"]
        if choices and value not in choices:
            message = f"{flag_of_field(item)} is {short(value)!r}: choose one of {', '.join(choices)}"
            raise ValueError(message)
        if minimum is not None and value < minimum:
            message = f"{flag_of_field(item)} is {value}: at least {minimum}"
            raise ValueError(message)


def check_topics(names: Sequence[str]) -> None:
    """Raises ValueError for what Kafka would not take as the name of a topic, and for two topics with one name."""
    if (odd := next((name for name in names if not TOPIC.fullmatch(name)), None)) is not None:
        message = f"{short(odd)!r} is not a topic name: letters, digits, '.', '_' and '-', at most 249 of them"
        raise ValueError(message)
    if len(set(names)) < len(names):
        message = f"two topics share a name: {', '.join(names)}"
        raise ValueError(message)


def parsed(kind: type[Chosen], items: Iterable["Field[Any]"], arguments: Sequence[str], *, prog: str, description: str) -> Chosen:
    """The options on a command line. Without --brokers, those of the file of properties count.

    On a mistake, argparse prints the usage and exits. A ValueError of `kind`, and a file that cannot be read, end the process with one line.
    """
    parser = argparse.ArgumentParser(prog=prog, description=description, allow_abbrev=False)
    for item in items:
        if item.default is MISSING:  # pragma: no cover - a field without a default would be a mistake in the dataclass
            raise TypeError(item.name)
        choices = item.metadata["choices"] or None
        line = item.metadata["help"].replace("%", "%%") + f" (default: {item.default!r})"
        parser.add_argument(flag_of_field(item), dest=item.name, type=type(item.default), default=item.default, choices=choices, help=line)
    known = vars(parser.parse_args(arguments))
    for name, variable in FROM_ENVIRONMENT.items():
        if name in known:
            known[name] = known[name] or os.environ.get(variable, "")
    try:
        if (file := known.get("kafka_properties")) and "brokers" in known and not _is_told("--brokers", arguments):
            known["brokers"] = brokers_of(file) or known["brokers"]
        return kind(**known)
    except ValueError as problem:
        parser.exit(2, f"{prog}: error: {problem}\n")  # what is wrong, without the fifty options that are right


def _is_told(flag: str, arguments: Iterable[str]) -> bool:
    """Whether a command line has this flag."""
    return any(word.split("=", 1)[0] == flag for word in arguments)


def spelled(chosen: Any, items: Iterable["Field[Any]"]) -> list[str]:
    """The command line that gives these options back: only what differs from the defaults, so that it reads well."""
    found: list[str] = []
    for item in items:
        value = getattr(chosen, item.name)
        # With a file of properties no --brokers would mean those of the file.
        if value != item.default or (item.name == "brokers" and getattr(chosen, "kafka_properties", "")):
            found += [flag_of_field(item), str(value)]
    return found
