"""`python -m services.monitor` watches a local stack (--home), or the job with these options (those of `kairos submit`), for Prometheus."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.kafka.chosen import VARIABLE, use
from jobs.kafka.properties import BadProperties
from services import logs
from services.extras import ending_with_a_line
from udfs.core.values.errors import KairosError

if TYPE_CHECKING:
    from services.monitor.watched import Watched


def main() -> None:
    """Entry point of the process."""
    from jobs.options import parse
    from services.devstack.settings import load
    from services.metrics.serve import LOOPBACK, TOKEN, serving
    from services.monitor.run import PERIOD_S, Monitor, run
    from services.monitor.watched import of_options, of_settings

    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--home", type=Path, help="the folder of a local stack: watch all its jobs")
    parser.add_argument("--kafka-properties", type=Path, help=f"file of Kafka client properties for a secured broker (default: ${VARIABLE})")
    parser.add_argument("--metrics-port", type=int, default=9250, help="port for Prometheus, and for what Flink pushes (default: %(default)s)")
    parser.add_argument("--metrics-host", default=LOOPBACK, help=f"address to listen on (default: %(default)s); others need ${TOKEN}")
    parser.add_argument("--period", type=float, default=PERIOD_S, help="seconds between two rounds (default: %(default)s)")
    logs.add_option(parser)
    told, rest = parser.parse_known_args()
    logs.start("monitor", told.log_format)
    watched: Callable[[], Sequence[Watched]]
    try:
        if told.home is not None:
            home: Path = told.home
            if told.kafka_properties or load(home).kafka_properties:
                use(told.kafka_properties or load(home).kafka_properties)
            brokers = load(home).brokers
            watched = lambda: of_settings(load(home))  # noqa: E731 - jobs come and go
        else:
            options = parse([*rest, *(("--kafka-properties", str(told.kafka_properties)) if told.kafka_properties else ())], prog="monitor")
            use(options.kafka_properties)
            brokers = options.brokers
            watched = lambda: [of_options(options)]  # noqa: E731
        monitor = Monitor(brokers)
        with serving(monitor.text, port=told.metrics_port, host=told.metrics_host, push=monitor.pushed.take):
            run(monitor, watched, period_s=told.period)
    except (BadProperties, KairosError) as problem:
        sys.exit(f"Error: {problem}")


if __name__ == "__main__":
    with ending_with_a_line("metrics"):
        main()
