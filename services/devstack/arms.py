"""Submit the arms job to the local cluster: next to the main job, in a TaskManager of its own."""

from jobs.arms_options import ArmsOptions
from services.arms.publish import counts_topic
from services.devstack.beside import Submitted, submit_beside
from services.devstack.release import JobCode
from services.devstack.running import Say
from services.devstack.settings import Settings

ARMS_JOB = JobCode(main="jobs.arms")


def submit(options: ArmsOptions, settings: Settings, *, restore: str = "auto", say: Say = lambda line: None) -> Submitted[ArmsOptions]:
    """Replace the arms job of this deployment; see `submit_beside`."""
    reads, writes = (options.decisions_topic, options.outcomes_topic), [counts_topic(options.counts_topic)]
    return submit_beside(options, settings, code=ARMS_JOB, reads=reads, writes=writes, restore=restore, say=say)
