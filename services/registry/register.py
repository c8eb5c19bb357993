"""The schemas of what the job writes, as subjects of a schema registry."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

from jobs.registry.client import Client, UnknownToRegistry
from udfs.codecs.routes import ROUTES
from udfs.codecs.topics import Topics
from udfs.core.values.errors import NotAllowed

Strategy = Literal["topic", "record", "topic-record"]


class NotCompatible(NotAllowed):
    """A schema cannot be the next version of its subject."""


@dataclass(frozen=True, kw_only=True)
class Done:
    """What happened to one subject."""

    subject: str
    record: str
    done: str
    """unchanged, new, or next version."""
    id: int | None
    """Its id in the registry; None if it was only looked at."""


def subjects(topics: Topics, strategy: Strategy) -> dict[str, tuple[str, str]]:
    """Subject -> the names of its records, and the text of its schema. Records that share a topic are a union where the topic is the subject."""
    by_topic: dict[str, list[dict[str, Any]]] = {}
    for route in ROUTES:
        schema = json.loads(files("schemas").joinpath(f"{route.schema}.avsc").read_text(encoding="utf-8"))
        for topic in topics.of(route):
            by_topic.setdefault(topic, []).append(schema)
    found: dict[str, tuple[str, str]] = {}
    for topic, schemas in by_topic.items():
        if strategy == "topic":
            found[f"{topic}-value"] = (", ".join(map(_name, schemas)), _text(schemas[0] if len(schemas) == 1 else schemas))
            continue
        for schema in schemas:
            found[_name(schema) if strategy == "record" else f"{topic}-{_name(schema)}"] = (_name(schema), _text(schema))
    return found


def register(client: Client, topics: Topics, strategy: Strategy, *, dry_run: bool = False) -> Iterator[Done]:
    """Check every subject, then register what is not there yet. Raises NotCompatible before anything was changed, and what Client raises."""
    wanted = subjects(topics, strategy)
    there = {subject: client.registered(subject, text) for subject, (_, text) in wanted.items()}
    new: dict[str, bool] = {}
    against: list[str] = []
    for subject, (_, text) in wanted.items():
        if there[subject] is None:
            new[subject] = _is_new(client, subject)
            against += [] if new[subject] else [f"{subject}: {each}" for each in client.objections(subject, text)]
    if against:
        message = "not compatible, so nothing was registered:\n  " + "\n  ".join(against)
        hint = "register under other subjects (--subject-strategy), or change the compatibility that the registry asks of these"
        raise NotCompatible(message, hint)
    for subject, (record, text) in wanted.items():
        if (known := there[subject]) is not None:
            yield Done(subject=subject, record=record, done="unchanged", id=known[1])
        else:
            number = None if dry_run else client.register(subject, text)
            yield Done(subject=subject, record=record, done="new" if new[subject] else "next version", id=number)


def _is_new(client: Client, subject: str) -> bool:
    try:
        return not client.versions(subject)
    except UnknownToRegistry:
        return True


def _name(schema: dict[str, Any]) -> str:
    return f"{schema['namespace']}.{schema['name']}"


def _text(schema: Any) -> str:
    return json.dumps(schema, separators=(",", ":"), ensure_ascii=False)
