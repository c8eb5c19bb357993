"""The schemas that events are most likely written with, fetched before the first event: those of the topic, and those that a mapping names.

They go into the job graph as texts, so a job that starts again while the registry is down goes on reading.
"""

import time

from jobs.registry.client import Client, RegistryUnavailable, Text, UnknownToRegistry
from udfs.codecs.mappings import senders
from udfs.codecs.writers import OURS

MAX_SCHEMAS = 500
MAX_CHARACTERS = 4_000_000
SECONDS = 20.0


def warm(client: Client, topic: str) -> dict[int, Text]:
    """Id -> schema, for every version of the subjects of `topic`, the newest first; as many as may be. Raises RegistryUnavailable.

    Subjects are found by each of Confluent's naming strategies: by topic, by record, and by both.
    """
    ends = time.monotonic() + SECONDS
    prefix = f"{topic}-"
    by_topic = [name for name in client.subjects(prefix) if "-" not in (rest := name.removeprefix(prefix)) and rest != "key"]
    versions: dict[str, list[int]] = {}
    for subject in (*by_topic, OURS, *senders().by_record)[:MAX_SCHEMAS]:
        try:
            versions[subject] = client.versions(subject)
        except UnknownToRegistry:
            continue  # a record whose subject is not called by its name
    newest = sorted((back, subject, number) for subject, found in versions.items() for back, number in enumerate(reversed(found)))
    known: dict[int, Text] = {}
    characters = 0
    for _, subject, number in newest:
        if len(known) >= MAX_SCHEMAS or characters > MAX_CHARACTERS or time.monotonic() > ends:
            break
        try:
            identity, text = client.of_subject(subject, number)
        except UnknownToRegistry:
            continue  # deleted meanwhile
        known[identity] = text
        characters += len(text.text) + sum(map(len, text.references.values()))
    return known


def warmed(client: Client, topic: str) -> tuple[dict[int, Text], str]:
    """The schemas, and why there are none where the registry does not answer: a job starts without them, and asks for each when it meets it."""
    try:
        return warm(client, topic), ""
    except (RegistryUnavailable, UnknownToRegistry) as problem:
        return {}, problem.message
