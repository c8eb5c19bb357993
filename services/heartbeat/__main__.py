"""`python -m services.heartbeat` sends heartbeats for a local stack (--home), or to any broker: for the job with these options (those of
`kairos submit`), or into --topic.
"""

import argparse
import sys
from pathlib import Path

from jobs.kafka.addresses import places
from jobs.kafka.chosen import VARIABLE, brokers_of, chosen, use
from services import logs
from services.devstack.settings import load
from services.extras import ending_with_a_line
from udfs.core.values.errors import InvalidInput


def main() -> None:
    """Entry point of the process."""
    from jobs.options import Options, parse
    from services.heartbeat.beat import PERIOD_S, run
    from services.heartbeat.counted import counted

    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--home", type=Path, help="the folder of a local stack: send heartbeats to all its live jobs")
    parser.add_argument("--brokers", help="Kafka (default: bootstrap.servers of the properties, or else 127.0.0.1:9092)")
    parser.add_argument("--kafka-properties", type=Path, help=f"file of Kafka client properties for a secured broker (default: ${VARIABLE})")
    parser.add_argument("--topic", help="send heartbeats into this topic (default: --events-topic of the job's options, events)")
    parser.add_argument("--metrics-port", type=int, help="export metrics for Prometheus on this port (default: none)")
    parser.add_argument("--metrics-host", default="127.0.0.1", help="address for it (default: %(default)s); others need $KAIROS_METRICS_TOKEN")
    parser.add_argument("--period", type=float, default=PERIOD_S, help="seconds between heartbeats (default: %(default)s)")
    logs.add_option(parser)
    told, rest = parser.parse_known_args()
    logs.start("heartbeat", told.log_format)
    if rest and told.home is not None:
        parser.error(f"with --home its jobs say which topics they read, not {' '.join(rest)}")
    job = parse(rest, prog="heartbeat") if rest else Options()
    if job.clock == "replay":
        parser.error("a replay has no heartbeats: they would move its time to now")
    try:
        if told.kafka_properties or (told.home is not None and load(told.home).kafka_properties):
            use(told.kafka_properties or load(told.home).kafka_properties)
        file = chosen()
        brokers = told.brokers or (brokers_of(file) if file else "") or "127.0.0.1:9092"
        places(brokers)  # an address that cannot be meant would be asked forever
    except InvalidInput as problem:
        sys.exit(f"Error: {problem}")
    home: Path | None = told.home
    wanted = (lambda: [told.topic or job.events_topic]) if home is None else (lambda: load(home).live_topics)
    try:
        with counted(told.metrics_port, told.metrics_host) as count:
            run(brokers if home is None else load(home).brokers, wanted, period_s=told.period, told=count)
    except InvalidInput as problem:
        sys.exit(f"Error: {problem}")


if __name__ == "__main__":
    with ending_with_a_line("kafka"):
        main()
