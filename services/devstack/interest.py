"""Submit the interest job to the local cluster: next to the main job, in a TaskManager of its own."""

from jobs.interest_options import InterestOptions
from services.devstack.beside import Submitted, submit_beside
from services.devstack.release import JobCode
from services.devstack.running import Say
from services.devstack.settings import Settings
from services.items.changes import short_lived

INTEREST_JOB = JobCode(main="jobs.interest")


def submit(options: InterestOptions, settings: Settings, *, restore: str = "auto", say: Say = lambda line: None) -> Submitted[InterestOptions]:
    """Replace the interest job of this deployment; see `submit_beside`."""
    reads, writes = (options.events_topic,), [short_lived(options.changes_topic), short_lived(options.interest_topic)]
    return submit_beside(options, settings, code=INTEREST_JOB, reads=reads, writes=writes, restore=restore, say=say)
