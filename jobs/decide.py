"""The main job, from an event on Kafka to a decision on a topic. `build` makes the graph below; everything else is set-up.

[events]──key: user──> DECIDE ──> [actions.<channel>] [decisions] [rejected]
[control] [arms]──broadcast┘

With --link-ids, `events` pass a stage that says which person is known by each id (jobs/identity.py), and what ids hand over comes back on `identity`.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from jobs import identity, sinks, sources
from jobs.control import read_control, require_partitions
from jobs.environment import environment_with
from jobs.kafka.access import require_access
from jobs.kafka.chosen import use
from jobs.options import MAX_PARALLELISM, Options, parse
from jobs.registry.address import address, check
from jobs.registry.client import Client, Text
from jobs.registry.lookup import Lookup
from jobs.registry.warm import warmed
from jobs.uids import pin_uids
from jobs.waiting import patient
from udfs.core.campaigns.book import Book, Entry
from udfs.core.campaigns.compile_book import compile_book
from udfs.lake.pseudonyms import read_keys
from udfs.operators.decide import CONTROL, OUTPUT, Decide
from udfs.operators.linked import Linked


def build(
    tables: StreamTableEnvironment,
    options: Options,
    *,
    book: Book,
    operator: Callable[..., Decide] | None = None,
    schemas: Mapping[int, Text] | None = None,
) -> None:
    """Events, keyed by user, meet control in one operator; what it says goes to Kafka. `schemas`: those of the registry that are known already."""
    told = options.schema_registry
    usual = partial(Linked, joins_known=options.link_ids == "any") if options.links_ids else Decide
    decide = (operator or usual)(
        book=book.pack(),
        topics=options.topics,
        max_event_bytes=options.max_event_bytes,
        parts=options.parallelism,
        writers=partial(Lookup.at, told, known=schemas) if told else None,
        limit=options.rejection_limit,
        pseudonyms=options.pseudonyms,
    )

    events = (identity if options.links_ids else sources).events(tables, options)
    control = sources.control(tables, options).union(sources.arms(tables, options))
    records = events.connect(control.broadcast(CONTROL)).process(decide, OUTPUT).name("decide").uid("decide")
    sinks.write(tables, records, options)


def environment(options: Options, *, key_groups: int = MAX_PARALLELISM, more: Mapping[str, str] | None = None) -> StreamExecutionEnvironment:
    """An environment with all settings that the job needs on any cluster. Other settings belong to the cluster's own configuration.

    `more` are settings of one way to run it. Another number of `key_groups` is for tests and measurements: the usual job cannot restore its state.
    """
    settings = {
        "parallelism.default": str(options.parallelism),
        "pipeline.max-parallelism": str(key_groups),
        "pipeline.auto-watermark-interval": "50 ms",
        "state.backend.type": options.state_backend,
        "state.changelog.enabled": "true",
        "execution.buffer-timeout.interval": f"{options.buffer_timeout_ms} ms",
        "execution.checkpointing.interval": f"{options.checkpoint_ms} ms",
        "execution.checkpointing.timeout": "60 s",
        **identity.settings(options),
        **(more or {}),
    }
    return environment_with(settings, checkpoint_dir=options.checkpoint_dir)


def _schemas(options: Options) -> dict[int, Text]:
    """Those of the registry that events are likely written with. A registry that is down stops no start: it may be one after a failure."""
    if not options.schema_registry:
        return {}
    check(options.schema_registry)
    found, why = warmed(Client(address(options.schema_registry)), options.events_topic)
    if why:
        sys.stderr.write(f"{why}: the job starts without its schemas, and asks for each that it meets\n")
    return found


def _read(options: Options) -> tuple[list[Entry], int]:
    """What the book is made of. Raises KairosError where the topics are not as the job needs them."""
    require_access(options)
    require_partitions(options.brokers, options.events_topic, at_least=options.parallelism)
    if options.links_ids:
        require_partitions(options.brokers, options.topics["identity"], at_least=1)
    return read_control(options.brokers, options.control_topic)


def main(
    arguments: Sequence[str],
    *,
    operator: Callable[..., Decide] | None = None,
    key_groups: int = MAX_PARALLELISM,
    more: Mapping[str, str] | None = None,
    patience_s: float = 0.0,
) -> None:
    """Read control to its end, build the graph, hand it to the cluster. `patience_s`: for how long to wait for a broker that does not answer."""
    options = parse(arguments)
    use(options.kafka_properties)
    if options.pseudonyms:
        read_keys(Path(options.pseudonyms))  # only to say what is wrong with them, before anything runs
    entries, end = patient(lambda: _read(options), seconds=patience_s)
    schemas = _schemas(options)
    env = environment(options, key_groups=key_groups, more=more)
    build(StreamTableEnvironment.create(env), options, book=compile_book(entries, end=end), operator=operator, schemas=schemas)
    pin_uids(env)
    env.execute(options.identity)


if __name__ == "__main__":
    main(sys.argv[1:])
