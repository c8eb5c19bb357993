"""`python -m services.guard` stops jobs with a savepoint when too many of their events are refused: those of a local stack (--home), or the
job with these options (those of `kairos submit`).
"""

import argparse
from pathlib import Path

from jobs.options import Options, parse
from services import logs
from services.devstack.settings import load
from services.devstack.state import stop_with_savepoint
from services.flink.rest import Rest
from services.guard.guard import PERIOD_S, Guard, run
from udfs.codecs.refusals import MAX_MINUTES, MAX_PERCENT, RejectionLimit


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="python -m services.guard", description=__doc__, allow_abbrev=False)
    parser.add_argument("--home", type=Path, help="the folder of a local stack: watch its jobs that were submitted with --on-rejected stop")
    parser.add_argument("--rest", default="http://127.0.0.1:8081", help="Flink's REST interface (default: %(default)s)")
    parser.add_argument("--job", help="the job's name (default: that of the job's options, kairos-live)")
    parser.add_argument("--percent", type=int, choices=range(1, MAX_PERCENT + 1), metavar="PERCENT", help="more refused than this stops the job")
    parser.add_argument(
        "--minutes", type=int, choices=range(1, MAX_MINUTES + 1), metavar="MINUTES", default=10, help="how far that looks back (default: 10)"
    )
    parser.add_argument("--savepoints", help="URI of the folder for the savepoint, which every node of the cluster reaches")
    logs.add_option(parser)
    told, options = parser.parse_known_args()
    logs.start("guard", told.log_format)
    if options and told.home is not None:
        parser.error(f"with --home its jobs say their options, not {' '.join(options)}")
    job = told.job or (parse(options, prog="guard") if options else Options()).identity
    if told.home is not None:
        home: Path = told.home
        rest = Rest(load(home).job_manager_addresses)
        run(Guard(rest, lambda each, name: str(stop_with_savepoint(rest, each, load(home), identity=name))), lambda: load(home).limits)
        return
    if told.percent is None or not told.savepoints:
        parser.error("say --percent and --savepoints, or --home for a local stack")
    rest = Rest(told.rest)
    limit = RejectionLimit(percent=told.percent, minutes=told.minutes)
    run(Guard(rest, lambda each, name: rest.stop(each, folder=told.savepoints)), lambda: {job: limit}, period_s=PERIOD_S)


if __name__ == "__main__":
    main()
