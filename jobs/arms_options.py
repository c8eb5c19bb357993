"""Options of the arms job."""

from dataclasses import dataclass

from jobs.command_line import option
from jobs.sql_options import SqlOptions


@dataclass(frozen=True, kw_only=True)
class ArmsOptions(SqlOptions):
    """What the arms job can be told, next to what every job of SQL can."""

    job = "arms"
    does = "from outcomes to counts for bandits"

    decisions_topic: str = option("decisions", "topic to read decisions from")
    outcomes_topic: str = option("outcomes", "topic to read their outcomes from")
    counts_topic: str = option("arm-counts", "topic to write counts to: compacted")
    state_days: int = option(130, "days for which a decision is remembered: longer than a goal lasts, and can be revised", minimum=2)
